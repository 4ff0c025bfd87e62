// Quarantine: operations from elsewhere whose stamp is too far ahead of this replica's wall clock.
// They are neither capped nor applied; they wait until the wall clock comes within the drift.
//
// Invariants: 1. At most `capacity` wait; the furthest ahead is dropped, since a later sync brings it
// back. 2. due_ms() is the earliest time at which something that waits, or was dropped, may be applied.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "core/origin.h"
#include "log/operation.h"

namespace weft {

class Quarantine {
 public:
  struct Held {
    OperationRef operation;
    Origin origin;
  };

  explicit Quarantine(uint64_t max_drift_ms, size_t capacity = limits::kQuarantineOperations)
      : max_drift_ms_(max_drift_ms), capacity_(capacity) {}

  bool is_ahead(const Stamp& stamp, uint64_t wall_ms) const { return stamp.physical_ms() > wall_ms + max_drift_ms_; }
  // Whether it is the first of its replica that waits.
  bool hold(const OperationRef& operation, const Origin& origin);
  // Whether the due time has come; then what may be applied now is moved to `released`, in stamp order.
  bool release(uint64_t wall_ms, std::vector<Held>& released);

  std::optional<uint64_t> due_ms() const { return due_ms_; }
  size_t size() const { return held_.size(); }
  uint64_t dropped() const { return dropped_; }
  // Whose operations wait, and how many: their clocks run ahead.
  const std::map<uint64_t, size_t>& replicas() const { return replicas_; }

 private:
  using Place = std::map<Stamp, Held>::iterator;
  uint64_t due_of(const Stamp& stamp) const;
  Held take(Place place);
  uint64_t max_drift_ms_;
  size_t capacity_;
  std::map<Stamp, Held> held_;
  std::map<uint64_t, size_t> replicas_;
  std::optional<uint64_t> due_ms_;
  uint64_t dropped_ = 0;
};

}  // namespace weft
