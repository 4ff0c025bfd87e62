// The node's own timestamp: every comparison becomes one of clocks.
#include "query/compiler.h"

namespace weft::query {

Condition Compiler::compile_clock_test(const std::string& name, const Json& value, const std::string& path) {
  if (name == "$exists") return compile_present(value, path);
  if (name == "$eq") return in_clock_range(value, path);
  if (name == "$ne") return negated(in_clock_range(value, path));
  if (name == "$gt") return of_literals(Test::kGreater, {clock(value, path).last});
  if (name == "$gte") return of_literals(Test::kGreaterEqual, {clock(value, path).first});
  if (name == "$lt") return of_literals(Test::kLess, {clock(value, path).first});
  if (name == "$lte") return of_literals(Test::kLessEqual, {clock(value, path).last});
  if (name == "$between") {
    if (!value.is_array() || value.size() != 2) return invalid("`$between` takes [low, high]", path);
    return of_literals(Test::kBetween, {clock(value[0], indexed(path, 0)).first, clock(value[1], indexed(path, 1)).last});
  }
  if (name != "$in" && name != "$nin")
    return invalid("the node's timestamp is compared, not searched; `value.timestamp` is the field", path);
  if (!value.is_array()) return invalid("this operator takes an array", path);
  Condition any = of(Test::kAny);
  for (size_t i = 0; i < value.size(); ++i) any.children.push_back(in_clock_range(value[i], indexed(path, i)));
  return name == "$in" ? std::move(any) : negated(std::move(any));
}

Condition Compiler::in_clock_range(const Json& value, const std::string& path) {
  ClockRange range = clock(value, path);
  return of_literals(Test::kBetween, {std::move(range.first), std::move(range.last)});
}

ClockRange Compiler::clock(const Json& value, const std::string& path) { return taken(clock_range(value, path)); }

}  // namespace weft::query
