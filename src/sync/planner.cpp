#include "sync/planner.h"

#include <algorithm>

namespace weft {
namespace {

constexpr uint64_t kLeastForGap = 6;   // below it a reconciliation costs less than it saves

bool mostly_missing(uint64_t a, uint64_t b) {
  const uint64_t larger = std::max(a, b), gap = larger - std::min(a, b);
  return larger >= kLeastForGap && gap > larger / 2;
}

bool serves(const SyncFields& a, const SyncFields& b) {
  return a.watermark != b.watermark ? b.watermark < a.watermark : a.replica > b.replica;
}

}  // namespace

Step plan_reconcile(uint64_t ours, uint64_t theirs, bool answer_wanted) {
  if (ours > theirs) return Step::kReconcile;
  return answer_wanted ? Step::kRequest : Step::kNothing;
}

Step plan(const SyncFields& theirs, const SyncView& view) {
  const SyncFields& ours = view.ours;
  if (theirs.claim == ours.claim) {
    const bool quiet = view.on_its_way && *view.on_its_way == ours.claim;
    return theirs.asks && !quiet ? Step::kProvedAnswer : Step::kProved;
  }
  // Who does not ask was equal to us a moment ago: what moved since is under way, or for proof after rest.
  if (theirs.round > 0) return theirs.asks ? plan_reconcile(ours.replica, theirs.replica, true) : Step::kNothing;
  if (!serves(ours, theirs)) return theirs.asks && !view.on_its_way ? Step::kAsk : Step::kNothing;
  if (ours.watermark.is_none()) return Step::kNothing;   // nothing to give, whatever they claim
  if (theirs.watermark.is_none()) return Step::kFull;
  if ((theirs.modes & kOffersDelta) != 0 && theirs.watermark >= ours.floor)
    return view.newer ? Step::kDelta : plan_reconcile(ours.replica, theirs.replica, theirs.asks);
  if (mostly_missing(ours.claim.count, theirs.claim.count)) return Step::kFull;
  return plan_reconcile(ours.replica, theirs.replica, theirs.asks);
}

}  // namespace weft
