#include "base/deflate.h"

#include <zlib.h>

#include <algorithm>

namespace weft {
namespace {

constexpr size_t kInflateStep = size_t{64} << 10, kDeflateStep = size_t{16} << 10;

Bytef* bytes_of(const char* at) { return reinterpret_cast<Bytef*>(const_cast<char*>(at)); }

// Ends the stream on every way out.
struct InflateStream {
  z_stream z{};
  bool open = inflateInit(&z) == Z_OK;
  ~InflateStream() { if (open) inflateEnd(&z); }
};

}  // namespace

Buffer deflate(ByteView bytes, int level) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  Buffer out(size, '\0');
  const int status = compress2(bytes_of(out.data()), &size, bytes_of(bytes.data()),
                               static_cast<uLong>(bytes.size()), level);
  WEFT_CHECK(status == Z_OK);
  out.resize(size);
  return out;
}

struct Deflater::Stream {
  z_stream z{};
  ~Stream() { deflateEnd(&z); }
};

Deflater::Deflater(int level) : stream_(std::make_unique<Stream>()) { WEFT_CHECK(deflateInit(&stream_->z, level) == Z_OK); }
Deflater::~Deflater() = default;

void Deflater::add(ByteView bytes, Buffer& out, bool last) {
  z_stream& z = stream_->z;
  z.next_in = bytes_of(bytes.data());
  z.avail_in = static_cast<uInt>(bytes.size());
  for (int status = Z_OK; status == Z_OK && (last || z.avail_in > 0 || z.avail_out == 0);) {
    const size_t used = out.size();
    out.resize(used + kDeflateStep);
    z.next_out = bytes_of(out.data() + used);
    z.avail_out = static_cast<uInt>(kDeflateStep);
    status = ::deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
    WEFT_CHECK(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
    out.resize(used + kDeflateStep - z.avail_out);
  }
}

Result<Buffer> inflate(ByteView bytes, size_t cap) {
  InflateStream stream;
  if (!stream.open) return make_error(Code::kInternal, "the inflater could not start");
  stream.z.next_in = bytes_of(bytes.data());
  stream.z.avail_in = static_cast<uInt>(bytes.size());
  Buffer out;
  size_t used = 0;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    if (used == out.size()) {
      // One byte past the cap is room enough to notice that the stream goes on.
      if (used > cap) return make_error(Code::kTooLarge, "inflated bytes pass their limit");
      out.resize(std::min(cap + 1, std::max(used * 2, kInflateStep)));
    }
    stream.z.next_out = bytes_of(out.data() + used);
    stream.z.avail_out = static_cast<uInt>(out.size() - used);
    status = ::inflate(&stream.z, Z_NO_FLUSH);
    used = out.size() - stream.z.avail_out;
    if (status != Z_OK && status != Z_STREAM_END && !(status == Z_BUF_ERROR && used == out.size()))
      return make_error(Code::kMalformed, "the deflated bytes are broken or cut short");
    if (status != Z_STREAM_END && used < out.size() && stream.z.avail_in == 0)
      return make_error(Code::kMalformed, "the deflated bytes are cut short");
  }
  if (used > cap) return make_error(Code::kTooLarge, "inflated bytes pass their limit");
  if (stream.z.avail_in > 0) return make_error(Code::kMalformed, "bytes follow the deflated stream");
  out.resize(used);
  return out;
}

struct Inflater::Stream : InflateStream {};

Inflater::Inflater(size_t cap) : stream_(std::make_unique<Stream>()), left_(cap) { WEFT_CHECK(stream_->open); }
Inflater::~Inflater() = default;

Result<bool> Inflater::take(ByteView& bytes, Buffer& out, size_t most) {
  z_stream& z = stream_->z;
  const size_t used = out.size(), room = std::min(most, left_ + 1);   // one more is enough to notice that it goes on
  out.resize(used + room);
  z.next_in = bytes_of(bytes.data());
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = bytes_of(out.data() + used);
  z.avail_out = static_cast<uInt>(room);
  const int status = ::inflate(&z, Z_NO_FLUSH);
  const size_t made = room - z.avail_out;
  out.resize(used + made);
  bytes.remove_prefix(bytes.size() - z.avail_in);
  if (made > left_) return make_error(Code::kTooLarge, "inflated bytes pass their limit");
  left_ -= made;
  if (status == Z_STREAM_END) {
    if (!bytes.empty()) return make_error(Code::kMalformed, "bytes follow the deflated stream");
    return true;
  }
  if (status != Z_OK) return make_error(Code::kMalformed, "the deflated bytes are broken or cut short");
  if (bytes.empty() && made < room) return make_error(Code::kMalformed, "the deflated bytes are cut short");
  return false;
}

}  // namespace weft
