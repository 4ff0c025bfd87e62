// Oplog: the sliding window of the latest operations in the order this replica applied them.
// An entry refers to its operation; the content is looked up ("hydrated") when asked for.
// Invariants: 1. floor() is the greatest stamp of any operation that changed this replica's live set
// and is not in the window. 2. It never falls. 3. Superseded content is not kept for the window's
// sake beyond twice what is live plus a constant.
#pragma once
#include <deque>
#include <functional>
#include <vector>

#include "base/limits.h"
#include "log/operation.h"

namespace weft {

struct OplogEntry {
  Stamp stamp;
  OperationRef operation;  // null once it was found superseded
};

class Oplog {
 public:
  explicit Oplog(size_t capacity = limits::kDefaultOplogSize) : capacity_(capacity) {}

  // An operation that just changed the live set. The oldest entry is evicted into the floor.
  void append(const OperationRef& operation);
  // The window no longer describes the graph (a full state came): it empties into the floor.
  // The caller raises the floor to the greatest stamp the graph now holds.
  void clear_into_floor();
  void raise_floor(const Stamp& stamp) { if (floor_ < stamp) floor_ = stamp; }

  const Stamp& floor() const { return floor_; }
  size_t size() const { return entries_.size(); }
  size_t capacity() const { return capacity_; }
  const std::deque<OplogEntry>& entries() const { return entries_; }

  // The operations of entries above `stamp` that are still live, in the order they were applied.
  // `is_live`: usually Graph::is_live(const Operation&).
  std::vector<OperationRef> live_above(const Stamp& stamp,
                                       const std::function<bool(const Operation&)>& is_live) const;
  bool any_live_above(const Stamp& stamp, const std::function<bool(const Operation&)>& is_live) const;

 private:
  void release_superseded();
  size_t capacity_;
  Stamp floor_;
  std::deque<OplogEntry> entries_;
  size_t held_bytes_ = 0, release_above_ = size_t{1} << 20;
};

}  // namespace weft
