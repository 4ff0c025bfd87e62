// The head of one MessagePack value: its form, how long the head is, and what follows it. The one
// place that knows the format's tag bytes for reading.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace weft {

enum class Form : uint8_t { kBroken, kNil, kBoolean, kInteger, kFloat, kString, kBinary, kArray, kMap, kExtension };

struct PackHead {
  Form form = Form::kBroken;
  uint8_t head = 0;       // bytes of the head itself: tag, length, an extension's type
  uint8_t tag = 0;
  uint32_t size = 0;      // bytes that follow (scalars), or entries (arrays and maps)
};

// What a tag says by itself.
struct TagFacts {
  Form form = Form::kBroken;
  uint8_t head = 1;
  uint8_t width = 0;      // of the length that follows the tag; 0: `size` is all there is
  uint8_t size = 0;
};

constexpr std::array<TagFacts, 256> make_tag_facts() {
  std::array<TagFacts, 256> facts{};
  const auto sized = [](Form form, int width) { return TagFacts{form, static_cast<uint8_t>(1 + width), static_cast<uint8_t>(width), 0}; };
  const auto fixed = [](Form form, int size) { return TagFacts{form, 1, 0, static_cast<uint8_t>(size)}; };
  for (int i = 0; i < 256; ++i) {
    if (i < 0x80 || i >= 0xe0) facts[i] = fixed(Form::kInteger, 0);
    else if (i < 0x90) facts[i] = fixed(Form::kMap, i & 0x0f);
    else if (i < 0xa0) facts[i] = fixed(Form::kArray, i & 0x0f);
    else if (i < 0xc0) facts[i] = fixed(Form::kString, i & 0x1f);
  }
  facts[0xc0] = fixed(Form::kNil, 0);
  facts[0xc2] = facts[0xc3] = fixed(Form::kBoolean, 0);
  facts[0xcb] = fixed(Form::kFloat, 8);
  facts[0xd7] = TagFacts{Form::kExtension, 2, 0, 8};
  for (int i = 0; i < 4; ++i) facts[0xcc + i] = facts[0xd0 + i] = fixed(Form::kInteger, 1 << i);
  for (int i = 0; i < 3; ++i) facts[0xc4 + i] = sized(Form::kBinary, 1 << i), facts[0xd9 + i] = sized(Form::kString, 1 << i);
  for (int i = 0; i < 2; ++i) facts[0xdc + i] = sized(Form::kArray, 2 << i), facts[0xde + i] = sized(Form::kMap, 2 << i);
  return facts;
}
inline constexpr std::array<TagFacts, 256> kTagFacts = make_tag_facts();

// Big-endian numbers of 1, 2, 4 or 8 bytes.
inline uint64_t read_be(const char* at, size_t size) {
  const auto byte = [&](size_t i) { return uint32_t{static_cast<unsigned char>(at[i])}; };
  if (size == 1) return byte(0);
  if (size == 2) return byte(0) << 8 | byte(1);
  if (size == 4) {
    uint32_t word;
    std::memcpy(&word, at, 4);
    return __builtin_bswap32(word);
  }
  uint64_t word;
  std::memcpy(&word, at, 8);
  return __builtin_bswap64(word);
}

// kBroken: `bytes` ends inside the head, or the tag is one weft never uses. The payload is not
// looked at: the caller compares `size` with what is there.
inline PackHead read_head(ByteView bytes) {
  if (bytes.empty()) return {};
  const auto tag = static_cast<uint8_t>(bytes[0]);
  const TagFacts facts = kTagFacts[tag];
  if (bytes.size() < facts.head) return {};
  const uint32_t size = facts.width == 0 ? facts.size : static_cast<uint32_t>(read_be(bytes.data() + 1, facts.width));
  return PackHead{facts.form, facts.head, tag, size};
}

// True when a string, binary, array or map could not have had a shorter head.
inline bool is_shortest(const PackHead& head) {
  if (head.head == 1) return true;
  switch (head.form) {
    case Form::kString: return head.head == (head.size < 32 ? 1 : head.size < 256 ? 2 : head.size < 65536 ? 3 : 5);
    case Form::kBinary: return head.head == (head.size < 256 ? 2 : head.size < 65536 ? 3 : 5);
    case Form::kArray:
    case Form::kMap: return head.head == (head.size < 16 ? 1 : head.size < 65536 ? 3 : 5);
    default: return true;
  }
}

}  // namespace weft
