// Literals of a query: JSON made canonical MessagePack once, at parse, so that matching compares
// encodings with encodings. What JSON cannot say is written as a map with one special name:
//
//   {"$date": ms}  {"$bigint": "5"}  {"$binary": base64}  {"$number": "NaN" | "Infinity" | "-Infinity"}
//
// Any other name with `$` in front is refused inside a literal (an operator there is a mistake).
#pragma once
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/result.h"
#include "value/value.h"

namespace weft::query {

using Json = nlohmann::json;

// Parses within limits::kMaxQueryBytes and kMaxQueryDepth. Errors: TOO_LARGE, TOO_DEEP, INVALID_QUERY.
Result<Json> parse_json(ByteView text);

class Literal {
 public:
  Literal() = default;
  // Errors: INVALID_QUERY, UNKNOWN_OPERATOR, NOT_SUPPORTED_YET, with the path below `path`.
  static Result<Literal> from_json(const Json&, const std::string& path);
  static Literal of_number(double number);
  static Literal of_bigint(uint64_t number);

  Type type() const { return type_; }
  ValueView view() const { return ValueView(bytes_); }
  // compare() of value.h, with the common case (two numbers, no bigint) decided at once.
  int compare_with(const ValueView& value, Type value_type) const {
    if (is_plain_number_ && value_type == Type::kNumber && !value.is_bigint()) {
      const double number = value.number();
      if (number == number) return number < number_ ? -1 : number > number_ ? 1 : 0;
    }
    return compare(value, view());
  }
  friend bool operator<(const Literal& a, const Literal& b) { return compare(a.view(), b.view()) < 0; }

 private:
  explicit Literal(Buffer bytes);
  Buffer bytes_;
  Type type_ = Type::kMissing;
  bool is_plain_number_ = false;   // neither bigint nor NaN: integers up to 2^53, so a double is exact
  double number_ = 0;
};

// Whether this is a map of one special name, and so a literal.
bool is_special(const Json&);
bool is_absent(const Json&);   // null or undefined: as if it had not been given

// Appends a bigint (ext 2 or 3) as values encode it.
void pack_bigint(Buffer& out, uint64_t number);

}  // namespace weft::query
