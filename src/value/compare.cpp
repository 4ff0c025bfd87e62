#include <algorithm>
#include <cmath>
#include <vector>

#include "base/pack_head.h"
#include "value/value.h"

namespace weft {
namespace {

int sign(int64_t a, int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }
int sign(ByteView a, ByteView b) {
  const int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// A number exactly: either a double that is no 65-bit integer's business, or sign and magnitude.
struct Exact {
  bool is_integer = false;
  bool negative = false;
  uint64_t magnitude = 0;
  double real = 0;
};

Exact exact(const ValueView& v) {
  Exact e;
  if (v.is_integer()) {
    const int64_t number = v.integer();
    e.is_integer = true;
    e.negative = number < 0;
    e.magnitude = e.negative ? ~static_cast<uint64_t>(number) + 1 : static_cast<uint64_t>(number);
  } else if (v.is_bigint()) {   // above the signed 64 bits
    e.is_integer = true;
    e.magnitude = read_be(v.bytes().data() + 2, 8);
  } else {
    e.real = v.number();
  }
  return e;
}

int compare_integers(const Exact& a, const Exact& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  if (a.magnitude == b.magnitude) return 0;
  return (a.magnitude < b.magnitude) != a.negative ? -1 : 1;
}

// NaN was dealt with. A double beyond 64 bits decides by itself; any other splits exactly into an
// integral part and a fraction.
int compare_with_real(const Exact& integer, double real) {
  constexpr double kTwo64 = 18446744073709551616.0;
  if (real >= kTwo64) return -1;
  if (real <= -kTwo64) return 1;
  const double whole = std::trunc(real);
  Exact split;
  split.negative = whole < 0;
  split.magnitude = static_cast<uint64_t>(std::fabs(whole));
  const int order = compare_integers(integer, split);
  if (order != 0) return order;
  return whole < real ? -1 : whole > real ? 1 : 0;
}

int compare_numbers(const ValueView& a, const ValueView& b) {
  const Exact x = exact(a), y = exact(b);
  const bool x_nan = std::isnan(x.real), y_nan = std::isnan(y.real);
  if (x_nan || y_nan) return x_nan && y_nan ? 0 : x_nan ? -1 : 1;
  if (x.is_integer && y.is_integer) return compare_integers(x, y);
  if (x.is_integer) return compare_with_real(x, y.real);
  if (y.is_integer) return -compare_with_real(y, x.real);
  return x.real < y.real ? -1 : x.real > y.real ? 1 : 0;
}

int compare_arrays(const ValueView& a, const ValueView& b) {
  auto x = a.begin(), y = b.begin();
  for (; x.more() && y.more(); x.next(), y.next())
    if (const int order = compare(x.value(), y.value())) return order;
  return x.more() ? 1 : y.more() ? -1 : 0;
}

using Fields = std::vector<std::pair<ByteView, ValueView>>;

Fields sorted_fields(const ValueView& map) {
  Fields fields;
  fields.reserve(map.size());
  for (auto it = map.begin(); it.more(); it.next()) fields.emplace_back(it.name(), it.value());
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(fields.begin(), fields.end(), by_name)) std::sort(fields.begin(), fields.end(), by_name);
  return fields;
}

int compare_maps(const ValueView& a, const ValueView& b) {
  const Fields x = sorted_fields(a), y = sorted_fields(b);
  const size_t both = std::min(x.size(), y.size());
  for (size_t i = 0; i < both; ++i)
    if (const int order = sign(x[i].first, y[i].first)) return order;
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  for (size_t i = 0; i < both; ++i)
    if (const int order = compare(x[i].second, y[i].second)) return order;
  return 0;
}

}  // namespace

int compare(const ValueView& a, const ValueView& b) {
  const Type type = a.type(), other = b.type();
  if (type != other) return type < other ? -1 : 1;
  switch (type) {
    case Type::kMissing:
    case Type::kNull: return 0;
    case Type::kBoolean: return sign(a.boolean(), b.boolean());
    case Type::kNumber: return compare_numbers(a, b);
    case Type::kDate: return sign(a.integer(), b.integer());
    case Type::kString:
    case Type::kBinary: return sign(a.text(), b.text());
    case Type::kArray: return compare_arrays(a, b);
    case Type::kMap: return compare_maps(a, b);
  }
  return 0;
}

}  // namespace weft
