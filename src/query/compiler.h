// Compiler: JSON to Condition, one use. Its work is split over files: compile.cpp (what stands where),
// compile_tests.cpp (operators about a value), compile_clock.cpp (about the node's own timestamp).
//
// Invariant: the first error wins; after it the tree is of no use and is thrown away.
#pragma once
#include <string>
#include <vector>

#include "query/clock_range.h"
#include "query/condition.h"

namespace weft::query {

enum class Scope : uint8_t { kNode, kEntry };

class Compiler {
 public:
  explicit Compiler(Texts& texts) : texts_(texts) {}
  Result<Condition> run(const Json& query, const std::string& path);

 private:
  Condition fail(Error error);
  Condition invalid(const char* message, const std::string& path);
  template <class T>
  T taken(Result<T> result);                          // or T() and the error

  // ---- compile.cpp
  Condition compile_query(const Json& query, const std::string& path, Scope scope);
  Condition compile_member(const std::string& name, const Json& value, const std::string& path, Scope scope);
  template <class Compile>
  Condition compile_logical(const std::string& name, const Json& value, const std::string& path, Compile);
  Condition compile_operand(const Json& operand, const std::string& path, bool is_clock);
  Condition compile_operator(const std::string& name, const Json& value, const std::string& path, bool is_clock);
  Literal literal(const Json& value, const std::string& path);
  std::vector<Literal> literal_list(const Json& value, const std::string& path);
  bool count(const std::string& path);                // one more operator; false: that was too many

  // ---- compile_tests.cpp
  Condition compile_test(const std::string& name, const Json& value, const std::string& path);
  Condition compile_text(Test test, const Json& value, const std::string& path);
  Condition compile_words(const Json& value, const std::string& path);
  Condition compile_words_anywhere(const Json& value, const std::string& path);
  Condition compile_pattern(const Json& operand, const std::string& path);
  Condition compile_region(Result<std::shared_ptr<const Region>> region);
  Condition compile_present(const Json& value, const std::string& path);
  Condition compile_type(const Json& value, const std::string& path);
  Condition compile_size(const Json& value, const std::string& path);
  Condition compile_between(const Json& value, const std::string& path);
  Condition compile_all(const Json& value, const std::string& path);

  // ---- compile_clock.cpp
  Condition compile_clock_test(const std::string& name, const Json& value, const std::string& path);
  ClockRange clock(const Json& value, const std::string& path);
  Condition in_clock_range(const Json& value, const std::string& path);

  Texts& texts_;
  size_t operators_ = 0;
  bool failed_ = false;
  Error error_;
};

// ---- shared by the three files

Condition of(Test test, std::vector<Condition> children = {});
Condition negated(Condition condition);
Condition of_literals(Test test, std::vector<Literal> literals);
Condition of_reads(Test test, std::shared_ptr<const TextTest> reads);
std::string indexed(const std::string& path, size_t i);

template <class T>
T Compiler::taken(Result<T> result) {
  if (result) return std::move(*result);
  fail(result.error());
  return T();
}

}  // namespace weft::query
