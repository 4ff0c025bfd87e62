#include "clock/stamp.h"

namespace weft {

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

}  // namespace weft
