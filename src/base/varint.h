// Numbers in as few bytes as they need: seven bits a byte, the lowest first, the high bit of all but the last set
// (LEB128). Signed ones are folded first, so that small magnitudes stay short (zigzag).
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace weft {

inline void write_varint(Buffer& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

inline size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// False: cut short, or more than 64 bits; `rest` is then worth nothing.
inline bool read_varint(ByteView& rest, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(rest[0]);
    rest.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

inline uint64_t fold_sign(uint64_t number) { return number << 1 ^ (number >> 63 ? ~uint64_t{0} : 0); }
inline uint64_t unfold_sign(uint64_t folded) { return folded >> 1 ^ (folded & 1 ? ~uint64_t{0} : 0); }

// A run of bytes behind its length.
inline void write_run(Buffer& out, ByteView bytes) {
  write_varint(out, bytes.size());
  out.append(bytes);
}

inline bool read_run(ByteView& rest, ByteView& bytes) {
  uint64_t size;
  if (!read_varint(rest, size) || size > rest.size()) return false;
  bytes = rest.substr(0, static_cast<size_t>(size));
  rest.remove_prefix(bytes.size());
  return true;
}

}  // namespace weft
