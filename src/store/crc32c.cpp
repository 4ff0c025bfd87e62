#include "store/crc32c.h"

#include <array>
#include <cstring>

namespace weft {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected
using Tables = std::array<std::array<uint32_t, 256>, 16>;

// Made at first use: 16 KB that need not be downloaded. That of the byte which is k bytes from the end of the sixteen is
// the k-th (Kounavis and Berry, 2005).
const Tables& tables() {
  static const Tables made = [] {
    Tables t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
      t[0][i] = crc;
    }
    for (size_t i = 0; i < 256; ++i)
      for (size_t k = 1; k < t.size(); ++k) t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 255];
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
  const auto ahead = [&t](uint32_t word, size_t k) {
    return t[k + 3][word & 255] ^ t[k + 2][word >> 8 & 255] ^ t[k + 1][word >> 16 & 255] ^ t[k][word >> 24];
  };
  for (; left >= 16; at += 16, left -= 16)
    crc = ahead(crc ^ little_endian(at), 12) ^ ahead(little_endian(at + 4), 8) ^ ahead(little_endian(at + 8), 4) ^ ahead(little_endian(at + 12), 0);
  for (; left > 0; ++at, --left) crc = crc >> 8 ^ t[0][(crc ^ static_cast<uint8_t>(*at)) & 255];
  return ~crc;
}

}  // namespace weft
