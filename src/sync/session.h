// Session: what a replica remembers about one link. Bookkeeping only; core/ decides and acts.
//
// Invariants: 1. `mark` is this replica's own fingerprint when the link last ended a sync, nothing
// else; "in sync" means: proved, and equal to the fingerprint now. 2. While a ticket is being judged
// the link's later messages wait in `parked`, in order. 3. A dropped session neither reads nor sends.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "sync/message.h"

namespace weft {

struct Mark {
  Fingerprint fingerprint;
  bool proved = false;         // false: settled, unequal and neither side moved
  uint64_t version = 0;        // of the graph then: equal versions, equal fingerprints
};

// What the last sync with this peer came to; names as sync.status() gives them.
enum class SyncMode : uint8_t { kNone, kInSync, kDelta, kFull, kReconcile };
const char* sync_mode_name(SyncMode mode);     // "none", "inSync", "deltaSync", "syncReceive", "reconcile"

enum class LinkState : uint8_t { kStale, kSettled, kProved };
const char* link_state_name(LinkState state);  // "stale", "settled", "proved"

struct Traffic {
  uint64_t messages = 0, operations = 0, bytes = 0, raw_bytes = 0;
};

// Something sent once with one claim is not sent again with the same, unless it seems lost.
class Outstanding {
 public:
  void set(const Claim& claim, uint64_t now_ms) { claim_ = claim; since_ms_ = now_ms; }
  void clear() { claim_.reset(); }
  // What is on its way, unless it seems lost.
  std::optional<Claim> claim(uint64_t now_ms) const;
  bool covers(const Claim& claim, uint64_t now_ms) const;
  bool is_set() const { return claim_.has_value(); }

 private:
  std::optional<Claim> claim_;
  uint64_t since_ms_ = 0;
};

// A full state or a reconciliation, from its first message to the comparison that ends it. Each carries
// its initiator's number, for two may overlap: only what belongs to the latest may end in a mark.
struct Exchange {
  uint64_t number = 0;
  std::optional<uint64_t> start;         // the graph's version when it began here; none: it has ended
  uint64_t answered = 0;                 // ... and when its receiver answered
  bool lost = false;                     // a judge forgot some of what it brought

  void begin(uint64_t with, uint64_t version) { number = with, start = version, lost = false; }
  bool is_current(uint64_t asked) const { return start && number == asked; }
  bool moved(uint64_t version) const { return lost || !start || *start != version; }
};

// What the initiator of a range reconciliation has learned so far.
struct Reconciliation {
  std::set<Digest> have, need;           // only we hold it; only they do
};

// A message too large to be sent at once, on its way piece by piece: a full state, which is the live set as it was at
// the beginning, or what a delta, a difference or a back brings.
struct Sending {
  Message message;                       // but for its operations and needs
  Operations operations;
  std::vector<Digest> need;
  size_t next = 0, next_need = 0;        // of them, to be sent
  bool is_done() const { return next == operations.size() && next_need == need.size(); }
};

// Operations of a full state, from..to, that came packed together.
struct PackedRun {
  size_t from = 0, to = 0;
  Buffer columns;                        // empty: a judge dropped some, so they are to be packed anew
};

// ... and one that arrives: nothing of it is applied before the last part is there.
struct Staging {
  Message full;                          // with what came so far
  std::vector<PackedRun> runs;           // of that
  uint64_t next_part = 1;
  size_t bytes = 0;
  uint64_t due_ms = 0;                   // given up then
  bool whole = false;                    // it is being applied, in slices (core/aside.h)
  bool persisted = false;
  bool lost = false;                     // a judge forgot a part: only what was held of it already is here
};

struct Session {
  // ---- the link
  uint32_t link = 0;
  bool tab = false, bridge = false;
  bool dropped = false;                  // the host was told to close it
  bool greeted = false;                  // our first sync is sent
  uint64_t taken = 0;                    // messages of its that were taken up
  bool heard = false;                    // all that the other end held when the link opened has come
  uint64_t peer = 0;                     // its replica id; 0 until its first sync
  uint64_t peer_held = 0;
  uint8_t peer_modes = 0;                // what its last sync offered
  uint64_t out_of_turn = 0;              // messages of its that answered nothing
  uint64_t patience_ms = 0;              // since when `strays` counts
  uint64_t strays = 0;                   // of those, the latest
  uint64_t spending_since_ms = 0;        // since when `spent` counts
  uint64_t spent = 0;                    // operations packed in full states for it
  uint64_t over_budget = 0;              // full states that were put off, ever

  // ---- the handshake
  std::optional<Mark> mark;
  Outstanding sync_out;                  // our last asking sync
  Outstanding full_out;                  // our last full state, until it is answered
  Exchange initiated, answering;         // the latest of ours; the latest of theirs
  bool awaits_ranges = false;            // the tree of ranges is not there yet: what comes waits …
  bool starts_then = false;              // … and the reconciliation that is to begin here
  std::optional<Reconciliation> reconciliation;   // of `initiated`, while ranges go back and forth
  std::deque<Sending> sending;           // one after the other
  std::optional<Staging> staging;
  std::optional<uint64_t> full_in;      // the exchange of the full state whose last part has not come yet, staged or given up
  bool replaced = false;                 // by a full state of this link, once
  SyncMode mode = SyncMode::kNone;
  uint64_t proved_ms = 0;                // when last proved; 0: never
  LinkState told = LinkState::kStale;    // as the host was last told

  // ---- judging
  uint32_t ticket = 0;                   // being judged; 0: none
  std::deque<Buffer> parked;
  size_t parked_bytes = 0;
  bool paused = false;                   // the host was told to stop reading

  // ---- counters
  std::array<Traffic, kMessageTypes> sent{}, received{};
  uint64_t rounds = 0;                   // range messages sent
  uint64_t full_in_place = 0;            // full states that stood in for a reconciliation

  bool applies() const { return staging && staging->whole; }
  LinkState state(const Fingerprint& now) const;
  LinkState state_at(uint64_t version) const;      // without a fingerprint: stale whenever in doubt
  void count_sent(MessageType type, size_t operations, size_t bytes, size_t raw_bytes);
  void count_received(const Message& message, size_t bytes);
};

}  // namespace weft
