// Reads a command's arguments out of the inbox. The shim wrote them, but they are checked all the
// same: a wrong length is an error, never a read past the end.
#pragma once
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace weft::wasm {

class Arguments {
 public:
  explicit Arguments(ByteView bytes) : rest_(bytes) {}

  // [u16 little-endian length][bytes]
  ByteView counted() {
    const auto length = number<uint16_t>();
    return take(length);
  }
  uint32_t u32() { return number<uint32_t>(); }
  uint8_t u8() { return number<uint8_t>(); }
  ByteView rest() { return take(rest_.size()); }
  // Everything was there, and nothing is left.
  bool whole() const { return !short_ && rest_.empty(); }

 private:
  ByteView take(size_t length) {
    if (length > rest_.size()) {
      short_ = true;
      return {};
    }
    const ByteView taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  template <class T>
  T number() {   // WebAssembly is little-endian, as the arguments are
    T value = 0;
    const ByteView bytes = take(sizeof value);
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  ByteView rest_;
  bool short_ = false;
};

}  // namespace weft::wasm
