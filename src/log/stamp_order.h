// StampOrder: many operations put into stamp order piece by piece, so that no step is long. Runs of them are sorted one
// by one, and merged while they are taken.
//
// Invariants: 1. Nothing is taken before sort_some() gave false. 2. What was taken is let go of.
#pragma once
#include <cstddef>
#include <vector>

#include "log/operation.h"

namespace weft {

class StampOrder {
 public:
  explicit StampOrder(std::vector<OperationRef> operations);   // in any order; what comes in order costs least

  size_t size() const { return operations_.size(); }
  size_t taken() const { return taken_; }
  bool empty() const { return taken_ == operations_.size(); }
  // Sorts one run more. False: there was none left.
  bool sort_some();
  const Operation& front() const { return *operations_[runs_.front().next]; }
  OperationRef take();

 private:
  struct Run { size_t next, end; };
  void merge_neighbours();
  bool later(const Run& a, const Run& b) const;

  std::vector<OperationRef> operations_;
  std::vector<Run> runs_;      // once all are sorted: a heap, the run with the earliest operation in front
  size_t sorted_ = 0, taken_ = 0;
  bool merged_ = false;
};

}  // namespace weft
