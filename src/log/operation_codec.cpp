// Building and decoding operations. Both end in one allocation that holds header and bytes; a
// decoder allocates nothing before all of the bytes are found good.
#include <cstring>
#include <new>

#include "base/limits.h"
#include "base/pack.h"
#include "base/pack_head.h"
#include "log/operation.h"
#include "value/utf8.h"
#include "value/value.h"

namespace weft {
namespace {

constexpr char kBin8 = '\xc4', kNil = '\xc0', kEmptyArray = '\x90';
constexpr size_t kAuthorBytes = 32;
constexpr uint32_t kIdAt = 4 + Stamp::kBytes;             // where the third element begins: array head, kind, bin head, stamp
constexpr uint64_t kReservedClock = ~uint64_t{0};         // means infinity in range reconciliation

size_t text_head(size_t size) { return size < 32 ? 1 : size < 256 ? 2 : 3; }

// Writes into space that was measured before.
class Pen {
 public:
  explicit Pen(char* at) : begin_(at), at_(at) {}
  void byte(char value) { *at_++ = value; }
  void raw(ByteView bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void stamp(const Stamp& stamp) {
    byte(kBin8), byte(Stamp::kBytes);
    store_stamp(at_, stamp);
    at_ += Stamp::kBytes;
  }
  void text(ByteView text) {   // ids and labels: below 65,536 bytes
    const size_t size = text.size();
    if (size < 32) byte(static_cast<char>(0xa0 | size));
    else if (size < 256) byte('\xd9'), byte(static_cast<char>(size));
    else byte('\xda'), byte(static_cast<char>(size >> 8)), byte(static_cast<char>(size));
    raw(text);
  }
  uint32_t at() const { return static_cast<uint32_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

Error malformed(const char* what) { return make_error(Code::kMalformed, what); }

}  // namespace

// What decoding finds out about the bytes, relative to their begin.
struct OperationLayout {
  Stamp stamp;
  Kind kind = Kind::kClear;
  uint32_t bare_begin = 0, tail = 0, id_at = 0, id_size = 0;
};

class OperationBuilder {
 public:
  static Operation* allocate(size_t size) {
    void* space = ::operator new(sizeof(Operation) + size);
    return new (space) Operation(static_cast<uint32_t>(size));
  }
  static char* bytes(Operation& o) { return reinterpret_cast<char*>(&o + 1); }

  // [kind, stamp, id, body, tail, …], each of the last already encoded.
  static OperationRef build(const Stamp& stamp, Kind kind, char count, ByteView id, ByteView body,
                            ByteView tail, ByteView rest = {}) {
    const size_t id_bytes = kind == Kind::kClear ? 0 : text_head(id.size()) + id.size();
    Operation* o = allocate(kIdAt + id_bytes + body.size() + tail.size() + rest.size());
    Pen pen(bytes(*o));
    pen.byte(static_cast<char>(0x90 | count)), pen.byte(static_cast<char>(kind));
    pen.stamp(stamp);
    if (id_bytes > 0) pen.text(id);
    o->id_size_ = static_cast<uint16_t>(id.size());
    o->id_at_ = static_cast<uint8_t>(pen.at() - id.size());
    pen.raw(body);
    o->tail_ = pen.at();
    pen.raw(tail), pen.raw(rest);
    return OperationRef(o);
  }

  static OperationRef adopt(const OperationLayout& found, ByteView all) {
    Operation* o = allocate(all.size());
    std::memcpy(bytes(*o), all.data(), all.size());
    o->bare_begin_ = static_cast<uint8_t>(found.bare_begin);
    o->tail_ = found.tail;
    o->id_at_ = static_cast<uint8_t>(found.id_at);
    o->id_size_ = static_cast<uint16_t>(found.id_size);
    return OperationRef(o);
  }
};

namespace {

// Reads one bare operation; offsets are counted from `origin`.
class Decoder {
 public:
  Decoder(const char* origin, ByteView bytes, Bytes whose) : origin_(origin), whose_(whose), in_(bytes) {}

  Result<OperationLayout> bare();
  ByteView rest() const { return in_.rest(); }

 private:
  Status stamp(Stamp& stamp);
  Status text(size_t least, size_t most, Code code, const char* what, ByteView& out);
  Status upsert();
  Status fields_and_deleted();
  Status replace();
  Status link(uint32_t count);
  Result<ByteView> value();
  uint32_t at() const { return static_cast<uint32_t>(in_.rest().data() - origin_); }

  const char* origin_;
  const Bytes whose_;
  Unpacker in_;
  OperationLayout out_;
};

// How many elements each kind has; a link has one more when it carries a value.
bool count_fits(uint64_t kind, uint32_t count) {
  switch (kind) {
    case 1: case 2: case 3: case 7: return count == 5;
    case 4: return count == 3;
    case 5: return count == 2;
    case 6: return count == 5 || count == 6;
    default: return false;
  }
}

Result<OperationLayout> Decoder::bare() {
  out_.bare_begin = at();
  uint32_t count;
  uint64_t kind;
  if (!in_.array(count) || !in_.uint(kind)) return malformed("an operation is not an array that begins with its kind");
  if (kind < 1 || kind > 7) return malformed("an operation is of no known kind");
  if (!count_fits(kind, count)) return malformed("an operation has too few or too many elements");
  out_.kind = static_cast<Kind>(kind);
  if (Status s = stamp(out_.stamp); !s) return s.error();
  if (out_.stamp.clock == kReservedClock) return malformed("an operation's stamp is out of range");
  out_.id_at = at();
  if (out_.kind != Kind::kClear) {
    ByteView id;
    if (Status s = text(1, limits::kMaxIdBytes, Code::kInvalidId, "an id is not 1 to 1024 bytes of UTF-8", id); !s)
      return s.error();
    out_.id_at = static_cast<uint32_t>(id.data() - origin_);
    out_.id_size = static_cast<uint32_t>(id.size());
  }
  out_.tail = at();
  Status s = is_upsert(out_.kind) ? upsert() : count >= 5 ? link(count) : ok_status();
  if (!s) return s.error();
  return out_;
}

Status Decoder::stamp(Stamp& stamp) {
  ByteView bytes;
  if (!in_.bin(bytes) || bytes.size() != Stamp::kBytes) return malformed("a stamp is not 16 bytes");
  stamp = read_stamp(bytes.data());
  if (stamp.is_none()) return malformed("a stamp is zero");
  return ok_status();
}

Status Decoder::text(size_t least, size_t most, Code code, const char* what, ByteView& out) {
  if (!in_.str(out)) return malformed("a text is cut short or not canonical");
  if (out.size() < least || out.size() > most || !is_utf8(out)) return make_error(code, what);
  return ok_status();
}

Result<ByteView> Decoder::value() {
  ByteView bytes;
  if (whose_ == Bytes::kOurs) {
    if (!in_.skip(&bytes)) return malformed("a value is cut short or of no known form");
    return bytes;
  }
  const Result<size_t> size = check_value(in_.rest(), true);
  if (!size) return size.error();
  in_.take(*size, bytes);
  return bytes;
}

Status Decoder::upsert() { return out_.kind == Kind::kReplace ? replace() : fields_and_deleted(); }

Status Decoder::replace() {
  if (const auto v = value(); !v) return v.error();
  out_.tail = at();
  if (in_.nil()) return ok_status();
  Stamp created;
  if (Status s = stamp(created); !s) return s;
  if (created > out_.stamp) return malformed("a creation stamp is above its operation's");
  return ok_status();
}

// Both lists are sorted, so one walk along the two finds a name that stands in both.
Status Decoder::fields_and_deleted() {
  const auto fields = value();
  if (!fields) return fields.error();
  if (ValueView(*fields).type() != Type::kMap) return malformed("the fields of an upsert are not a map");
  out_.tail = at();
  uint32_t count;
  if (!in_.array(count)) return malformed("the deleted names are not an array");
  if (out_.kind == Kind::kPatch && count == 0 && ValueView(*fields).size() == 0) return malformed("a patch touches nothing");
  auto field = ValueView(*fields).begin();
  ByteView last;
  for (uint32_t i = 0; i < count; ++i) {
    ByteView name;
    if (!in_.str(name) || !is_utf8(name)) return malformed("a deleted name is not a string");
    if (i > 0 && name <= last) return malformed("deleted names are not in bytewise order");
    while (field.more() && field.name() < name) field.next();
    if (field.more() && field.name() == name) return malformed("a name is both given and deleted");
    last = name;
  }
  if (at() - out_.tail > limits::kMaxValueBytes) return make_error(Code::kTooLarge, "the deleted names are too large");
  return ok_status();
}

Status Decoder::link(uint32_t count) {
  ByteView label, target;
  if (Status s = text(0, limits::kMaxLabelBytes, Code::kTooLarge, "a label is longer than 256 bytes or not UTF-8", label); !s) return s;
  out_.tail = at();
  if (Status s = text(1, limits::kMaxIdBytes, Code::kInvalidId, "an id is not 1 to 1024 bytes of UTF-8", target); !s) return s;
  if (count == 6)
    if (const auto v = value(); !v) return v.error();
  return ok_status();
}

bool is_signed(ByteView bytes) {
  return bytes.size() > 1 && bytes[0] == '\x93' && read_head(bytes.substr(1)).form == Form::kBinary;
}

Result<OperationLayout> decode_signed(ByteView bytes, Bytes whose, ByteView& rest) {
  Unpacker in(bytes.substr(1));
  ByteView bare, author, proof;
  if (!in.bin(bare) || !in.bin(author) || !in.bin(proof)) return malformed("a signed operation is cut short");
  if (author.size() != kAuthorBytes) return malformed("an author is not 32 bytes");
  if (proof.size() > limits::kMaxProofBytes) return make_error(Code::kTooLarge, "a proof is too large");
  Decoder decoder(bytes.data(), bare, whose);
  auto layout = decoder.bare();
  if (layout && !decoder.rest().empty()) return malformed("bytes follow a signed operation");
  rest = in.rest();
  return layout;
}

}  // namespace

Result<OperationRef> Operation::decode_next(ByteView& rest, Bytes whose) {
  ByteView after;
  const auto layout = [&]() -> Result<OperationLayout> {
    if (is_signed(rest)) return decode_signed(rest, whose, after);
    Decoder decoder(rest.data(), rest, whose);
    auto found = decoder.bare();
    after = decoder.rest();
    return found;
  }();
  if (!layout) return layout.error();
  const ByteView all = rest.substr(0, rest.size() - after.size());
  rest = after;
  return OperationBuilder::adopt(*layout, all);
}

Result<OperationRef> Operation::decode(ByteView bytes) {
  ByteView rest = bytes;
  auto operation = decode_next(rest);
  if (operation && !rest.empty()) return malformed("bytes follow an operation");
  return operation;
}

OperationRef Operation::create(const Stamp& stamp, ByteView id, ByteView fields, ByteView deleted) {
  return OperationBuilder::build(stamp, Kind::kCreate, 5, id, fields, deleted.empty() ? ByteView(&kEmptyArray, 1) : deleted);
}

OperationRef Operation::patch(const Stamp& stamp, ByteView id, ByteView fields, ByteView deleted) {
  return OperationBuilder::build(stamp, Kind::kPatch, 5, id, fields, deleted.empty() ? ByteView(&kEmptyArray, 1) : deleted);
}

OperationRef Operation::replace(const Stamp& stamp, ByteView id, ByteView value, const Stamp& created) {
  char bytes[2 + Stamp::kBytes];
  Pen pen(bytes);
  if (created.is_none()) pen.byte(kNil);
  else pen.stamp(created);
  return OperationBuilder::build(stamp, Kind::kReplace, 5, id, value, {bytes, pen.at()});
}

OperationRef Operation::remove(const Stamp& stamp, ByteView id) {
  return OperationBuilder::build(stamp, Kind::kRemove, 3, id, {}, {});
}

OperationRef Operation::clear(const Stamp& stamp) {
  return OperationBuilder::build(stamp, Kind::kClear, 2, {}, {}, {});
}

namespace {

OperationRef build_link(Kind kind, const Stamp& stamp, ByteView source, ByteView label, ByteView target, ByteView value) {
  char label_bytes[3 + limits::kMaxLabelBytes], target_bytes[3 + limits::kMaxIdBytes];
  WEFT_CHECK(label.size() <= limits::kMaxLabelBytes && target.size() <= limits::kMaxIdBytes);
  Pen label_pen(label_bytes), target_pen(target_bytes);
  label_pen.text(label);
  target_pen.text(target);
  return OperationBuilder::build(stamp, kind, value.empty() ? 5 : 6, source, {label_bytes, label_pen.at()},
                                 {target_bytes, target_pen.at()}, value);
}

}  // namespace

OperationRef Operation::link(const Stamp& stamp, ByteView source, ByteView label, ByteView target, ByteView value) {
  return build_link(Kind::kLink, stamp, source, label, target, value);
}

OperationRef Operation::unlink(const Stamp& stamp, ByteView source, ByteView label, ByteView target) {
  return build_link(Kind::kUnlink, stamp, source, label, target, {});
}

}  // namespace weft
