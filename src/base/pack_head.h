// The head of one MessagePack value: its form, how long the head is, and what follows it. The one
// place that knows the format's tag bytes for reading.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace weft {

enum class Form : uint8_t { kBroken, kNil, kBoolean, kInteger, kFloat, kString, kBinary, kArray, kMap, kExtension };

struct PackHead {
  Form form = Form::kBroken;
  uint8_t head = 0;       // bytes of the head itself: tag, length, an extension's type
  uint8_t tag = 0;
  uint32_t size = 0;      // bytes that follow (scalars), or entries (arrays and maps)
};

inline uint64_t read_be(const char* at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

// kBroken: `bytes` ends inside the head, or the tag is one weft never uses. The payload is not
// looked at: the caller compares `size` with what is there.
inline PackHead read_head(ByteView bytes) {
  if (bytes.empty()) return {};
  const auto tag = static_cast<uint8_t>(bytes[0]);
  const auto fixed = [&](Form form, uint32_t size) { return PackHead{form, 1, tag, size}; };
  const auto sized = [&](Form form, size_t width) {
    if (bytes.size() < 1 + width) return PackHead{};
    return PackHead{form, static_cast<uint8_t>(1 + width), tag, static_cast<uint32_t>(read_be(bytes.data() + 1, width))};
  };
  if (tag < 0x80 || tag >= 0xe0) return fixed(Form::kInteger, 0);
  if (tag < 0x90) return fixed(Form::kMap, tag & 0x0fu);
  if (tag < 0xa0) return fixed(Form::kArray, tag & 0x0fu);
  if (tag < 0xc0) return fixed(Form::kString, tag & 0x1fu);
  switch (tag) {
    case 0xc0: return fixed(Form::kNil, 0);
    case 0xc2: case 0xc3: return fixed(Form::kBoolean, 0);
    case 0xc4: case 0xc5: case 0xc6: return sized(Form::kBinary, size_t{1} << (tag - 0xc4));
    case 0xcb: return fixed(Form::kFloat, 8);
    case 0xcc: case 0xcd: case 0xce: case 0xcf: return fixed(Form::kInteger, 1u << (tag - 0xcc));
    case 0xd0: case 0xd1: case 0xd2: case 0xd3: return fixed(Form::kInteger, 1u << (tag - 0xd0));
    case 0xd7: return bytes.size() < 2 ? PackHead{} : PackHead{Form::kExtension, 2, tag, 8};
    case 0xd9: case 0xda: case 0xdb: return sized(Form::kString, size_t{1} << (tag - 0xd9));
    case 0xdc: case 0xdd: return sized(Form::kArray, size_t{2} << (tag - 0xdc));
    case 0xde: case 0xdf: return sized(Form::kMap, size_t{2} << (tag - 0xde));
    default: return {};
  }
}

// True when a string, binary, array or map could not have had a shorter head.
inline bool is_shortest(const PackHead& head) {
  switch (head.form) {
    case Form::kString: return head.head == (head.size < 32 ? 1 : head.size < 256 ? 2 : head.size < 65536 ? 3 : 5);
    case Form::kBinary: return head.head == (head.size < 256 ? 2 : head.size < 65536 ? 3 : 5);
    case Form::kArray:
    case Form::kMap: return head.head == (head.size < 16 ? 1 : head.size < 65536 ? 3 : 5);
    default: return true;
  }
}

}  // namespace weft
