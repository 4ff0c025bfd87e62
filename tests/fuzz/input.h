// The bytes of a fuzzer, taken as decisions. An input that has ended gives zeros: every input means something.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace weft::fuzz {

class Input {
 public:
  explicit Input(ByteView bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  ByteView rest() const { return rest_; }
  uint8_t byte() {
    const ByteView taken = bytes(1);
    return taken.empty() ? 0 : static_cast<uint8_t>(taken[0]);
  }
  uint16_t word() {
    const uint8_t high = byte();
    return static_cast<uint16_t>(high << 8 | byte());
  }
  bool flag() { return (byte() & 1) != 0; }
  uint64_t below(uint8_t n) { return byte() % n; }
  ByteView bytes(size_t size) {
    const ByteView taken = rest_.substr(0, std::min(size, rest_.size()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  ByteView rest_;
};

}  // namespace weft::fuzz
