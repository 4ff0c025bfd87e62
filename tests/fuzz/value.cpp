// Values: what is canonical stays so, what can be made canonical is made so once, and the order is total.
#include "value/value.h"

#include <vector>

#include "targets.h"

namespace weft::fuzz {
namespace {

int sign(int number) { return (number > 0) - (number < 0); }

// Of a value as a writer may hand it over. False: it is none.
bool check_writers(ByteView bytes) {
  Buffer once, twice;
  if (!canonicalize(bytes, once)) return false;
  WEFT_CHECK(canonicalize(once, twice).ok() && once == twice);
  const Result<size_t> size = check_value(once, true);
  WEFT_CHECK(size.ok() && *size == once.size() && once.size() == bytes.size());
  WEFT_CHECK(compare(ValueView(bytes), ValueView(once)) == 0);
  return true;
}

// Reads every part of it.
size_t walk(const ValueView& value) {
  const Type type = value.type();
  size_t parts = 1 + value.bytes().size();
  if (type == Type::kNumber) parts += value.number() > 0 || value.is_bigint() || (value.is_integer() && value.integer() > 0);
  if (type == Type::kDate) parts += value.number() > 0;
  if (type == Type::kString || type == Type::kBinary) parts += value.text().size();
  if (type != Type::kArray && type != Type::kMap) return parts;
  uint32_t entries = 0;
  for (auto it = value.begin(); it.more(); it.next(), ++entries) {
    WEFT_CHECK(it.value_bytes() == it.value().bytes());
    if (type == Type::kMap) WEFT_CHECK(value.field(it.name()).bytes() == it.value_bytes());
    parts += walk(it.value());
  }
  WEFT_CHECK(entries == value.size());
  return parts;
}

void check_order(const std::vector<ValueView>& values) {
  for (const ValueView& a : values) {
    WEFT_CHECK(compare(a, a) == 0);
    WEFT_CHECK(compare(ValueView(), a) < 0);
    for (const ValueView& b : values) {
      WEFT_CHECK(sign(compare(a, b)) == -sign(compare(b, a)));
      for (const ValueView& c : values)
        if (compare(a, b) <= 0 && compare(b, c) <= 0) WEFT_CHECK(compare(a, c) <= 0);
    }
  }
}

}  // namespace

void value(ByteView input) {
  constexpr size_t kCompared = 6;
  std::vector<ValueView> values;
  check_writers(input);
  while (!input.empty() && values.size() < kCompared) {
    const Result<size_t> loose = check_value(input, false), sorted = check_value(input, true);
    WEFT_CHECK(!sorted.ok() || (loose.ok() && *loose == *sorted));
    if (!loose) break;
    WEFT_CHECK(*loose > 0 && *loose <= input.size());
    const ByteView bytes = input.substr(0, *loose);
    Buffer canonical;
    WEFT_CHECK(check_writers(bytes));
    if (sorted.ok()) WEFT_CHECK(canonicalize(bytes, canonical).ok() && canonical == bytes);
    values.emplace_back(input);
    WEFT_CHECK(values.back().bytes() == bytes);
    walk(values.back());
    input.remove_prefix(*loose);
  }
  check_order(values);
}

}  // namespace weft::fuzz
