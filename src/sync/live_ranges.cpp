#include "sync/live_ranges.h"

#include <algorithm>

namespace weft {
namespace {

RangeItem item_of(const Operation& operation) { return RangeItem{operation.stamp().clock, operation.digest()}; }

}  // namespace

void LiveRanges::attached(const std::vector<const Operation*>& digested) {
  std::vector<RangeItem> items;
  items.reserve(digested.size());
  for (const Operation* operation : digested) items.push_back(item_of(*operation));
  std::sort(items.begin(), items.end());
  tree_.build(items);
}

void LiveRanges::added(const Operation& operation) { tree_.insert(item_of(operation)); }
void LiveRanges::removed(const Operation& operation) { tree_.erase(item_of(operation)); }
void LiveRanges::cleared() { tree_ = RangeTree(); }

}  // namespace weft
