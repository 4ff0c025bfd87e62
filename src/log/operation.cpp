#include "log/operation.h"

#include <cstring>
#include <new>
#include <utility>

#include "base/limits.h"
#include "base/pack_head.h"
#include "base/sha256.h"

namespace weft {
namespace {

bool has_fields(Kind kind) { return kind == Kind::kCreate || kind == Kind::kPatch; }

// The text of a string or binary that begins at `at` inside checked bytes.
ByteView payload(ByteView at) {
  const PackHead head = read_head(at);
  return at.substr(head.head, head.size);
}

}  // namespace

void Operation::destroy() const {
  this->~Operation();
  ::operator delete(const_cast<Operation*>(this));
}

// An envelope begins with the head of its array, a byte, and the head of a binary: a byte and its length.
uint32_t Operation::signed_bare_end() const {
  return bare_begin_ + static_cast<uint32_t>(read_be(data() + 2, bare_begin_ - size_t{2}));
}

ByteView Operation::id() const { return {data() + id_at_, id_size_}; }

ByteView Operation::label() const { return is_upsert(kind()) ? ByteView() : payload(slice(body(), tail_)); }

ByteView Operation::target() const { return is_upsert(kind()) ? ByteView() : payload(slice(tail_, bare_end())); }

ByteView Operation::fields() const { return has_fields(kind()) ? slice(body(), tail_) : ByteView(); }

ByteView Operation::deleted() const { return has_fields(kind()) ? slice(tail_, bare_end()) : ByteView(); }

ByteView Operation::value() const {
  if (kind() == Kind::kReplace) return slice(body(), tail_);
  if (kind() != Kind::kLink) return {};
  const ByteView end = target();
  const auto after = static_cast<uint32_t>(end.data() + end.size() - data());
  return slice(after, bare_end());
}

Stamp Operation::created() const {
  if (kind() != Kind::kReplace || bare_end() - tail_ < Stamp::kBytes) return kNoStamp;
  return read_stamp(data() + bare_end() - Stamp::kBytes);
}

ByteView Operation::bare() const { return slice(bare_begin_, bare_end()); }

ByteView Operation::author() const {
  return bare_begin_ == 0 ? ByteView() : payload(slice(bare_end(), size_));
}

ByteView Operation::proof() const {
  if (bare_begin_ == 0) return {};
  const ByteView key = author();
  return payload(slice(static_cast<uint32_t>(key.data() + key.size() - data()), size_));
}

const Digest& Operation::digest() const {
  if (!digest_) adopt_digest(Sha256().update(bare()).update(author()).finish());
  return *digest_;
}

void Operation::adopt_digest(const Digest& digest) const {
  delete std::exchange(digest_, new Digest(digest));
}

bool precedes(const Operation& a, const Operation& b) {
  const Stamp of_a = a.stamp(), of_b = b.stamp();
  if (of_a != of_b) return of_a < of_b;
  if (&a == &b || a.bytes() == b.bytes()) return false;
  return a.digest() < b.digest();
}

}  // namespace weft
