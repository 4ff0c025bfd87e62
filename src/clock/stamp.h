// Stamp: when an operation was made and by whom. (physical ms: u48, logical: u16, replica: u64),
// written as 16 bytes big-endian, so that bytewise order of the encoding equals the order here:
// a total order in which no two operations are equal.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "base/pack_head.h"

namespace weft {

struct Stamp {
  uint64_t clock = 0;    // physical << 16 | logical
  uint64_t replica = 0;

  static constexpr size_t kBytes = 16;

  static constexpr Stamp make(uint64_t physical_ms, uint16_t logical, uint64_t replica) {
    return Stamp{physical_ms << 16 | logical, replica};
  }
  constexpr uint64_t physical_ms() const { return clock >> 16; }
  constexpr uint16_t logical() const { return static_cast<uint16_t>(clock); }
  // Below all stamps; stands for "none" (a watermark of null, an empty floor).
  constexpr bool is_none() const { return clock == 0 && replica == 0; }

  friend constexpr bool operator==(const Stamp& a, const Stamp& b) {
    return a.clock == b.clock && a.replica == b.replica;
  }
  friend constexpr bool operator!=(const Stamp& a, const Stamp& b) { return !(a == b); }
  friend constexpr bool operator<(const Stamp& a, const Stamp& b) {
    return a.clock != b.clock ? a.clock < b.clock : a.replica < b.replica;
  }
  friend constexpr bool operator>(const Stamp& a, const Stamp& b) { return b < a; }
  friend constexpr bool operator<=(const Stamp& a, const Stamp& b) { return !(b < a); }
  friend constexpr bool operator>=(const Stamp& a, const Stamp& b) { return !(a < b); }
};

inline constexpr Stamp kNoStamp{};

// Appends the 16 bytes.
void write_stamp(Buffer& out, const Stamp& stamp);
// Writes the 16 bytes in place.
void store_stamp(char* out, const Stamp& stamp);
// Reads exactly 16 bytes; the caller has checked the length.
inline Stamp read_stamp(const char* bytes) { return Stamp{read_be(bytes, 8), read_be(bytes + 8, 8)}; }

}  // namespace weft
