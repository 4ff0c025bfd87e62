#include "value/value.h"

#include <array>
#include <cstring>

#include "base/pack_head.h"

namespace weft {
namespace {

constexpr uint8_t kDate = 1, kBigintAbove = 3;   // 2: a bigint within s64

uint8_t extension_of(ByteView at) { return static_cast<uint8_t>(at[1]); }

// The whole length of a value, where its tag says it: scalars, short texts, what is empty. 0: read on.
constexpr std::array<uint8_t, 256> make_lengths() {
  std::array<uint8_t, 256> lengths{};
  for (size_t tag = 0; tag < 256; ++tag) {
    const TagFacts& facts = kTagFacts[tag];
    const bool nests = facts.form == Form::kArray || facts.form == Form::kMap;
    if (facts.form != Form::kBroken && facts.width == 0 && !(nests && facts.size > 0))
      lengths[tag] = static_cast<uint8_t>(facts.head + facts.size);
  }
  return lengths;
}
constexpr std::array<uint8_t, 256> kLengths = make_lengths();

// How far the value that begins at `at` reaches. The text was checked, so nothing can run past it.
size_t length_of(ByteView at) {
  size_t used = 0;
  for (uint64_t left = 1; left > 0 && used < at.size(); --left) {
    if (const size_t length = kLengths[static_cast<uint8_t>(at[used])]) {
      used += length;
      continue;
    }
    const PackHead head = read_head(at.substr(used));
    used += head.head;
    if (head.form == Form::kArray) left += head.size;
    else if (head.form == Form::kMap) left += uint64_t{head.size} * 2;
    else used += head.size;
    if (head.form == Form::kBroken) break;
  }
  return used;
}

constexpr std::array<Type, 256> make_types() {
  constexpr Type kOfForm[] = {Type::kMissing, Type::kNull, Type::kBoolean, Type::kNumber, Type::kNumber,
                              Type::kString, Type::kBinary, Type::kArray, Type::kMap, Type::kNumber};
  std::array<Type, 256> types{};
  for (size_t tag = 0; tag < 256; ++tag) types[tag] = kOfForm[static_cast<size_t>(kTagFacts[tag].form)];
  return types;
}
constexpr std::array<Type, 256> kTypes = make_types();   // an extension's is looked at besides

// The text that begins at `at` and is a name; a view of what follows its head.
ByteView name_at(ByteView at) {
  const auto tag = static_cast<uint8_t>(at[0]);
  if ((tag & 0xe0) == 0xa0) return at.substr(1, tag & 0x1f);
  const PackHead head = read_head(at);
  return at.substr(head.head, head.size);
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
  if (at_.empty()) return Type::kMissing;
  const auto tag = static_cast<uint8_t>(at_[0]);
  if (kTagFacts[tag].form == Form::kExtension) return extension_of(at_) == kDate ? Type::kDate : Type::kNumber;
  return kTypes[tag];
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
  const PackHead head = read_head(at_);
  if (head.form != Form::kMap) return {};
  ByteView rest = at_.substr(head.head);
  for (uint32_t left = head.size; left > 0; --left) {
    const ByteView found = name_at(rest);
    rest.remove_prefix(static_cast<size_t>(found.data() + found.size() - rest.data()));
    if (found == name) return ValueView(rest);
    rest.remove_prefix(length_of(rest));
  }
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
  name_ = name_at(rest_);
  rest_.remove_prefix(static_cast<size_t>(name_.data() + name_.size() - rest_.data()));
}

}  // namespace weft
