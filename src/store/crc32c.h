// CRC-32C (Castagnoli, RFC 3720 appendix B.4), slicing by 8. Guards a journal's frames against torn writes.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace weft {

uint32_t crc32c(ByteView bytes);

}  // namespace weft
