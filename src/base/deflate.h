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

class Inflater {
 public:
  explicit Inflater(size_t cap);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  // Appends at most `most` of what the front of `bytes` holds, which moves on; all that is left of the stream is to be
  // there. True: that was the end, of the stream and of `bytes`. Errors: as of inflate().
  Result<bool> take(ByteView& bytes, Buffer& out, size_t most);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  size_t left_;
};

// The whole of `bytes` must be one stream. Errors: MALFORMED; TOO_LARGE when it would pass `cap`.
Result<Buffer> inflate(ByteView bytes, size_t cap);

}  // namespace weft
