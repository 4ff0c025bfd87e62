#include "store/fields.h"

#include "base/limits.h"

namespace weft {
namespace {

constexpr size_t kLeastOperationBytes = 20;  // [5, stamp]: array, kind, two bytes of bin 8, 16 of stamp

}  // namespace

void pack_stamp(Buffer& out, const Stamp& stamp) {
  if (stamp.is_none()) return pack_nil(out);
  Buffer bytes;
  write_stamp(bytes, stamp);
  pack_bin(out, bytes);
}

void pack_operations(Buffer& out, const Operations& operations) {
  pack_array(out, static_cast<uint32_t>(operations.size()));
  for (const OperationRef& operation : operations) out.append(operation->bytes());
}

void FieldReader::array_of(uint32_t entries) {
  if (array() != entries) fail();
}

uint32_t FieldReader::array() {
  uint32_t size = 0;
  if (ok_ && !in_.array(size)) fail();
  return ok_ ? size : 0;
}

bool FieldReader::nil() { return ok_ && in_.nil(); }

bool FieldReader::boolean() {
  bool value = false;
  if (ok_ && !in_.boolean(value)) fail();
  return ok_ && value;
}

uint64_t FieldReader::integer() {
  uint64_t value = 0;
  if (ok_ && !in_.uint(value)) fail();
  return ok_ ? value : 0;
}

ByteView FieldReader::bin() {
  ByteView bytes;
  if (ok_ && !in_.bin(bytes)) fail();
  return ok_ ? bytes : ByteView{};
}

ByteView FieldReader::bin_of(size_t length) {
  const ByteView bytes = bin();
  if (bytes.size() == length) return bytes;
  fail();
  return {};
}

ByteView FieldReader::text() {
  ByteView text;
  if (ok_ && !in_.str(text)) fail();
  return ok_ ? text : ByteView{};
}

Stamp FieldReader::stamp() {
  if (nil()) return kNoStamp;
  const ByteView bytes = bin_of(Stamp::kBytes);
  if (!ok_) return kNoStamp;
  const Stamp stamp = read_stamp(bytes.data());
  if (stamp.is_none()) fail();  // has a form of its own
  return stamp;
}

Result<Operations> FieldReader::operations(Bytes whose) {
  const uint32_t count = array();
  if (!ok_ || count > in_.rest().size() / kLeastOperationBytes) {
    fail();
    return make_error(Code::kMalformed, "an array of operations is cut short or miscounted");
  }
  Operations operations;
  operations.reserve(count);
  ByteView rest = in_.rest(), consumed;
  for (uint32_t i = 0; i < count; ++i) {
    Result<OperationRef> operation = Operation::decode_next(rest, whose);
    if (!operation) {
      fail();
      return make_error(operation.error().code, operation.error().message, "operations[" + std::to_string(i) + "]");
    }
    operations.push_back(std::move(*operation));
  }
  if (!in_.take(in_.rest().size() - rest.size(), consumed)) fail();
  return operations;
}

}  // namespace weft
