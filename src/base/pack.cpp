#include "base/pack.h"

#include <cstring>

#include <msgpack/pack.hpp>

#include "base/pack_head.h"

namespace weft {
namespace {

constexpr int kSkipDepth = 256;   // above what any message of ours nests

// msgpack-cxx writes, in its shortest forms, to anything that takes bytes.
struct Sink {
  Buffer& out;
  void write(const char* bytes, size_t size) { out.append(bytes, size); }
};

struct Writer {
  explicit Writer(Buffer& out) : sink{out}, to(sink) {}
  Sink sink;
  msgpack::packer<Sink> to;   // refers to the sink
};

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

void pack_nil(Buffer& out) { Writer(out).to.pack_nil(); }
void pack_bool(Buffer& out, bool value) { value ? Writer(out).to.pack_true() : Writer(out).to.pack_false(); }
void pack_uint(Buffer& out, uint64_t value) { Writer(out).to.pack_uint64(value); }
void pack_int(Buffer& out, int64_t value) { Writer(out).to.pack_int64(value); }

// By hand: the library writes a double that is a whole number as an integer.
void pack_double(Buffer& out, double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, 8);
  char bytes[9] = {'\xcb'};
  for (int i = 0; i < 8; ++i) bytes[1 + i] = static_cast<char>(bits >> (56 - 8 * i));
  out.append(bytes, sizeof bytes);
}

void pack_str(Buffer& out, ByteView text) {
  Writer(out).to.pack_str(static_cast<uint32_t>(text.size()));
  out.append(text);
}

void pack_bin(Buffer& out, ByteView bytes) {
  Writer(out).to.pack_bin(static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

void pack_array(Buffer& out, uint32_t size) { Writer(out).to.pack_array(size); }
void pack_map(Buffer& out, uint32_t size) { Writer(out).to.pack_map(size); }

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
