// The structure of a query. The grammar:
//
//   query    { path: operand | $and/$or/$nor: [query…] | $not: query | $text: words }
//   operand  literal | { operator: …, … } (all names with `$`)
//   entry    (of $elemMatch) a query in which the operators may stand too, about the entry itself
#include <algorithm>

#include "base/limits.h"
#include "query/compiler.h"
#include "query/operators.h"

namespace weft::query {
namespace {

bool has_operators(const Json& json) {
  if (!json.is_object() || is_special(json)) return false;
  for (const auto& [name, value] : json.items())
    if (!name.empty() && name[0] == '$') return true;
  return false;
}

// What `at` leads to, asked by `operand`. A field that is missing stands for the node's own place where the
// operand asks for a place, so that this is asked of the node.
Condition at_node(const Condition& at, const Condition& operand) {
  Condition condition = operand;
  if (operand.test == Test::kWithin) {
    condition.test = Test::kPlacedWithin;
    condition.path = at.path;
    return condition;
  }
  if (operand.test > Test::kNot) {
    condition = at;
    condition.children = {operand};
    return condition;
  }
  for (Condition& child : condition.children) child = at_node(at, child);
  return condition;
}

bool asks_where(const Condition& operand) {
  return operand.test == Test::kWithin || (operand.test <= Test::kNot && std::any_of(operand.children.begin(), operand.children.end(), asks_where));
}

}  // namespace

Condition of(Test test, std::vector<Condition> children) {
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

Condition of_reads(Test test, std::shared_ptr<const TextTest> reads) {
  Condition condition = of(test);
  condition.reads = std::move(reads);
  return condition;
}

std::string indexed(const std::string& path, size_t i) { return path + "[" + std::to_string(i) + "]"; }

Result<Condition> Compiler::run(const Json& query, const std::string& path) {
  Condition condition = compile_query(query, path, Scope::kNode);
  if (failed_) return error_;
  return condition;
}

Condition Compiler::fail(Error error) {
  if (!failed_) error_ = std::move(error);
  failed_ = true;
  return Condition();
}

Condition Compiler::invalid(const char* message, const std::string& path) {
  return fail(make_error(Code::kInvalidQuery, message, path));
}

bool Compiler::count(const std::string& path) {
  if (++operators_ <= limits::kMaxQueryOperators) return true;
  fail(make_error(Code::kTooLarge, "the query has more than 4096 conditions", path));
  return false;
}

// ---- structure

Condition Compiler::compile_query(const Json& query, const std::string& path, Scope scope) {
  if (!query.is_object()) return invalid("a query is an object of conditions", path);
  Condition all = of(Test::kAll);
  for (const auto& [name, value] : query.items()) {
    if (scope == Scope::kEntry && name == "$flags" && query.contains("$regex")) continue;   // read there
    if (scope == Scope::kEntry && name == "$regex") {
      all.children.push_back(compile_pattern(query, path + "." + name));
      continue;
    }
    all.children.push_back(compile_member(name, value, path + "." + name, scope));
    if (failed_) break;
  }
  return all;
}

Condition Compiler::compile_member(const std::string& name, const Json& value, const std::string& path,
                                   Scope scope) {
  if (!count(path)) return Condition();
  if (name.empty() || name[0] != '$') {
    if (name.find(".$") != std::string::npos)
      return invalid("no name on a dot path begins with `$`; operators go inside the operand", path);
    Condition at = of(Test::kAt);
    at.path = Path::split(name, scope == Scope::kNode);
    Condition operand = compile_operand(value, path, at.path.is_clock());
    if (scope == Scope::kNode && asks_where(operand)) return at_node(at, operand);
    at.children.push_back(std::move(operand));
    return at;
  }
  if (standing(name) == Standing::kLogical)
    return compile_logical(name, value, path, [&](const Json& part, const std::string& part_path) {
      return compile_query(part, part_path, scope);
    });
  if (scope == Scope::kNode && name == "$text") return compile_words_anywhere(value, path);
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
    if (name == "$flags" && operand.contains("$regex")) continue;   // read there
    const bool is_pattern = name == "$regex" && !is_clock;
    all.children.push_back(is_pattern ? compile_pattern(operand, inner) : compile_operator(name, value, inner, is_clock));
    if (failed_) break;
  }
  if (all.children.size() == 1) return std::move(all.children[0]);
  return all;
}

Condition Compiler::compile_operator(const std::string& name, const Json& value, const std::string& path,
                                     bool is_clock) {
  if (!count(path)) return Condition();
  if (standing(name) == Standing::kLogical)
    return compile_logical(name, value, path, [&](const Json& part, const std::string& part_path) {
      return compile_operand(part, part_path, is_clock);
    });
  if (standing(name) != Standing::kTest)
    return fail(misplaced(name, path, "it is a value of its own, with nothing beside it"));
  return is_clock ? compile_clock_test(name, value, path) : compile_test(name, value, path);
}

// ---- literals

Literal Compiler::literal(const Json& value, const std::string& path) { return taken(Literal::from_json(value, path)); }

std::vector<Literal> Compiler::literal_list(const Json& value, const std::string& path) {
  std::vector<Literal> literals;
  if (!value.is_array()) invalid("this operator takes an array", path);
  for (size_t i = 0; value.is_array() && i < value.size() && !failed_; ++i)
    literals.push_back(literal(value[i], indexed(path, i)));
  return literals;
}

Result<Condition> compile(const Json& query, const std::string& path, Texts& texts) {
  return Compiler(texts).run(query, path);
}

}  // namespace weft::query
