#include "base/pack.h"

#include <cstring>

#include "base/pack_head.h"

namespace weft {
namespace {

constexpr int kSkipDepth = 256;   // above what any message of ours nests

void append_be(Buffer& out, uint8_t tag, uint64_t value, int width) {
  char bytes[9] = {static_cast<char>(tag)};
  for (int i = 0; i < width; ++i) bytes[1 + i] = static_cast<char>(value >> (8 * (width - 1 - i)));
  out.append(bytes, static_cast<size_t>(1 + width));
}

// The length that follows, in 2 or 4 bytes.
void append_size(Buffer& out, uint8_t tag16, uint32_t size) {
  if (size < 65536) append_be(out, tag16, size, 2);
  else append_be(out, static_cast<uint8_t>(tag16 + 1), size, 4);
}

// The integer behind a head that was read; false when it was not the shortest form.
bool integer_of(const PackHead& head, ByteView bytes, bool& negative, uint64_t& value) {
  negative = false;
  if (head.tag < 0x80) return value = head.tag, true;
  if (head.tag >= 0xe0) return negative = true, value = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(head.tag))), true;
  value = read_be(bytes.data() + 1, head.size);
  if (head.tag <= 0xcf) {
    constexpr uint64_t kLeast[4] = {0x80, 0x100, 0x10000, 0x100000000};
    return value >= kLeast[head.tag - 0xcc];
  }
  const int shift = 64 - 8 * static_cast<int>(head.size);
  const int64_t number = static_cast<int64_t>(value << shift) >> shift;
  negative = true;
  value = static_cast<uint64_t>(number);
  constexpr int64_t kBelow[4] = {-32, -128, -32768, -2147483648ll};
  return number < kBelow[head.tag - 0xd0];
}

}  // namespace

void pack_nil(Buffer& out) { out.push_back('\xc0'); }
void pack_bool(Buffer& out, bool value) { out.push_back(value ? '\xc3' : '\xc2'); }

void pack_uint(Buffer& out, uint64_t value) {
  if (value < 0x80) out.push_back(static_cast<char>(value));
  else if (value < 0x100) append_be(out, 0xcc, value, 1);
  else if (value < 0x10000) append_be(out, 0xcd, value, 2);
  else if (value < 0x100000000) append_be(out, 0xce, value, 4);
  else append_be(out, 0xcf, value, 8);
}

void pack_int(Buffer& out, int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  if (value >= 0) pack_uint(out, bits);
  else if (value >= -32) out.push_back(static_cast<char>(value));
  else if (value >= -128) append_be(out, 0xd0, bits, 1);
  else if (value >= -32768) append_be(out, 0xd1, bits, 2);
  else if (value >= -2147483648ll) append_be(out, 0xd2, bits, 4);
  else append_be(out, 0xd3, bits, 8);
}

void pack_double(Buffer& out, double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, 8);
  append_be(out, 0xcb, bits, 8);
}

void pack_str(Buffer& out, ByteView text) {
  const auto size = static_cast<uint32_t>(text.size());
  if (size < 32) out.push_back(static_cast<char>(0xa0 | size));
  else if (size < 256) append_be(out, 0xd9, size, 1);
  else append_size(out, 0xda, size);
  out.append(text);
}

void pack_bin(Buffer& out, ByteView bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  if (size < 256) append_be(out, 0xc4, size, 1);
  else append_size(out, 0xc5, size);
  out.append(bytes);
}

void pack_array(Buffer& out, uint32_t size) {
  if (size < 16) out.push_back(static_cast<char>(0x90 | size));
  else append_size(out, 0xdc, size);
}

void pack_map(Buffer& out, uint32_t size) {
  if (size < 16) out.push_back(static_cast<char>(0x80 | size));
  else append_size(out, 0xde, size);
}

bool Unpacker::nil() {
  if (!next_is_nil()) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Unpacker::boolean(bool& value) {
  const PackHead head = read_head(rest_);
  if (head.form != Form::kBoolean) return false;
  value = head.tag == 0xc3;
  rest_.remove_prefix(1);
  return true;
}

bool Unpacker::uint(uint64_t& value) {
  const PackHead head = read_head(rest_);
  bool negative;
  uint64_t number;
  if (head.form != Form::kInteger || rest_.size() - 1 < head.size) return false;
  if (!integer_of(head, rest_, negative, number) || negative) return false;
  value = number;
  rest_.remove_prefix(1 + head.size);
  return true;
}

bool Unpacker::sized(Form form, ByteView& out) {
  const PackHead head = read_head(rest_);
  if (head.form != form || rest_.size() - head.head < head.size || !is_shortest(head)) return false;
  out = rest_.substr(head.head, head.size);
  rest_.remove_prefix(head.head + size_t{head.size});
  return true;
}

bool Unpacker::str(ByteView& text) { return sized(Form::kString, text); }
bool Unpacker::bin(ByteView& bytes) { return sized(Form::kBinary, bytes); }

bool Unpacker::entries(Form form, size_t bytes_each, uint32_t& size) {
  const PackHead head = read_head(rest_);
  if (head.form != form || (rest_.size() - head.head) / bytes_each < head.size || !is_shortest(head)) return false;
  size = head.size;
  rest_.remove_prefix(head.head);
  return true;
}

bool Unpacker::array(uint32_t& size) { return entries(Form::kArray, 1, size); }
bool Unpacker::map(uint32_t& size) { return entries(Form::kMap, 2, size); }

bool Unpacker::skip(ByteView* skipped) {
  ByteView at = rest_;
  uint64_t left[kSkipDepth];   // values still to read, for each level
  int depth = 0;
  for (left[0] = 1; depth >= 0;) {
    if (left[depth] == 0) { --depth; continue; }
    --left[depth];
    const PackHead head = read_head(at);
    if (head.form == Form::kBroken) return false;
    at.remove_prefix(head.head);
    const bool nests = head.form == Form::kArray || head.form == Form::kMap;
    if (at.size() < head.size) return false;
    if (!nests) { at.remove_prefix(head.size); continue; }
    if (head.size == 0) continue;
    if (++depth == kSkipDepth) return false;
    left[depth] = head.form == Form::kMap ? uint64_t{head.size} * 2 : head.size;
  }
  if (skipped) *skipped = rest_.substr(0, rest_.size() - at.size());
  rest_ = at;
  return true;
}

bool Unpacker::take(size_t size, ByteView& bytes) {
  if (rest_.size() < size) return false;
  bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

}  // namespace weft
