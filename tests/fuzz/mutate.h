// A few random edits of one input, some of them with pieces of another: what a fuzzer does, without its feedback.
// The same generator makes the same edits on every machine (no distribution of the standard library is used).
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>

#include "base/bytes.h"

namespace weft::fuzz {

using Random = std::mt19937_64;

inline size_t below(Random& random, size_t n) { return static_cast<size_t>(random() % n); }

// A number that decoders like to get wrong.
inline char odd_byte(Random& random) {
  constexpr unsigned char kOdd[] = {0x00, 0x01, 0x7f, 0x80, 0xc0, 0xc1, 0xc6, 0xd7, 0xdd, 0xdf, 0xe0, 0xff};
  return static_cast<char>(below(random, 2) ? kOdd[below(random, sizeof kOdd)] : random());
}

inline Buffer piece_of(ByteView bytes, Random& random) {
  if (bytes.empty()) return {};
  const size_t from = below(random, bytes.size());
  return Buffer(bytes.substr(from, 1 + below(random, 32)));
}

inline Buffer mutated(Buffer bytes, ByteView other, Random& random) {
  constexpr size_t kMostBytes = 4096;
  for (size_t edits = 1 + below(random, 6); edits > 0; --edits) {
    const size_t at = below(random, bytes.size() + 1);
    switch (below(random, 7)) {
      case 0: if (at < bytes.size()) bytes[at] = odd_byte(random); break;
      case 1: if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(random, 8)); break;
      case 2: bytes.insert(at, 1, odd_byte(random)); break;
      case 3: bytes.erase(at, 1 + below(random, 8)); break;
      case 4: bytes.insert(at, piece_of(bytes, random)); break;
      case 5: bytes.insert(at, piece_of(other, random)); break;
      default: if (below(random, 8) == 0) bytes = bytes.substr(0, at) + Buffer(other.substr(std::min(at, other.size())));
    }
  }
  bytes.resize(std::min(bytes.size(), kMostBytes));
  return bytes;
}

}  // namespace weft::fuzz
