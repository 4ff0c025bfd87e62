// Operators about one value.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "query/compiler.h"
#include "query/like.h"

namespace weft::query {
namespace {

uint32_t named_type(const std::string& name) {
  constexpr const char* kNames[] = {"missing", "null", "boolean", "number", "string",
                                    "date",    "binary", "array", "map"};
  if (name == "bigint") return kBigintMask;
  for (uint32_t i = 1; i < std::size(kNames); ++i)
    if (name == kNames[i]) return 1u << i;
  return 0;
}

}  // namespace

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
  if (name == "$text") return compile_words(value, path);
  if (name == "$near") return compile_region(parse_circle(value, path));
  if (name == "$bbox") return compile_region(parse_box(value, path));
  if (name == "$flags") return invalid("`$flags` stands beside `$regex`", path);
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

Condition Compiler::compile_words(const Json& value, const std::string& path) {
  if (!value.is_string()) return invalid("`$text` takes a string of words", path);
  return of_reads(Test::kReads, texts_.search(texts_.words(value.get_ref<const std::string&>())));
}

// Of a whole node: each word may be found in another text.
Condition Compiler::compile_words_anywhere(const Json& value, const std::string& path) {
  if (!value.is_string()) return invalid("`$text` takes a string of words", path);
  Condition all = of(Test::kAll);
  for (Buffer& word : texts_.words(value.get_ref<const std::string&>()))
    all.children.push_back(of_reads(Test::kReadsAnywhere, texts_.search({std::move(word)})));
  std::vector<Condition> children;
  children.push_back(std::move(all));
  Condition at = of(Test::kAt, std::move(children));
  at.path.root = Path::Root::kWhole;
  return at;
}

// `$regex: source` with or without `$flags`, or as a RegExp is written: `$regex: [source, flags]`, alone or as
// the operand of another `$regex`.
Condition Compiler::compile_pattern(const Json& operand, const std::string& path) {
  if (!count(path)) return Condition();
  const Json* given = &operand.at("$regex");
  if (given->is_object() && given->size() == 1 && given->contains("$regex")) given = &given->at("$regex");
  const bool is_pair = given->is_array() && given->size() == 2;
  const Json& source = is_pair ? (*given)[0] : *given;
  const Json flags = is_pair ? (*given)[1] : operand.value("$flags", Json(""));
  if (!source.is_string()) return invalid("`$regex` takes a string or a RegExp", path);
  if (!flags.is_string() || (is_pair && operand.contains("$flags")))
    return invalid("`$flags` takes a string, beside a `$regex` that is one", path);
  return of_reads(Test::kReads, taken(texts_.pattern(source.get_ref<const std::string&>(),
                                                     flags.get_ref<const std::string&>(), path)));
}

Condition Compiler::compile_region(Result<std::shared_ptr<const Region>> region) {
  Condition condition = of(Test::kWithin);
  condition.region = taken(std::move(region));
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

}  // namespace weft::query
