// zlib format (RFC 1950) at level 6. Inflating is bounded: hostile bytes cannot cost more than `cap`.
#pragma once
#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace weft {

Buffer deflate(ByteView bytes);

// The whole of `bytes` must be one stream. Errors: MALFORMED; TOO_LARGE when it would pass `cap`.
Result<Buffer> inflate(ByteView bytes, size_t cap);

}  // namespace weft
