#include "value/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weft {
namespace {

// The length of the sequence at `at`, or 0 when it is none (Unicode standard, table 3-7).
size_t sequence(const uint8_t* at, size_t left) {
  const auto follows = [&](size_t i, uint8_t low = 0x80, uint8_t high = 0xbf) {
    return i < left && at[i] >= low && at[i] <= high;
  };
  const uint8_t lead = at[0];
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const uint8_t low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const uint8_t low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(ByteView text) {
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  size_t left = text.size();
  while (left > 0) {
    uint64_t word;
    if (left >= 8 && (std::memcpy(&word, at, 8), (word & 0x8080808080808080ull) == 0)) {
      at += 8, left -= 8;   // eight characters of ASCII at once
      continue;
    }
    if (*at < 0x80) {
      ++at, --left;
      continue;
    }
    const size_t size = sequence(at, left);
    if (size == 0) return false;
    at += size, left -= size;
  }
  return true;
}

}  // namespace weft
