#include "log/operation.h"

#include <cstring>
#include <new>
#include <utility>

#include "base/limits.h"
#include "base/pack_head.h"
#include "base/sha256.h"

namespace weft {
namespace {

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

ByteView Operation::id() const { return {data() + id_at_, id_size_}; }

ByteView Operation::label() const { return body_ && !is_upsert(kind_) ? payload(slice(body_, tail_)) : ByteView(); }

ByteView Operation::target() const { return tail_ && !is_upsert(kind_) ? payload(slice(tail_, bare_end_)) : ByteView(); }

ByteView Operation::fields() const {
  return kind_ == Kind::kCreate || kind_ == Kind::kPatch ? slice(body_, tail_) : ByteView();
}

ByteView Operation::deleted() const {
  return kind_ == Kind::kCreate || kind_ == Kind::kPatch ? slice(tail_, bare_end_) : ByteView();
}

ByteView Operation::value() const {
  if (kind_ == Kind::kReplace) return slice(body_, tail_);
  if (kind_ != Kind::kLink) return {};
  const ByteView end = target();
  const auto after = static_cast<uint32_t>(end.data() + end.size() - data());
  return slice(after, bare_end_);
}

Stamp Operation::created() const {
  if (kind_ != Kind::kReplace || bare_end_ - tail_ < Stamp::kBytes) return kNoStamp;
  return read_stamp(data() + bare_end_ - Stamp::kBytes);
}

ByteView Operation::bare() const { return slice(bare_begin_, bare_end_); }

ByteView Operation::author() const {
  return bare_begin_ == 0 ? ByteView() : payload(slice(bare_end_, size_));
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
  if (a.stamp() != b.stamp()) return a.stamp() < b.stamp();
  if (&a == &b || a.bytes() == b.bytes()) return false;
  return a.digest() < b.digest();
}

}  // namespace weft
