#include "index/key.h"

#include <cstring>

namespace weft::index {
namespace {

constexpr double kExactInteger = 9007199254740992.0;   // 2^53: below it no integer and no double meet by rounding

}  // namespace

uint64_t leading_of_number(double number) {
  if (number != number) return 0;
  number += 0.0;
  uint64_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  return bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
}

bool needs_no_value(const Key& key) {
  if (key.type != Type::kNumber) return key.exact;
  return key.leading > leading_of_number(-kExactInteger) && key.leading < leading_of_number(kExactInteger);
}

uint64_t leading_of_text(ByteView text) {
  uint64_t word = 0;
  if (text.size() > kLeadingBytes) {
    std::memcpy(&word, text.data(), 8);
    return (__builtin_bswap64(word) & ~uint64_t{0xff}) | (kLeadingBytes + 1);
  }
  for (size_t i = 0; i < text.size(); ++i) word |= uint64_t{static_cast<unsigned char>(text[i])} << (56 - 8 * i);
  return word | text.size();
}

Key Key::of(const ValueView& value) {
  Key key;
  key.type = value.type();
  key.value = value;
  switch (key.type) {
    case Type::kMissing:
    case Type::kNull: break;
    case Type::kBoolean: key.leading = value.boolean(); break;
    case Type::kNumber: {
      const double number = value.number();
      key.leading = leading_of_number(number);
      key.exact = !value.is_bigint() || (number < kExactInteger && number > -kExactInteger);
      break;
    }
    case Type::kDate: key.leading = static_cast<uint64_t>(value.integer()) ^ uint64_t{1} << 63; break;
    case Type::kString:
    case Type::kBinary: {
      const ByteView text = value.text();
      key.leading = leading_of_text(text);
      key.exact = text.size() <= kLeadingBytes;
      break;
    }
    case Type::kArray:
    case Type::kMap: key.exact = false; break;
  }
  return key;
}

}  // namespace weft::index
