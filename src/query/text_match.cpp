#include "query/text_match.h"

#include <algorithm>
#include <cstring>

#include "query/like.h"

namespace weft::query {
namespace {

using index::Bits;
using index::Column;

// A test of texts, told by their slots; an array is met by any entry.
template <class Accepts>
Bits of_texts(const Condition& condition, const Column& column, const Bits& among, Accepts accepts) {
  return among.those([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type == Type::kString) return accepts(slot);
    return type == Type::kArray && holds(condition, column.value(slot));
  });
}

// Whether texts begin with a prefix. The leading bits hold the first seven bytes and how many there are (index/key.h):
// a longer prefix alone has the text itself looked at.
class Beginning {
 public:
  Beginning(ByteView prefix, const Column& column) : prefix_(prefix), column_(column) {
    const size_t known = std::min(prefix.size(), index::kLeadingBytes);
    if (known > 0) mask_ = ~uint64_t{0} << (64 - 8 * known);
    wanted_ = index::leading_of_text(prefix) & mask_;
  }
  bool begins(uint32_t slot) const {
    const uint64_t leading = column_.leading(slot);
    if ((leading & mask_) != wanted_ || (leading & 0xff) < std::min(prefix_.size(), index::kLeadingBytes + 1)) return false;
    return prefix_.size() <= index::kLeadingBytes || starts_with(column_.value(slot).text(), prefix_);
  }

 private:
  const ByteView prefix_;
  const Column& column_;
  uint64_t mask_ = 0, wanted_ = 0;
};

uint64_t word_at(ByteView text, size_t at) {
  uint64_t word;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

// Where `part` begins, from `from` on. Its first and its last byte are looked for in eight places at once.
size_t find_part(ByteView text, ByteView part, size_t from) {
  if (part.size() < 2) return text.find(part, from);
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const size_t last = part.size() - 1;
  const uint64_t first_ones = kOnes * static_cast<uint8_t>(part[0]), last_ones = kOnes * static_cast<uint8_t>(part[last]);
  size_t at = from;
  for (; at + last + 8 <= text.size(); at += 8) {
    const uint64_t differs = (word_at(text, at) ^ first_ones) | (word_at(text, at + last) ^ last_ones);
    if (!((differs - kOnes) & ~differs & kHighs)) continue;   // no byte of it is 0
    for (size_t i = at; i < at + 8; ++i)
      if (text.substr(i, part.size()) == part) return i;
  }
  for (; at + last < text.size(); ++at)
    if (text.substr(at, part.size()) == part) return at;
  return ByteView::npos;
}
bool has_part(ByteView text, ByteView part) { return find_part(text, part, 0) != ByteView::npos; }

// Of many the texts that lie side by side are searched as one; only where that finds something a text is asked.
Bits contain(const Condition& condition, const Column& column, const Bits& among, bool many) {
  const ByteView part = condition.text, all = many ? column.laid() : ByteView();
  size_t next = find_part(all, part, 0);   // none begins from the text at hand up to there
  return of_texts(condition, column, among, [&](uint32_t slot) {
    if (many && column.is_laid(slot)) {
      const ByteView value = column.value(slot).rest();
      const auto from = static_cast<size_t>(value.data() - all.data());
      if (next < from) next = find_part(all, part, from);
      if (next >= from + value.size()) return false;
    }
    return has_part(column.text(slot), part);
  });
}

Bits begin_with(const Condition& condition, const Column& column, const Bits& among) {
  const Beginning beginning(condition.text, column);
  return of_texts(condition, column, among, [&](uint32_t slot) { return beginning.begins(slot); });
}

Bits end_with(const Condition& condition, const Column& column, const Bits& among) {
  return of_texts(condition, column, among, [&](uint32_t slot) { return ends_with(column.text(slot), condition.text); });
}

Bits are_like(const Condition& condition, const Column& column, const Bits& among) {
  const Buffer prefix = literal_prefix(condition.text);
  const Beginning beginning(prefix, column);
  return of_texts(condition, column, among, [&](uint32_t slot) {
    return beginning.begins(slot) && like(column.text(slot), condition.text);
  });
}

// A test that is somebody else's: all texts are handed over together.
Bits read(const Condition& condition, const Column& column, const Bits& among) {
  std::vector<ByteView> texts;
  std::vector<uint32_t> slots;
  const auto add = [&](uint32_t slot, ByteView text) {
    texts.push_back(text);
    slots.push_back(slot);
  };
  among.for_each([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type == Type::kString) return add(slot, column.text(slot));
    if (type != Type::kArray) return;
    for (auto it = column.value(slot).begin(); it.more(); it.next())
      if (it.value().type() == Type::kString) add(slot, it.value().text());
  });
  const std::vector<bool> accepted = condition.reads->accepts_each(texts);
  Bits found(among.size());
  for (size_t i = 0; i < slots.size(); ++i)
    if (accepted[i]) found.add(slots[i]);
  return found;
}

}  // namespace

Bits text_match(const Condition& condition, const Column& column, const Bits& among) {
  const bool many = column.expect_reading(among.count());
  switch (condition.test) {
    case Test::kStartsWith: return begin_with(condition, column, among);
    case Test::kEndsWith: return end_with(condition, column, among);
    case Test::kContains: return contain(condition, column, among, many);
    case Test::kLike: return are_like(condition, column, among);
    default: return read(condition, column, among);
  }
}

}  // namespace weft::query
