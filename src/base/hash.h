// A fast seeded hash for tables. Its values never leave the process and never decide an order.
#pragma once
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace weft {

inline uint64_t hash_mix(uint64_t h) {
  h ^= h >> 32;
  h *= 0x9fb21c651e98df25ull;
  h ^= h >> 29;
  return h;
}

inline uint64_t hash_bytes(ByteView bytes, uint64_t seed) {
  uint64_t h = seed ^ (bytes.size() * 0x9e3779b97f4a7c15ull);
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    h = hash_mix((h ^ word) * 0xa0761d6478bd642full);
  }
  uint64_t word = 0;
  for (size_t i = 0; i < left; ++i) word |= uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  return hash_mix((h ^ word) * 0xe7037ed1a0b428dbull);
}

inline uint64_t hash_pair(uint64_t a, uint64_t b, uint64_t seed) {
  return hash_mix((hash_mix((seed ^ a) * 0xa0761d6478bd642full) ^ b) * 0xe7037ed1a0b428dbull);
}

}  // namespace weft
