// A literal that a node's own timestamp is compared with, as the clocks (physical << 16 | logical) it
// covers: a number or a Date is a whole millisecond, 65,536 clocks; { physical, logical } is one.
#pragma once
#include "query/literal.h"

namespace weft::query {

struct ClockRange {
  Literal first, last;   // inclusive; first is above last when the point lies between two milliseconds
};

// Errors: INVALID_QUERY.
Result<ClockRange> clock_range(const Json&, const std::string& path);

}  // namespace weft::query
