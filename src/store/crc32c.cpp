#include "store/crc32c.h"

#include <array>
#include <cstring>

namespace weft {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected
using Tables = std::array<std::array<uint32_t, 256>, 8>;

// Made at first use: 8 KB that need not be downloaded.
const Tables& tables() {
  static const Tables made = [] {
    Tables t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
      t[0][i] = crc;
    }
    for (size_t i = 0; i < 256; ++i)
      for (size_t k = 1; k < 8; ++k) t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 255];
    return t;
  }();
  return made;
}

uint32_t little_endian(const char* at) {
  uint8_t b[4];
  std::memcpy(b, at, 4);
  return uint32_t{b[0]} | uint32_t{b[1]} << 8 | uint32_t{b[2]} << 16 | uint32_t{b[3]} << 24;
}

}  // namespace

uint32_t crc32c(ByteView bytes) {
  const Tables& t = tables();
  uint32_t crc = ~uint32_t{0};
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const uint32_t low = crc ^ little_endian(at), high = little_endian(at + 4);
    crc = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^
          t[3][high & 255] ^ t[2][high >> 8 & 255] ^ t[1][high >> 16 & 255] ^ t[0][high >> 24];
  }
  for (; left > 0; ++at, --left) crc = crc >> 8 ^ t[0][(crc ^ static_cast<uint8_t>(*at)) & 255];
  return ~crc;
}

}  // namespace weft
