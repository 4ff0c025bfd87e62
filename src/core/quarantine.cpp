#include "core/quarantine.h"

#include <algorithm>
#include <iterator>

namespace weft {

uint64_t Quarantine::due_of(const Stamp& stamp) const {
  return stamp.physical_ms() > max_drift_ms_ ? stamp.physical_ms() - max_drift_ms_ : 0;
}

Quarantine::Held Quarantine::take(Place place) {
  const auto replica = replicas_.find(place->first.replica);
  if (--replica->second == 0) replicas_.erase(replica);
  Held taken = std::move(place->second);
  held_.erase(place);
  return taken;
}

bool Quarantine::hold(const OperationRef& operation, const Origin& origin) {
  const Stamp& stamp = operation->stamp();
  const uint64_t due = due_of(stamp);
  due_ms_ = due_ms_ ? std::min(*due_ms_, due) : due;
  if (!held_.insert({stamp, Held{operation, origin}}).second) return false;
  const bool first = ++replicas_[stamp.replica] == 1;
  if (held_.size() > capacity_) {
    take(std::prev(held_.end()));
    ++dropped_;
  }
  return first;
}

bool Quarantine::release(uint64_t wall_ms, std::vector<Held>& released) {
  if (!due_ms_ || wall_ms < *due_ms_) return false;
  while (!held_.empty() && !is_ahead(held_.begin()->first, wall_ms)) released.push_back(take(held_.begin()));
  due_ms_.reset();
  if (!held_.empty()) due_ms_ = due_of(held_.begin()->first);
  return true;
}

}  // namespace weft
