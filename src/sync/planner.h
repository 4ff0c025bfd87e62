// Planner: what to do about a peer's sync. Pure: their sync and our state in, one step out.
//
//   what we see, first row that fits                          | step
//   same count and fingerprint                                | proved (with an answer if one is wanted)
//   second round                                              | reconcile, if they ask
//   their (watermark, id) is the greater: they serve          | ask: our own sync
//   they have nothing                                         | full state
//   their watermark is at or above our floor                  | delta; reconcile, if it would carry nothing
//   the counts differ by more than half of the larger, which  | full state
//     is at least 6                                           |
//   otherwise                                                 | reconcile
//
// Whoever has the greater id starts a reconciliation; the other requests it. Where reconciliation is
// not offered by both, a full state sent in place of it takes its part.
#pragma once
#include <optional>

#include "sync/message.h"

namespace weft {

enum class Step : uint8_t {
  kNothing,
  kProved,           // equal: set the mark, say nothing
  kProvedAnswer,     // equal: set the mark, answer with a sync that does not ask
  kAsk,              // send our own asking sync
  kDelta,
  kFull,
  kReconcile,        // start it
  kRequest,          // ask them to start it
};

struct SyncView {
  SyncFields ours;                  // as we would send it now
  std::optional<Claim> on_its_way;  // of our last asking sync that nothing answered yet
  bool newer = true;                // something live lies above their watermark, for a delta to carry
};

Step plan(const SyncFields& theirs, const SyncView& view);

// What a reconciliation between these two starts with, by id.
Step plan_reconcile(uint64_t ours, uint64_t theirs, bool answer_wanted);

}  // namespace weft
