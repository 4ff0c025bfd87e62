// MessagePack, written in its shortest form and read bounded. The reader refuses longer forms than
// needed, so that what it accepts has one encoding; a declared length is checked against what is there.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace weft {

enum class Form : uint8_t;   // base/pack_head.h

void pack_nil(Buffer& out);
void pack_bool(Buffer& out, bool value);
void pack_uint(Buffer& out, uint64_t value);
void pack_int(Buffer& out, int64_t value);
void pack_double(Buffer& out, double value);      // always float 64
void pack_str(Buffer& out, ByteView text);
void pack_bin(Buffer& out, ByteView bytes);
void pack_array(Buffer& out, uint32_t size);      // the header; the entries follow
void pack_map(Buffer& out, uint32_t size);

// Each read either succeeds and moves on, or returns false and stays where it was.
class Unpacker {
 public:
  explicit Unpacker(ByteView bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  ByteView rest() const { return rest_; }
  bool next_is_nil() const { return !rest_.empty() && rest_[0] == '\xc0'; }

  bool nil();
  bool boolean(bool& value);
  bool uint(uint64_t& value);                     // any non-negative integer
  bool str(ByteView& text);                       // UTF-8 is not checked
  bool bin(ByteView& bytes);
  bool array(uint32_t& size);                     // size ≤ bytes left
  bool map(uint32_t& size);                       // size ≤ half the bytes left
  bool skip(ByteView* skipped = nullptr);         // one value of any kind, at most 256 deep
  bool take(size_t size, ByteView& bytes);        // raw bytes

 private:
  bool sized(Form form, ByteView& out);
  bool entries(Form form, size_t bytes_each, uint32_t& size);
  ByteView rest_;
};

}  // namespace weft
