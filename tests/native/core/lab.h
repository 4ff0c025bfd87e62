// A few named replicas on links that deliver in order: every step is placed by the test.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "core/replica.h"
#include "core/told.h"
#include "core/values.h"
#include "sync/message.h"

namespace weft::test {

struct Sent {
  LinkId from = 0, to = 0;
  Buffer bytes;
  MessageType type() const { return static_cast<MessageType>(bytes[1]); }
};

// Replicas are numbered by their id; a link's number is the id of the other end.
class Lab {
 public:
  static constexpr uint64_t kStart = 1'700'000'000'000;

  Replica& open(LinkId id, const std::function<void(ReplicaOptions&)>& adjust = {});
  Replica& operator[](LinkId id) { return *members_.at(id).replica; }
  uint64_t now() const { return now_; }
  uint64_t now(LinkId id) const { return now_ + static_cast<uint64_t>(members_.at(id).skew); }
  void skew(LinkId id, int64_t ms) { members_.at(id).skew = ms; }

  void put(LinkId id, ByteView node, uint64_t value);                        // { v: value }
  void put(LinkId id, ByteView node, const std::vector<std::pair<Buffer, Buffer>>& fields);
  void connect(LinkId a, LinkId b, bool tabs = false, bool a_bridges = false, bool b_bridges = false);
  void cut(LinkId a, LinkId b);
  void collect(LinkId id);                       // takes effects: sends travel, the rest is kept
  bool deliver_one();                            // the oldest message under way
  void deliver();                                // all of them
  void pass(uint64_t ms);                        // time, with the wakes that come due
  void rest(unsigned wakes = 100);               // delivers and lets time pass until nobody waits
  void inject(LinkId from, LinkId to, ByteView bytes);   // as if `from` had sent it

  bool equal(LinkId a, LinkId b) { return (*this)[a].graph().fingerprint() == (*this)[b].graph().fingerprint(); }
  std::string state(LinkId id, LinkId link);     // "proved", "settled", "stale"
  size_t count(MessageType type, LinkId from = 0) const;
  std::optional<Buffer> value(LinkId id, ByteView node);
  uint64_t number_of(LinkId id, ByteView node, ByteView field = "v");

  std::vector<Sent> log;                         // everything ever sent
  std::map<LinkId, std::vector<Effect>> kept;    // other effects, by replica
  std::map<LinkId, Buffer> journal;
  std::vector<Effect> taken(LinkId id, EffectKind kind);   // and forgets them

 private:
  struct Member {
    std::unique_ptr<Replica> replica;
    int64_t skew = 0;
    std::map<LinkId, bool> links;                // the other end, and whether it is a tab
    std::optional<uint64_t> wake_ms;
  };
  std::map<LinkId, Member> members_;
  std::deque<Sent> under_way_;
  uint64_t now_ = kStart;
};

}  // namespace weft::test
