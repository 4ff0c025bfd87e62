// JSON to Condition. The grammar:
//
//   query    { path: operand | $and/$or/$nor: [query…] | $not: query }
//   operand  literal | { operator: …, … } (all names with `$`)
//   entry    (of $elemMatch) a query in which the operators may stand too, about the entry itself
//
// The first error wins; after it the tree is of no use and is thrown away.
#include <algorithm>
#include <cmath>

#include "query/clock_range.h"
#include "query/condition.h"
#include "query/like.h"
#include "query/operators.h"

namespace weft::query {
namespace {

enum class Scope : uint8_t { kNode, kEntry };

Condition of(Test test, std::vector<Condition> children = {}) {
  Condition condition;
  condition.test = test;
  condition.children = std::move(children);
  return condition;
}

Condition negated(Condition condition) {
  std::vector<Condition> children;
  children.push_back(std::move(condition));
  return of(Test::kNot, std::move(children));
}

Condition of_literals(Test test, std::vector<Literal> literals) {
  Condition condition = of(test);
  condition.literals = std::move(literals);
  return condition;
}

bool has_operators(const Json& json) {
  if (!json.is_object() || is_special(json)) return false;
  for (const auto& [name, value] : json.items())
    if (!name.empty() && name[0] == '$') return true;
  return false;
}

std::string indexed(const std::string& path, size_t i) { return path + "[" + std::to_string(i) + "]"; }

uint32_t named_type(const std::string& name) {
  constexpr const char* kNames[] = {"missing", "null", "boolean", "number", "string",
                                    "date",    "binary", "array", "map"};
  if (name == "bigint") return kBigintMask;
  for (uint32_t i = 1; i < std::size(kNames); ++i)
    if (name == kNames[i]) return 1u << i;
  return 0;
}

class Compiler {
 public:
  Result<Condition> run(const Json& query, const std::string& path) {
    Condition condition = compile_query(query, path, Scope::kNode);
    if (failed_) return error_;
    return condition;
  }

 private:
  Condition fail(Error error) {
    if (!failed_) error_ = std::move(error);
    failed_ = true;
    return Condition();
  }
  Condition invalid(const char* message, const std::string& path) {
    return fail(make_error(Code::kInvalidQuery, message, path));
  }

  Condition compile_query(const Json& query, const std::string& path, Scope scope);
  Condition compile_member(const std::string& name, const Json& value, const std::string& path, Scope scope);
  template <class Compile>
  Condition compile_logical(const std::string& name, const Json& value, const std::string& path, Compile);
  Condition compile_operand(const Json& operand, const std::string& path, bool is_clock);
  Condition compile_operator(const std::string& name, const Json& value, const std::string& path, bool is_clock);
  Condition compile_test(const std::string& name, const Json& value, const std::string& path);
  Condition compile_clock_test(const std::string& name, const Json& value, const std::string& path);
  Condition compile_text(Test test, const Json& value, const std::string& path);
  Condition compile_present(const Json& value, const std::string& path);
  Condition compile_type(const Json& value, const std::string& path);
  Condition compile_size(const Json& value, const std::string& path);
  Condition compile_between(const Json& value, const std::string& path);
  Condition compile_all(const Json& value, const std::string& path);

  Literal literal(const Json& value, const std::string& path);
  std::vector<Literal> literal_list(const Json& value, const std::string& path);
  ClockRange clock(const Json& value, const std::string& path);
  Condition in_clock_range(const Json& value, const std::string& path);

  bool failed_ = false;
  Error error_;
};

// ---- structure

Condition Compiler::compile_query(const Json& query, const std::string& path, Scope scope) {
  if (!query.is_object()) return invalid("a query is an object of conditions", path);
  Condition all = of(Test::kAll);
  for (const auto& [name, value] : query.items()) {
    all.children.push_back(compile_member(name, value, path + "." + name, scope));
    if (failed_) break;
  }
  return all;
}

Condition Compiler::compile_member(const std::string& name, const Json& value, const std::string& path,
                                   Scope scope) {
  if (name.empty() || name[0] != '$') {
    if (name.find(".$") != std::string::npos)
      return invalid("no name on a dot path begins with `$`; operators go inside the operand", path);
    Condition at = of(Test::kAt);
    at.path = Path::split(name, scope == Scope::kNode);
    at.children.push_back(compile_operand(value, path, at.path.is_clock()));
    return at;
  }
  if (standing(name) == Standing::kLogical)
    return compile_logical(name, value, path, [&](const Json& part, const std::string& part_path) {
      return compile_query(part, part_path, scope);
    });
  if (scope == Scope::kEntry && standing(name) == Standing::kTest) return compile_test(name, value, path);
  return fail(misplaced(name, path, "it belongs behind the name of a field"));
}

template <class Compile>
Condition Compiler::compile_logical(const std::string& name, const Json& value, const std::string& path,
                                    Compile compile_part) {
  if (name == "$not") return negated(compile_part(value, path));
  if (!value.is_array()) return invalid("`$and`, `$or` and `$nor` take an array", path);
  Condition condition = of(name == "$and" ? Test::kAll : Test::kAny);
  for (size_t i = 0; i < value.size() && !failed_; ++i)
    condition.children.push_back(compile_part(value[i], indexed(path, i)));
  return name == "$nor" ? negated(std::move(condition)) : std::move(condition);
}

Condition Compiler::compile_operand(const Json& operand, const std::string& path, bool is_clock) {
  if (!has_operators(operand))
    return is_clock ? in_clock_range(operand, path) : of_literals(Test::kEqual, {literal(operand, path)});
  Condition all = of(Test::kAll);
  for (const auto& [name, value] : operand.items()) {
    const std::string inner = path + "." + name;
    if (name.empty() || name[0] != '$') return invalid("fields and operators cannot stand side by side", inner);
    all.children.push_back(compile_operator(name, value, inner, is_clock));
    if (failed_) break;
  }
  if (all.children.size() == 1) return std::move(all.children[0]);
  return all;
}

Condition Compiler::compile_operator(const std::string& name, const Json& value, const std::string& path,
                                     bool is_clock) {
  if (standing(name) == Standing::kLogical)
    return compile_logical(name, value, path, [&](const Json& part, const std::string& part_path) {
      return compile_operand(part, part_path, is_clock);
    });
  if (standing(name) != Standing::kTest)
    return fail(misplaced(name, path, "it is a value of its own, with nothing beside it"));
  return is_clock ? compile_clock_test(name, value, path) : compile_test(name, value, path);
}

// ---- operators about a value

Condition Compiler::compile_test(const std::string& name, const Json& value, const std::string& path) {
  if (name == "$eq") return of_literals(Test::kEqual, {literal(value, path)});
  if (name == "$ne") return negated(of_literals(Test::kEqual, {literal(value, path)}));
  if (name == "$gt") return of_literals(Test::kGreater, {literal(value, path)});
  if (name == "$gte") return of_literals(Test::kGreaterEqual, {literal(value, path)});
  if (name == "$lt") return of_literals(Test::kLess, {literal(value, path)});
  if (name == "$lte") return of_literals(Test::kLessEqual, {literal(value, path)});
  if (name == "$between") return compile_between(value, path);
  if (name == "$in" || name == "$nin") {
    Condition in = of_literals(Test::kIn, literal_list(value, path));
    std::sort(in.literals.begin(), in.literals.end());
    return name == "$in" ? std::move(in) : negated(std::move(in));
  }
  if (name == "$all") return compile_all(value, path);
  if (name == "$startsWith") return compile_text(Test::kStartsWith, value, path);
  if (name == "$endsWith") return compile_text(Test::kEndsWith, value, path);
  if (name == "$contains") return compile_text(Test::kContains, value, path);
  if (name == "$like") return compile_text(Test::kLike, value, path);
  if (name == "$exists") return compile_present(value, path);
  if (name == "$type") return compile_type(value, path);
  if (name == "$size") return compile_size(value, path);
  WEFT_CHECK(name == "$elemMatch");
  std::vector<Condition> entry;
  entry.push_back(compile_query(value, path, Scope::kEntry));
  return of(Test::kAnyEntry, std::move(entry));
}

Condition Compiler::compile_text(Test test, const Json& value, const std::string& path) {
  if (!value.is_string()) return invalid("this operator takes a string", path);
  Condition condition = of(test);
  condition.text = value.get_ref<const std::string&>();
  if (test == Test::kLike && !is_like_pattern(condition.text))
    return invalid("the pattern ends in `\\`, which escapes nothing", path);
  return condition;
}

Condition Compiler::compile_present(const Json& value, const std::string& path) {
  if (!value.is_boolean()) return invalid("`$exists` takes true or false", path);
  return value.get<bool>() ? of(Test::kPresent) : negated(of(Test::kPresent));
}

Condition Compiler::compile_type(const Json& value, const std::string& path) {
  constexpr const char* kMessage =
      "`$type` takes null, boolean, number, bigint, string, date, binary, array or map, or an array of these";
  Condition condition = of(Test::kType);
  const Json names = value.is_array() ? value : Json::array({value});
  for (size_t i = 0; i < names.size(); ++i) {
    const uint32_t mask = names[i].is_string() ? named_type(names[i].get_ref<const std::string&>()) : 0;
    if (mask == 0) return invalid(kMessage, value.is_array() ? indexed(path, i) : path);
    condition.mask |= mask;
  }
  return condition;
}

Condition Compiler::compile_size(const Json& value, const std::string& path) {
  const double size = value.is_number() ? value.get<double>() : -1;
  if (size < 0 || std::trunc(size) != size) return invalid("`$size` takes a whole number, 0 or more", path);
  if (size > UINT32_MAX) return of(Test::kAny);   // no array is that long
  Condition condition = of(Test::kSize);
  condition.number = static_cast<uint32_t>(size);
  return condition;
}

Condition Compiler::compile_between(const Json& value, const std::string& path) {
  if (!value.is_array() || value.size() != 2) return invalid("`$between` takes [low, high]", path);
  Condition condition =
      of_literals(Test::kBetween, {literal(value[0], indexed(path, 0)), literal(value[1], indexed(path, 1))});
  if (!failed_ && condition.literals[0].type() != condition.literals[1].type())
    return invalid("both ends of `$between` are of one type", path);
  return condition;
}

Condition Compiler::compile_all(const Json& value, const std::string& path) {
  Condition all = of(Test::kAll);
  for (Literal& each : literal_list(value, path)) all.children.push_back(of_literals(Test::kEqual, {std::move(each)}));
  return all;
}

// ---- the node's timestamp: every comparison becomes one of clocks

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

// ---- literals

ClockRange Compiler::clock(const Json& value, const std::string& path) {
  Result<ClockRange> result = clock_range(value, path);
  if (result) return std::move(*result);
  fail(result.error());
  return ClockRange();
}

Literal Compiler::literal(const Json& value, const std::string& path) {
  Result<Literal> result = Literal::from_json(value, path);
  if (result) return std::move(*result);
  fail(result.error());
  return Literal();
}

std::vector<Literal> Compiler::literal_list(const Json& value, const std::string& path) {
  std::vector<Literal> literals;
  if (!value.is_array()) invalid("this operator takes an array", path);
  for (size_t i = 0; value.is_array() && i < value.size() && !failed_; ++i)
    literals.push_back(literal(value[i], indexed(path, i)));
  return literals;
}

}  // namespace

Result<Condition> compile(const Json& query, const std::string& path) { return Compiler().run(query, path); }

}  // namespace weft::query
