// Key: a value as indexes and sorting hold it. Its type and 64 leading bits decide nearly every
// comparison; the value itself, where it stands in its operation, decides the rest.
//
// Invariant: of two keys of one type, a lower `leading` means a lower value (compare() of value.h);
// equal ones mean equal values when both are exact, and say nothing otherwise.
#pragma once
#include <cstdint>

#include "value/value.h"

namespace weft::index {

struct Key {
  Type type = Type::kMissing;
  bool exact = true;        // `leading` says all there is
  uint64_t leading = 0;
  ValueView value;          // borrowed

  static Key of(const ValueView& value);
};

inline int compare(const Key& a, const Key& b) {
  if (a.type != b.type) return a.type < b.type ? -1 : 1;
  if (a.leading != b.leading) return a.leading < b.leading ? -1 : 1;
  return a.exact && b.exact ? 0 : weft::compare(a.value, b.value);
}

// No key that is not exact has this one's type and leading bits: no comparison looks at its value.
bool needs_no_value(const Key&);

// Keeps the order of doubles: NaN lowest (as compare() has it), -0 and 0 alike.
uint64_t leading_of_number(double number);
// The first seven bytes and how many there are, 8 for more: exact up to seven.
constexpr size_t kLeadingBytes = 7;
uint64_t leading_of_text(ByteView text);

}  // namespace weft::index
