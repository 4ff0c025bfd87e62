#include "base/sha256.h"

#include <algorithm>
#include <cstring>

namespace weft {
namespace {

constexpr uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

inline uint32_t rotate_right(uint32_t x, int n) { return x >> n | x << (32 - n); }

inline uint32_t read_be32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}

}  // namespace

Sha256::Sha256()
    : state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {}

// One round; who calls it turns the names instead of moving the values. `w` is the word of this round.
#define WEFT_ROUND(a, b, c, d, e, f, g, h, i)                                                        \
  do {                                                                                               \
    const uint32_t t1 = h + (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) +       \
                        (g ^ (e & (f ^ g))) + kRound[i] + w[(i) & 15];                               \
    d += t1;                                                                                         \
    h = t1 + (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) + ((a & b) | (c & (a | b))); \
  } while (false)

#define WEFT_EIGHT_ROUNDS(i)                                                                   \
  WEFT_ROUND(a, b, c, d, e, f, g, h, (i) + 0); WEFT_ROUND(h, a, b, c, d, e, f, g, (i) + 1);     \
  WEFT_ROUND(g, h, a, b, c, d, e, f, (i) + 2); WEFT_ROUND(f, g, h, a, b, c, d, e, (i) + 3);     \
  WEFT_ROUND(e, f, g, h, a, b, c, d, (i) + 4); WEFT_ROUND(d, e, f, g, h, a, b, c, (i) + 5);     \
  WEFT_ROUND(c, d, e, f, g, h, a, b, (i) + 6); WEFT_ROUND(b, c, d, e, f, g, h, a, (i) + 7)

void Sha256::compress(const uint8_t* block) {
  uint32_t w[16];   // of the rounds at hand
  for (int i = 0; i < 16; ++i) w[i] = read_be32(block + 4 * i);
  uint32_t a = state_[0], b = state_[1], c = state_[2], d = state_[3];
  uint32_t e = state_[4], f = state_[5], g = state_[6], h = state_[7];
  for (int i = 0; i < 64; i += 16) {
    for (int j = 0; i > 0 && j < 16; ++j) {
      const uint32_t early = w[(j + 1) & 15], late = w[(j + 14) & 15];
      const uint32_t s0 = rotate_right(early, 7) ^ rotate_right(early, 18) ^ early >> 3;
      const uint32_t s1 = rotate_right(late, 17) ^ rotate_right(late, 19) ^ late >> 10;
      w[j] += s0 + w[(j + 9) & 15] + s1;
    }
    WEFT_EIGHT_ROUNDS(i);
    WEFT_EIGHT_ROUNDS(i + 8);
  }
  state_[0] += a; state_[1] += b; state_[2] += c; state_[3] += d;
  state_[4] += e; state_[5] += f; state_[6] += g; state_[7] += h;
}

#undef WEFT_EIGHT_ROUNDS
#undef WEFT_ROUND

Sha256& Sha256::update(ByteView bytes) {
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  total_ += left;
  if (pending_size_ > 0) {
    const size_t part = std::min(left, 64 - pending_size_);
    if (part > 0) std::memcpy(pending_.data() + pending_size_, at, part);
    pending_size_ += part, at += part, left -= part;
    if (pending_size_ < 64) return *this;
    compress(pending_.data());
    pending_size_ = 0;
  }
  for (; left >= 64; at += 64, left -= 64) compress(at);
  if (left > 0) std::memcpy(pending_.data(), at, left);
  pending_size_ = left;
  return *this;
}

std::array<uint8_t, 32> Sha256::finish() {
  const uint64_t bits = total_ * 8;
  pending_[pending_size_++] = 0x80;
  if (pending_size_ > 56) {
    std::memset(pending_.data() + pending_size_, 0, 64 - pending_size_);
    compress(pending_.data());
    pending_size_ = 0;
  }
  std::memset(pending_.data() + pending_size_, 0, 56 - pending_size_);
  for (int i = 0; i < 8; ++i) pending_[56 + i] = static_cast<uint8_t>(bits >> (56 - 8 * i));
  compress(pending_.data());
  std::array<uint8_t, 32> digest;
  for (int i = 0; i < 32; ++i) digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

std::array<uint8_t, 32> sha256(ByteView bytes) { return Sha256().update(bytes).finish(); }

}  // namespace weft
