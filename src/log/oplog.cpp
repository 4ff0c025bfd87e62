#include "log/oplog.h"

#include <algorithm>

namespace weft {

void Oplog::append(const OperationRef& operation) {
  entries_.push_back({operation->stamp(), operation});
  held_bytes_ += operation->bytes().size();
  while (entries_.size() > capacity_) {
    const OplogEntry& oldest = entries_.front();
    raise_floor(oldest.stamp);
    if (oldest.operation) held_bytes_ -= oldest.operation->bytes().size();
    entries_.pop_front();
  }
  if (held_bytes_ > release_above_) release_superseded();
}

void Oplog::clear_into_floor() {
  for (const OplogEntry& entry : entries_) raise_floor(entry.stamp);
  entries_.clear();
  held_bytes_ = 0;
}

std::vector<OperationRef> Oplog::live_above(const Stamp& stamp,
                                            const std::function<bool(const Operation&)>& is_live) const {
  std::vector<OperationRef> found;
  for (const OplogEntry& entry : entries_)
    if (stamp < entry.stamp && entry.operation && is_live(*entry.operation)) found.push_back(entry.operation);
  return found;
}

bool Oplog::any_live_above(const Stamp& stamp, const std::function<bool(const Operation&)>& is_live) const {
  return std::any_of(entries_.rbegin(), entries_.rend(), [&](const OplogEntry& entry) {
    return stamp < entry.stamp && entry.operation && is_live(*entry.operation);
  });
}

// An operation that only the window still holds is live nowhere. Doubling the bound after each
// sweep keeps the cost of an append constant.
void Oplog::release_superseded() {
  held_bytes_ = 0;
  for (OplogEntry& entry : entries_) {
    if (!entry.operation) continue;
    if (entry.operation->held_once()) entry.operation = nullptr;
    else held_bytes_ += entry.operation->bytes().size();
  }
  constexpr size_t kLeast = size_t{1} << 20;
  release_above_ = held_bytes_ * 2 > kLeast ? held_bytes_ * 2 : kLeast;
}

}  // namespace weft
