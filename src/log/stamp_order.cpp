#include "log/stamp_order.h"

#include <algorithm>

namespace weft {
namespace {

constexpr size_t kRun = 4096;

bool before(const OperationRef& a, const OperationRef& b) { return precedes(*a, *b); }

}  // namespace

StampOrder::StampOrder(std::vector<OperationRef> operations) : operations_(std::move(operations)) {}

bool StampOrder::later(const Run& a, const Run& b) const { return before(operations_[b.next], operations_[a.next]); }

bool StampOrder::sort_some() {
  if (sorted_ == operations_.size()) {
    if (!merged_) merge_neighbours();
    return false;
  }
  const size_t end = std::min(sorted_ + kRun, operations_.size());
  const auto from = operations_.begin() + static_cast<std::ptrdiff_t>(sorted_), to = operations_.begin() + static_cast<std::ptrdiff_t>(end);
  if (!std::is_sorted(from, to, before)) std::sort(from, to, before);
  runs_.push_back({sorted_, end});
  sorted_ = end;
  return true;
}

// Runs that follow each other anyway are one.
void StampOrder::merge_neighbours() {
  merged_ = true;
  std::vector<Run> joined;
  for (const Run& run : runs_) {
    if (!joined.empty() && before(operations_[joined.back().end - 1], operations_[run.next])) joined.back().end = run.end;
    else joined.push_back(run);
  }
  runs_ = std::move(joined);
  std::make_heap(runs_.begin(), runs_.end(), [this](const Run& a, const Run& b) { return later(a, b); });
}

OperationRef StampOrder::take() {
  const auto order = [this](const Run& a, const Run& b) { return later(a, b); };
  ++taken_;
  if (runs_.size() == 1) return std::move(operations_[runs_.front().next++]);
  std::pop_heap(runs_.begin(), runs_.end(), order);
  OperationRef operation = std::move(operations_[runs_.back().next++]);
  if (runs_.back().next == runs_.back().end) runs_.pop_back();
  else std::push_heap(runs_.begin(), runs_.end(), order);
  return operation;
}

}  // namespace weft
