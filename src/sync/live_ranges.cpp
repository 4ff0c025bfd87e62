#include "sync/live_ranges.h"

#include <algorithm>

namespace weft {
namespace {

RangeItem item_of(const Operation& operation) { return RangeItem{operation.stamp().clock, operation.digest()}; }

}  // namespace

void LiveRanges::attached(const std::vector<const Operation*>& digested) {
  cleared();
  pending_.reserve(digested.size());
  for (const Operation* operation : digested) pending_.emplace_back(operation);
}

// All at once is faster, while nothing else is in the tree.
void LiveRanges::build_some(size_t most) {
  if (pending_.size() <= most && tree_.size() == 0 && gone_.empty()) {
    build(pending_);
    pending_.clear();
  }
  for (; most > 0 && !pending_.empty(); --most) {
    const OperationRef operation = std::move(pending_.back());
    pending_.pop_back();
    if (gone_.count(operation.get()) == 0) tree_.insert(item_of(*operation));
  }
  if (!pending_.empty()) return;
  pending_.shrink_to_fit();
  gone_.clear();
}

void LiveRanges::build(const std::vector<OperationRef>& operations) {
  std::vector<RangeItem> items;
  items.reserve(operations.size());
  for (const OperationRef& operation : operations) items.push_back(item_of(*operation));
  std::sort(items.begin(), items.end());
  tree_.build(items);
}

void LiveRanges::added(const Operation& operation) { tree_.insert(item_of(operation)); }

void LiveRanges::removed(const Operation& operation) {
  if (!tree_.erase(item_of(operation)) && !is_whole()) gone_.insert(&operation);
}

void LiveRanges::cleared() {
  tree_ = RangeTree();
  pending_.clear();
  gone_.clear();
}

}  // namespace weft
