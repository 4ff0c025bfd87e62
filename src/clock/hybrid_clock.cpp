#include "clock/hybrid_clock.h"

namespace weft {

// The clock part is one number, physical << 16 | logical: adding one to it counts the logical part
// up and, when that is full, carries into the physical part.
Stamp HybridClock::now(uint64_t wall_ms) {
  const uint64_t wall = wall_ms << 16;
  last_ = wall > last_ ? wall : last_ + 1;
  return Stamp{last_, replica_};
}

void HybridClock::observe(const Stamp& stamp) {
  if (stamp.clock > last_) last_ = stamp.clock;
}

}  // namespace weft
