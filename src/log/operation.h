// Operation: one immutable, stamped change, and its one encoding for wire, tabs and disk.
//
//   1 create  [1, stamp, id, fields, deleted]      stamp: bin 16 · id: str 1..1024 bytes
//   2 patch   [2, stamp, id, fields, deleted]      fields: map, deleted: array, names in bytewise
//   3 replace [3, stamp, id, value, created|nil]   order, no name in both · created: bin 16
//   4 remove  [4, stamp, id]
//   5 clear   [5, stamp]
//   6 link    [6, stamp, source, label, target] or with a sixth element, the value
//   7 unlink  [7, stamp, source, label, target]
//   signed    [operation as bin, author as bin 32, proof as bin]
//
// Invariants: 1. An Operation that exists is canonical: same operation, same bytes; decode refuses
// anything else, of bytes that may not be ours. 2. Bytes never change after construction. 3. digest() is SHA-256 over the bare
// operation's bytes followed by the author, if any; computed when first asked for, then kept.
// 4. It may be live in several graphs at once, so it knows of none.
#pragma once
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "clock/stamp.h"
#include "log/operation_ref.h"

namespace weft {

enum class Kind : uint8_t {
  kCreate = 1, kPatch = 2, kReplace = 3, kRemove = 4, kClear = 5, kLink = 6, kUnlink = 7,
};
inline bool is_upsert(Kind kind) { return kind <= Kind::kReplace; }

using Digest = std::array<uint8_t, 32>;

// Where bytes come from. What we wrote ourselves, and whose checksum holds, was checked before it was written: its
// values are only walked, to see that they end where they should.
enum class Bytes : uint8_t { kForeign, kOurs };

class Operation {
 public:
  // Decodes and checks `bytes` whole. Errors: MALFORMED (not canonical, truncated, trailing bytes,
  // unknown kind, patch that touches nothing, created above stamp), INVALID_ID, TOO_LARGE, TOO_DEEP.
  static Result<OperationRef> decode(ByteView bytes);
  // As decode, of the operation at the front of `rest`, which moves past it (on an error it stays).
  static Result<OperationRef> decode_next(ByteView& rest, Bytes whose = Bytes::kForeign);

  // Local construction; the arguments are checked already (canonical values, valid ids).
  // `fields`: canonical MessagePack map; `deleted`: canonical MessagePack array of names.
  static OperationRef create(const Stamp&, ByteView id, ByteView fields, ByteView deleted);
  static OperationRef patch(const Stamp&, ByteView id, ByteView fields, ByteView deleted);
  static OperationRef replace(const Stamp&, ByteView id, ByteView value, const Stamp& created);  // kNoStamp: nil
  static OperationRef remove(const Stamp&, ByteView id);
  static OperationRef clear(const Stamp&);
  static OperationRef link(const Stamp&, ByteView source, ByteView label, ByteView target, ByteView value);  // empty value: none
  static OperationRef unlink(const Stamp&, ByteView source, ByteView label, ByteView target);

  Stamp stamp() const { return read_stamp(data() + bare_begin_ + kStampAt); }
  Kind kind() const { return static_cast<Kind>(data()[bare_begin_ + kKindAt]); }
  ByteView id() const;        // the node of 1–4; the source of 6–7; empty for clear
  ByteView label() const;     // 6–7
  ByteView target() const;    // 6–7
  ByteView fields() const;    // 1–2: the MessagePack map
  ByteView deleted() const;   // 1–2: the MessagePack array of names
  ByteView value() const;     // 3: the value; 6: the link's value or empty
  Stamp created() const;      // 3: what it carries, or kNoStamp
  ByteView bytes() const { return {data(), size_}; }   // as sent and stored: bare or signed
  ByteView bare() const;      // the operation itself, without envelope
  ByteView author() const;    // 32 bytes or empty
  ByteView proof() const;     // as carried or empty
  const Digest& digest() const;
  bool has_digest() const { return digest_ != nullptr; }
  // Counting for holders other than OperationRef.
  void retain() const { ++references_; }
  void release() const { if (--references_ == 0) destroy(); }
  bool held_once() const { return references_ == 1; }
  void adopt_digest(const Digest& digest) const;  // from our own snapshot, where it was stored

 private:
  friend class OperationBuilder;

  // One allocation holds the head below and, right behind it, the bytes. There is one for all that is live, so the
  // head has what would have to be looked for; the rest is read from the bytes, which say it in fixed places.
  static constexpr uint32_t kKindAt = 1, kStampAt = 4;   // in a bare operation: behind its array's head, and a bin's
  explicit Operation(uint32_t size) : size_(size) {}
  ~Operation() { delete digest_; }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  ByteView slice(uint32_t begin, uint32_t end) const { return {data() + begin, end - begin}; }
  uint32_t body() const { return uint32_t{id_at_} + id_size_; }   // where the fourth element begins (fields, value or label)
  uint32_t bare_end() const { return bare_begin_ == 0 ? size_ : signed_bare_end(); }
  uint32_t signed_bare_end() const;
  void destroy() const;

  mutable const Digest* digest_ = nullptr;   // apart: most operations are never asked for it
  mutable uint32_t references_ = 0;
  uint32_t size_;               // of all bytes
  uint32_t tail_ = 0;           // where the fifth element begins (deleted, created or target)
  uint16_t id_size_ = 0;
  uint8_t id_at_ = 0;           // where the text of the third element begins
  uint8_t bare_begin_ = 0;      // 0: not signed
};
static_assert(sizeof(void*) != 4 || sizeof(Operation) == 20);

// Order of two operations of one register: by stamp, and where an attack or a defect made two
// contents under one stamp, by digest.
bool precedes(const Operation& a, const Operation& b);

inline OperationRef::OperationRef(const Operation* operation) : operation_(operation) {
  if (operation_) operation_->retain();
}
inline OperationRef::OperationRef(const OperationRef& other) : operation_(other.operation_) {
  if (operation_) operation_->retain();
}
inline OperationRef::~OperationRef() {
  if (operation_) operation_->release();
}

}  // namespace weft
