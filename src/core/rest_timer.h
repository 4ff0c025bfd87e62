// RestTimer: when proof after rest is due. A replica whose fingerprint differs from a link's mark
// asks for a sync once the fingerprint has rested for `prove_after`; under steady change it asks after
// kMaxProveAfterMs all the same, so that a busy graph is not left unproved for ever.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/limits.h"

namespace weft {

class RestTimer {
 public:
  explicit RestTimer(uint64_t prove_after_ms) : prove_after_ms_(prove_after_ms) {}

  // The fingerprint changed.
  void changed(uint64_t now_ms) { quiet_since_ms_ = now_ms; }
  // Some link's mark may differ from the fingerprint.
  void want(uint64_t now_ms) {
    if (!wanted_since_ms_) wanted_since_ms_ = now_ms;
  }
  // Syncs were sent where needed. `wanted`: some link is still without its mark.
  void attempted(uint64_t now_ms, bool wanted) {
    quiet_since_ms_ = now_ms;
    wanted_since_ms_.reset();
    if (wanted) wanted_since_ms_ = now_ms;
  }
  std::optional<uint64_t> due_ms() const {
    if (!wanted_since_ms_) return std::nullopt;
    return std::min(quiet_since_ms_ + prove_after_ms_, *wanted_since_ms_ + limits::kMaxProveAfterMs);
  }
  // The wall clock stepped back by so much.
  void step_back(uint64_t ms) {
    quiet_since_ms_ -= std::min(quiet_since_ms_, ms);
    if (wanted_since_ms_) *wanted_since_ms_ -= std::min(*wanted_since_ms_, ms);
  }

 private:
  uint64_t prove_after_ms_;
  uint64_t quiet_since_ms_ = 0;
  std::optional<uint64_t> wanted_since_ms_;
};

}  // namespace weft
