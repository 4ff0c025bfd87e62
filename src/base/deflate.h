// zlib format (RFC 1950). Inflating is bounded: hostile bytes cannot cost more than `cap`.
#pragma once
#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace weft {

inline constexpr int kUsualLevel = 6, kQuickLevel = 4;

Buffer deflate(ByteView bytes, int level = kUsualLevel);

// One stream, fed piece by piece.
class Deflater {
 public:
  explicit Deflater(int level = kUsualLevel);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  void add(ByteView bytes, Buffer& out, bool last = false);   // appends what is ready

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

// The whole of `bytes` must be one stream. Errors: MALFORMED; TOO_LARGE when it would pass `cap`.
Result<Buffer> inflate(ByteView bytes, size_t cap);

}  // namespace weft
