#include "value/value.h"

#include <cstring>

#include "base/pack_head.h"

namespace weft {
namespace {

constexpr uint8_t kDate = 1, kBigintAbove = 3;   // 2: a bigint within s64

uint8_t extension_of(ByteView at) { return static_cast<uint8_t>(at[1]); }

// The end of the value that begins at `at`. The text was checked, so nothing can run past it.
size_t length_of(ByteView at) {
  size_t used = 0;
  for (uint64_t left = 1; left > 0; --left) {
    const PackHead head = read_head(at.substr(used));
    used += head.head;
    if (head.form == Form::kArray) left += head.size;
    else if (head.form == Form::kMap) left += uint64_t{head.size} * 2;
    else used += head.size;
    if (head.form == Form::kBroken) break;
  }
  return used;
}

int64_t integer_at(ByteView at, const PackHead& head) {
  if (head.head == 1 && head.size == 0) return static_cast<int8_t>(head.tag);
  const uint64_t bits = read_be(at.data() + head.head, head.size);
  if (head.tag <= 0xcf) return static_cast<int64_t>(bits);
  const int shift = 64 - 8 * static_cast<int>(head.size);
  return static_cast<int64_t>(bits << shift) >> shift;
}

double float_at(ByteView at) {
  const uint64_t bits = read_be(at.data() + 1, 8);
  double number;
  std::memcpy(&number, &bits, 8);
  return number;
}

}  // namespace

Type ValueView::type() const {
  const PackHead head = read_head(at_);
  switch (head.form) {
    case Form::kBroken: return Type::kMissing;
    case Form::kNil: return Type::kNull;
    case Form::kBoolean: return Type::kBoolean;
    case Form::kInteger:
    case Form::kFloat: return Type::kNumber;
    case Form::kString: return Type::kString;
    case Form::kBinary: return Type::kBinary;
    case Form::kArray: return Type::kArray;
    case Form::kMap: return Type::kMap;
    case Form::kExtension: return extension_of(at_) == kDate ? Type::kDate : Type::kNumber;
  }
  return Type::kMissing;
}

ByteView ValueView::bytes() const { return at_.empty() ? at_ : at_.substr(0, length_of(at_)); }

bool ValueView::is_bigint() const {
  return read_head(at_).form == Form::kExtension && extension_of(at_) != kDate;
}

bool ValueView::boolean() const { return !at_.empty() && at_[0] == '\xc3'; }

bool ValueView::is_integer() const {
  const PackHead head = read_head(at_);
  return head.form == Form::kInteger || (head.form == Form::kExtension && extension_of(at_) != kBigintAbove);
}

int64_t ValueView::integer() const {
  const PackHead head = read_head(at_);
  if (head.form == Form::kExtension) return static_cast<int64_t>(read_be(at_.data() + 2, 8));
  return head.form == Form::kInteger ? integer_at(at_, head) : 0;
}

double ValueView::number() const {
  const PackHead head = read_head(at_);
  if (head.form == Form::kFloat) return float_at(at_);
  if (head.form == Form::kExtension && extension_of(at_) == kBigintAbove)
    return static_cast<double>(read_be(at_.data() + 2, 8));
  return static_cast<double>(integer());
}

ByteView ValueView::text() const {
  const PackHead head = read_head(at_);
  if (head.form != Form::kString && head.form != Form::kBinary) return {};
  return at_.substr(head.head, head.size);
}

uint32_t ValueView::size() const {
  const PackHead head = read_head(at_);
  return head.form == Form::kArray || head.form == Form::kMap ? head.size : 0;
}

ValueView::Iterator ValueView::begin() const {
  const PackHead head = read_head(at_);
  if (head.form != Form::kArray && head.form != Form::kMap) return Iterator({}, 0, false);
  return Iterator(at_.substr(head.head), head.size, head.form == Form::kMap);
}

ValueView ValueView::field(ByteView name) const {
  if (type() != Type::kMap) return {};
  for (auto it = begin(); it.more(); it.next())
    if (it.name() == name) return it.value();
  return {};
}

ValueView ValueView::entry(uint32_t index) const {
  if (type() != Type::kArray) return {};
  auto it = begin();
  for (; it.more() && index > 0; it.next()) --index;
  return it.more() ? it.value() : ValueView();
}

ValueView::Iterator::Iterator(ByteView rest, uint32_t left, bool is_map)
    : rest_(rest), left_(left), is_map_(is_map) {
  if (left_ > 0) read_name();
}

ByteView ValueView::Iterator::value_bytes() {
  if (value_size_ == 0) value_size_ = length_of(rest_);
  return rest_.substr(0, value_size_);
}

void ValueView::Iterator::next() {
  rest_.remove_prefix(value_bytes().size());
  value_size_ = 0;
  if (--left_ > 0) read_name();
}

void ValueView::Iterator::read_name() {
  if (!is_map_) return;
  const PackHead head = read_head(rest_);
  name_ = rest_.substr(head.head, head.size);
  rest_.remove_prefix(head.head + size_t{head.size});
}

}  // namespace weft
