#include "query/clock_range.h"

#include <cmath>

namespace weft::query {
namespace {

constexpr double kMaxMs = 281474976710655.0;   // 48 bits
constexpr double kMaxLogical = 65535;

ClockRange of_millisecond(double ms) {
  if (!(ms >= 0 && ms <= kMaxMs)) {   // beyond what a clock can say, but still in order with all that it can
    const Literal beyond = Literal::of_number(ms * 65536);
    return {beyond, beyond};
  }
  return {Literal::of_bigint(static_cast<uint64_t>(std::ceil(ms)) << 16),
          Literal::of_bigint(static_cast<uint64_t>(ms) << 16 | 0xffff)};
}

// The member as a whole number from 0 to `max`, or -1.
double whole(const Json& object, const char* name, double max) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return -1;
  const double number = found->get<double>();
  return number >= 0 && number <= max && std::trunc(number) == number ? number : -1;
}

}  // namespace

Result<ClockRange> clock_range(const Json& json, const std::string& path) {
  if (json.is_number()) return of_millisecond(json.get<double>());
  if (is_special(json)) {
    const Result<Literal> literal = Literal::from_json(json, path);
    if (!literal) return literal.error();
    if (literal->type() == Type::kDate) return of_millisecond(literal->view().number());
  } else if (json.is_object() && json.size() == 2) {
    const double physical = whole(json, "physical", kMaxMs), logical = whole(json, "logical", kMaxLogical);
    if (physical >= 0 && logical >= 0) {
      const auto clock = static_cast<uint64_t>(physical) << 16 | static_cast<uint64_t>(logical);
      return ClockRange{Literal::of_bigint(clock), Literal::of_bigint(clock)};
    }
  }
  return make_error(Code::kInvalidQuery, "a timestamp compares with milliseconds, a Date or { physical, logical }",
                    path);
}

}  // namespace weft::query
