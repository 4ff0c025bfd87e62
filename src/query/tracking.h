// Tracking: the ids that subscriptions hold, each once, with those who hold it and what they were told.
//
// Invariants: 1. A Tracked stays where it is while somebody holds it, and until the sweep after that.
// 2. All who show a node were told the same of it, since all hear of each change in the same round.
#pragma once
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "clock/stamp.h"

namespace weft::query {

class Touched;
class Watch;

// Stands for a state that was told, in 24 bytes instead of a copy of it. The timestamp is exact; the
// hash is not proof against someone who chooses both states, who could at most hide a change whose
// timestamp stays the same (an older patch that arrives late).
struct Told {
  Stamp timestamp;
  uint64_t hash = 0;
  friend bool operator==(const Told& a, const Told& b) { return a.timestamp == b.timestamp && a.hash == b.hash; }
};

struct Tracked {
  struct Holder {
    Watch* watch;
    uint32_t place;                  // in its Held
    uint32_t uses;
  };
  explicit Tracked(ByteView its_id) : id(its_id) {}

  Buffer id;
  std::optional<Told> told;          // nothing: nobody shows it
  std::vector<Holder> holders;       // by address
  Touched* touched = nullptr;        // in a round that it plays a part in
  uint64_t mark = 0;                 // Tracking::next_mark()
};

class Tracking {
 public:
  explicit Tracking(uint64_t hash_seed) : all_(16, Hash{hash_seed}) {}
  Tracked* find(ByteView id) const;
  Tracked& track(ByteView id);       // to be held before the next sweep
  void sweep();                      // forgets what nobody holds
  uint64_t next_mark() { return ++mark_; }

 private:
  friend class Held;
  struct Hash {
    uint64_t seed;
    size_t operator()(ByteView id) const { return static_cast<size_t>(hash_bytes(id, seed)); }
  };
  std::unordered_map<ByteView, std::unique_ptr<Tracked>, Hash> all_;   // the keys are the ids inside
  std::vector<Tracked*> idle_;       // perhaps held by nobody
  uint64_t mark_ = 0;
};

// What one subscription holds: it hears of every change of these. Counted, so that its parts can hold
// the same node.
class Held {
 public:
  Held(Tracking& tracking, Watch& owner) : tracking_(tracking), owner_(owner) {}
  ~Held();
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  Tracking& tracking() const { return tracking_; }
  Tracked& add(ByteView id);
  void add(Tracked&);
  void remove(Tracked&);
  bool has(const Tracked&) const;

 private:
  std::vector<Tracked::Holder>::iterator holder_of(Tracked&) const;
  void let_go(Tracked&);

  Tracking& tracking_;
  Watch& owner_;
  std::vector<Tracked*> all_;
};

}  // namespace weft::query
