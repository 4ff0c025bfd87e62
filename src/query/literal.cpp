#include "query/literal.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/pack.h"
#include "query/operators.h"

namespace weft::query {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;
constexpr double kMaxDateMs = 8.64e15;   // ECMAScript's range of time values
constexpr char kExtDate = 1, kExtBigint = 2, kExtBigUnsigned = 3;

// Depth of nesting, without parsing: a parser must not be the one to find out.
bool is_deeper_than(ByteView text, size_t limit) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

void pack_ext8(Buffer& out, char kind, uint64_t payload) {   // fixext 8, big-endian
  out += '\xd7';
  out += kind;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload >> shift);
}

void pack_number(Buffer& out, double number) {
  const bool is_integer = std::fabs(number) <= kMaxSafeInteger && std::trunc(number) == number &&
                          !(number == 0 && std::signbit(number));
  if (is_integer) pack_int(out, static_cast<int64_t>(number));
  else pack_double(out, std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number);
}

Error invalid(const char* message, const std::string& path) {
  return make_error(Code::kInvalidQuery, message, path);
}

Status pack_date(const Json& ms, const std::string& path, Buffer& out) {
  if (!ms.is_number()) return invalid("`$date` takes milliseconds, a number", path);
  const double number = ms.get<double>();
  if (std::trunc(number) != number || std::fabs(number) > kMaxDateMs)
    return invalid("`$date` takes whole milliseconds within the range of Date", path);
  pack_ext8(out, kExtDate, static_cast<uint64_t>(static_cast<int64_t>(number)));
  return ok_status();
}

Status pack_decimal(const Json& json, const std::string& path, Buffer& out) {
  constexpr const char* kMessage = "`$bigint` takes a decimal string within 64 bits";
  if (!json.is_string()) return invalid(kMessage, path);
  const std::string& text = json.get_ref<const std::string&>();
  const bool negative = !text.empty() && text[0] == '-';
  uint64_t number = 0;
  for (size_t i = negative; i < text.size(); ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - '0';
    if (digit > 9 || number > (UINT64_MAX - digit) / 10) return invalid(kMessage, path);
    number = number * 10 + digit;
  }
  if (text.size() == size_t{negative} || (negative && number > uint64_t{1} << 63)) return invalid(kMessage, path);
  if (negative) pack_ext8(out, kExtBigint, ~number + 1);
  else pack_bigint(out, number);
  return ok_status();
}

Status pack_base64(const Json& json, const std::string& path, Buffer& out) {
  constexpr const char* kMessage = "`$binary` takes base64 with padding";
  if (!json.is_string()) return invalid(kMessage, path);
  const std::string& text = json.get_ref<const std::string&>();
  constexpr ByteView kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t length = text.size();
  if (length % 4 != 0) return invalid(kMessage, path);
  while (length > 0 && text.size() - length < 2 && text[length - 1] == '=') --length;
  Buffer bytes;
  uint32_t window = 0;
  for (size_t i = 0; i < length; ++i) {
    const size_t digit = kAlphabet.find(text[i]);
    if (digit == ByteView::npos) return invalid(kMessage, path);
    window = window << 6 | static_cast<uint32_t>(digit);
    if (i % 4 != 0) bytes += static_cast<char>(window >> (6 - 2 * (i % 4)));
  }
  pack_bin(out, bytes);
  return ok_status();
}

Status pack_named_number(const Json& json, const std::string& path, Buffer& out) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json == "NaN") pack_number(out, std::numeric_limits<double>::quiet_NaN());
  else if (json == "Infinity") pack_number(out, kInfinity);
  else if (json == "-Infinity") pack_number(out, -kInfinity);
  else return invalid("`$number` takes \"NaN\", \"Infinity\" or \"-Infinity\"", path);
  return ok_status();
}

Status pack_special(const Json& json, const std::string& path, Buffer& out) {
  const std::string& name = json.begin().key();
  const std::string inner = path + "." + name;
  if (name == "$date") return pack_date(json.begin().value(), inner, out);
  if (name == "$bigint") return pack_decimal(json.begin().value(), inner, out);
  if (name == "$binary") return pack_base64(json.begin().value(), inner, out);
  if (name == "$number") return pack_named_number(json.begin().value(), inner, out);
  return invalid("`undefined` is not a value; `$exists` asks whether there is one", path);
}

Status pack_json(const Json& json, const std::string& path, Buffer& out);

Status pack_object(const Json& json, const std::string& path, Buffer& out) {
  pack_map(out, static_cast<uint32_t>(json.size()));
  for (const auto& [name, value] : json.items()) {
    const std::string inner = path + "." + name;
    if (!name.empty() && name[0] == '$')
      return misplaced(name, inner, "a literal holds no operators; use a dot path instead");
    pack_str(out, name);
    const Status status = pack_json(value, inner, out);
    if (!status) return status;
  }
  return ok_status();
}

Status pack_list(const Json& json, const std::string& path, Buffer& out) {
  pack_array(out, static_cast<uint32_t>(json.size()));
  for (size_t i = 0; i < json.size(); ++i) {
    const Status status = pack_json(json[i], path + "[" + std::to_string(i) + "]", out);
    if (!status) return status;
  }
  return ok_status();
}

// Recursion is bounded by parse_json().
Status pack_json(const Json& json, const std::string& path, Buffer& out) {
  switch (json.type()) {
    case Json::value_t::null: pack_nil(out); break;
    case Json::value_t::boolean: pack_bool(out, json.get<bool>()); break;
    case Json::value_t::string: pack_str(out, json.get_ref<const std::string&>()); break;
    case Json::value_t::array: return pack_list(json, path, out);
    case Json::value_t::object:
      return is_special(json) ? pack_special(json, path, out) : pack_object(json, path, out);
    default: pack_number(out, json.get<double>());
  }
  return ok_status();
}

// What nlohmann_json would do itself; but it would bring a second parser along, for callbacks that nobody passes.
class Builder {
 public:
  explicit Builder(Json& root) : root_(root) {}
  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(int64_t value) { return add(value); }
  bool number_unsigned(uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool key(std::string& name) { return key_ = std::move(name), true; }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(size_t, const std::string&, const Json::exception&) { return false; }

 private:
  // Into the innermost container; of two fields of one name the later stands.
  Json& place(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    Json& parent = *open_.back();
    if (parent.is_object()) return parent[key_] = std::move(value);
    parent.push_back(std::move(value));
    return parent.back();
  }
  bool add(Json value) { return place(std::move(value)), true; }
  bool open(Json container) { return open_.push_back(&place(std::move(container))), true; }
  bool close() { return open_.pop_back(), true; }

  Json& root_;
  std::vector<Json*> open_;   // stay where they are: only the innermost grows
  std::string key_;
};

}  // namespace

Result<Json> parse_json(ByteView text) {
  if (text.size() > limits::kMaxQueryBytes)
    return make_error(Code::kTooLarge, "the query is larger than 1 MiB of JSON");
  if (is_deeper_than(text, limits::kMaxQueryDepth))
    return make_error(Code::kTooDeep, "the query is nested deeper than 32 levels");
  if (text.empty()) return Json(Json::object());
  Json json;
  Builder builder(json);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return make_error(Code::kInvalidQuery, "the query is not valid JSON");
  return json;
}

bool is_special(const Json& json) {
  return json.is_object() && json.size() == 1 && standing(json.begin().key()) == Standing::kSpecial;
}

bool is_absent(const Json& json) {
  return json.is_null() || (is_special(json) && json.contains("$undefined"));
}

void pack_bigint(Buffer& out, uint64_t number) {
  pack_ext8(out, number >> 63 ? kExtBigUnsigned : kExtBigint, number);
}

Literal::Literal(Buffer bytes) : bytes_(std::move(bytes)), type_(view().type()) {
  if (type_ != Type::kNumber || view().is_bigint()) return;
  number_ = view().number();
  is_plain_number_ = !std::isnan(number_);
}

Result<Literal> Literal::from_json(const Json& json, const std::string& path) {
  Buffer bytes;
  const Status status = pack_json(json, path, bytes);
  if (!status) return status.error();
  return Literal(std::move(bytes));
}

Literal Literal::of_number(double number) {
  Buffer bytes;
  pack_number(bytes, number);
  return Literal(std::move(bytes));
}

Literal Literal::of_bigint(uint64_t number) {
  Buffer bytes;
  pack_bigint(bytes, number);
  return Literal(std::move(bytes));
}

}  // namespace weft::query
