#include "clock/stamp.h"

namespace weft {
namespace {

uint64_t read_be64(const char* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

void store_stamp(char* out, const Stamp& stamp) {
  for (int i = 0; i < 8; ++i) {
    out[i] = static_cast<char>(stamp.clock >> (56 - 8 * i));
    out[8 + i] = static_cast<char>(stamp.replica >> (56 - 8 * i));
  }
}

void write_stamp(Buffer& out, const Stamp& stamp) {
  char bytes[Stamp::kBytes];
  store_stamp(bytes, stamp);
  out.append(bytes, sizeof bytes);
}

Stamp read_stamp(const char* bytes) { return Stamp{read_be64(bytes), read_be64(bytes + 8)}; }

}  // namespace weft
