// Hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014).
// Invariants: 1. now() is strictly greater than every stamp made or observed before, also when the
// wall clock steps back. 2. 65,536 events in one millisecond carry into the physical part.
// 3. The clock never moves back.
#pragma once
#include "clock/stamp.h"

namespace weft {

class HybridClock {
 public:
  explicit HybridClock(uint64_t replica) : replica_(replica) {}
  uint64_t replica() const { return replica_; }

  // The next stamp of this replica. `wall_ms`: the host's wall clock, milliseconds since 1970.
  Stamp now(uint64_t wall_ms);
  // Moves past a stamp that was applied (never called with a quarantined one).
  void observe(const Stamp& stamp);
  // The clock part of the last stamp made or observed.
  uint64_t last() const { return last_; }

 private:
  uint64_t replica_;
  uint64_t last_ = 0;
};

}  // namespace weft
