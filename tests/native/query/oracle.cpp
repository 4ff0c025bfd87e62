#include "oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weft::test {
namespace {

using Maybe = std::optional<Json>;   // nothing: missing

// ---- values

uint64_t payload(const Json& extension) {
  uint64_t number = 0;
  for (const uint8_t byte : extension.get_binary()) number = number << 8 | byte;
  return number;
}

int rank(const Maybe& value) {
  if (!value) return 0;
  if (value->is_null()) return 1;
  if (value->is_boolean()) return 2;
  if (value->is_number()) return 3;
  if (value->is_string()) return 4;
  if (value->is_array()) return 7;
  if (value->is_object()) return 8;
  const auto& binary = value->get_binary();
  return !binary.has_subtype() ? 6 : binary.subtype() == 1 ? 5 : 3;
}

// An 80-bit long double holds every 64-bit integer and every double.
static_assert(std::numeric_limits<long double>::digits >= 64);
long double number(const Json& value) {
  if (value.is_number_unsigned()) return static_cast<long double>(value.get<uint64_t>());
  if (value.is_number_integer()) return static_cast<long double>(value.get<int64_t>());
  if (value.is_number()) return static_cast<long double>(value.get<double>());
  const uint64_t bits = payload(value);
  return value.get_binary().subtype() == 3 ? static_cast<long double>(bits)
                                           : static_cast<long double>(static_cast<int64_t>(bits));
}

template <class T>
int sign(const T& a, const T& b) { return a < b ? -1 : b < a ? 1 : 0; }

int order(const Maybe& a, const Maybe& b) {
  if (rank(a) != rank(b)) return sign(rank(a), rank(b));
  switch (rank(a)) {
    case 2: return sign(a->get<bool>(), b->get<bool>());
    case 3:
    case 5: {
      const long double x = number(*a), y = number(*b);
      if (std::isnan(x) || std::isnan(y)) return sign(!std::isnan(x), !std::isnan(y));
      return sign(x, y);
    }
    case 4: return sign(a->get<std::string>(), b->get<std::string>());
    case 6: return sign<std::vector<uint8_t>>(a->get_binary(), b->get_binary());
    case 7:
      for (size_t i = 0; i < a->size() && i < b->size(); ++i)
        if (const int each = order((*a)[i], (*b)[i])) return each;
      return sign(a->size(), b->size());
    case 8: {
      std::vector<std::string> names[2];
      for (const auto& [name, value] : a->items()) names[0].push_back(name);
      for (const auto& [name, value] : b->items()) names[1].push_back(name);
      if (names[0] != names[1]) return sign(names[0], names[1]);
      for (const auto& name : names[0])
        if (const int each = order((*a)[name], (*b)[name])) return each;
    }
  }
  return 0;
}

// A literal as it stands in a query, specials and all, as a value.
Json plain(const Json& literal) {
  if (literal.is_array()) {
    Json list = Json::array();
    for (const Json& entry : literal) list.push_back(plain(entry));
    return list;
  }
  if (!literal.is_object()) return literal;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (literal.contains("$date")) return date(literal["$date"].get<int64_t>());
  if (literal.contains("$number"))
    return literal["$number"] == "NaN" ? std::nan("") : literal["$number"] == "Infinity" ? kInfinity : -kInfinity;
  if (literal.contains("$bigint")) {
    const std::string text = literal["$bigint"];
    return text[0] == '-' ? bigint(std::stoll(text)) : big_unsigned(std::stoull(text));
  }
  if (literal.contains("$binary")) {   // the random queries hold only these two
    return literal["$binary"] == "YWI=" ? bytes("ab") : bytes("");
  }
  Json map = Json::object();
  for (const auto& [name, value] : literal.items()) map[name] = plain(value);
  return map;
}

bool is_special(const Json& json) {
  for (const char* name : {"$date", "$bigint", "$binary", "$number"})
    if (json.is_object() && json.contains(name)) return true;
  return false;
}

bool is_operators(const Json& json) {
  return json.is_object() && !json.empty() && !is_special(json) && json.begin().key()[0] == '$';
}

// ---- paths

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> names(1);
  for (const char c : path)
    if (c == '.') names.emplace_back();
    else names.back() += c;
  return names;
}

Maybe walk(Maybe value, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!value) return {};
    Maybe next;
    if (value->is_object() && value->contains(name)) next = (*value)[name];
    if (value->is_array())
      for (size_t i = 0; i < value->size(); ++i)
        if (name == std::to_string(i)) next = (*value)[i];
    value = next;
  }
  return value;
}

Maybe read(const OracleNode& node, const std::string& path) {
  std::vector<std::string> names = split(path);
  const auto rest = [&](size_t from) { return std::vector<std::string>(names.begin() + static_cast<ptrdiff_t>(from), names.end()); };
  if (names[0] == "id") return names.size() == 1 ? Maybe(node.id) : Maybe();
  if (names[0] == "timestamp")
    return walk(Json{{"physical", node.timestamp.physical_ms()}, {"logical", node.timestamp.logical()}}, rest(1));
  const bool shadowed = names.size() > 1 && names[0] == "value" && (names[1] == "id" || names[1] == "timestamp");
  if (!node.value.is_object()) return {};
  return walk(node.value, rest(shadowed ? 1 : 0));
}

// ---- operators

bool like(const std::string& text, size_t t, const std::string& pattern, size_t p) {
  if (p == pattern.size()) return t == text.size();
  if (pattern[p] == '%') {
    for (size_t to = t; to <= text.size(); ++to)
      if (like(text, to, pattern, p + 1)) return true;
    return false;
  }
  if (t == text.size()) return false;
  if (pattern[p] == '_') {
    if ((text[t] & 0xc0) == 0x80) return false;
    size_t to = t + 1;
    while (to < text.size() && (text[to] & 0xc0) == 0x80) ++to;
    return like(text, to, pattern, p + 1);
  }
  if (pattern[p] == '\\') ++p;
  return text[t] == pattern[p] && like(text, t + 1, pattern, p + 1);
}

const char* type_name(const Json& value) {
  constexpr const char* kNames[] = {"", "null", "boolean", "number", "string", "date", "binary", "array", "map"};
  return kNames[rank(value)];
}

bool text_test(const std::string& op, const std::string& text, const std::string& part) {
  const size_t at = text.find(part);
  if (op == "$contains") return at != std::string::npos;
  if (op == "$startsWith") return at == 0;
  if (op == "$endsWith") return text.size() >= part.size() && text.compare(text.size() - part.size(), part.size(), part) == 0;
  return like(text, 0, part, 0);
}

// One value, arrays not opened.
bool compares(const std::string& op, const Json& value, const Json& operand) {
  if (op == "$startsWith" || op == "$endsWith" || op == "$contains" || op == "$like")
    return value.is_string() && text_test(op, value, operand);
  if (op == "$in")
    return std::any_of(operand.begin(), operand.end(), [&](const Json& each) { return order(value, plain(each)) == 0; });
  if (op == "$between") return compares("$gte", value, operand[0]) && compares("$lte", value, operand[1]);
  const Json literal = plain(operand);
  if (rank(value) != rank(literal)) return false;
  const int by = order(value, literal);
  return op == "$eq" ? by == 0 : op == "$gt" ? by > 0 : op == "$gte" ? by >= 0 : op == "$lt" ? by < 0 : by <= 0;
}

bool operand_holds(const Json& operand, const Maybe& value);

bool entry_holds(const Json& query, const Json& entry) {
  for (const auto& [name, part] : query.items()) {
    const bool is_logical = name == "$and" || name == "$or" || name == "$nor" || name == "$not";
    const auto holds = [&](const Json& each) { return entry_holds(each, entry); };
    if (name == "$not" && holds(part)) return false;
    if (name == "$and" && !std::all_of(part.begin(), part.end(), holds)) return false;
    if (name == "$or" && !std::any_of(part.begin(), part.end(), holds)) return false;
    if (name == "$nor" && std::any_of(part.begin(), part.end(), holds)) return false;
    if (is_logical) continue;
    if (name[0] == '$' ? !operand_holds({{name, part}}, entry) : !operand_holds(part, walk(entry, split(name)))) return false;
  }
  return true;
}

bool operator_holds(const std::string& op, const Json& operand, const Maybe& value) {
  const auto holds = [&](const Json& each) { return operand_holds(each, value); };
  if (op == "$not") return !holds(operand);
  if (op == "$and") return std::all_of(operand.begin(), operand.end(), holds);
  if (op == "$or") return std::any_of(operand.begin(), operand.end(), holds);
  if (op == "$nor") return std::none_of(operand.begin(), operand.end(), holds);
  if (op == "$ne") return !operator_holds("$eq", operand, value);
  if (op == "$nin") return !operator_holds("$in", operand, value);
  if (op == "$exists") return value.has_value() == operand.get<bool>();
  if (op == "$all")
    return std::all_of(operand.begin(), operand.end(), [&](const Json& each) { return operator_holds("$eq", each, value); });
  if (!value) return false;
  if (op == "$size") return value->is_array() && value->size() == operand;
  if (op == "$type") {
    const Json names = operand.is_array() ? operand : Json::array({operand});
    return std::any_of(names.begin(), names.end(), [&](const Json& name) {
      return name == type_name(*value) || (name == "bigint" && value->is_binary() && rank(value) == 3);
    });
  }
  if (op == "$elemMatch")
    return value->is_array() && std::any_of(value->begin(), value->end(), [&](const Json& entry) { return entry_holds(operand, entry); });
  if (compares(op, *value, operand)) return true;
  return value->is_array() && std::any_of(value->begin(), value->end(), [&](const Json& entry) { return compares(op, entry, operand); });
}

bool operand_holds(const Json& operand, const Maybe& value) {
  if (!is_operators(operand)) return operator_holds("$eq", operand, value);
  for (const auto& [op, part] : operand.items())
    if (!operator_holds(op, part, value)) return false;
  return true;
}

// ---- the node's timestamp

int against(const Stamp& stamp, const Json& point) {
  if (point.contains("physical")) {
    if (const int by = sign<double>(static_cast<double>(stamp.physical_ms()), point["physical"])) return by;
    return sign<double>(stamp.logical(), point["logical"]);
  }
  return sign<double>(static_cast<double>(stamp.physical_ms()), point.is_number() ? point : point["$date"]);
}

bool timestamp_holds(const Json& operand, const Stamp& stamp) {
  if (!is_operators(operand)) return against(stamp, operand) == 0;
  for (const auto& [op, part] : operand.items()) {
    const auto is_at = [&](const Json& each) { return against(stamp, each) == 0; };
    bool holds = false;
    if (op == "$eq") holds = against(stamp, part) == 0;
    if (op == "$ne") holds = against(stamp, part) != 0;
    if (op == "$gt") holds = against(stamp, part) > 0;
    if (op == "$gte") holds = against(stamp, part) >= 0;
    if (op == "$lt") holds = against(stamp, part) < 0;
    if (op == "$lte") holds = against(stamp, part) <= 0;
    if (op == "$in") holds = std::any_of(part.begin(), part.end(), is_at);
    if (op == "$nin") holds = std::none_of(part.begin(), part.end(), is_at);
    if (op == "$between") holds = against(stamp, part[0]) >= 0 && against(stamp, part[1]) <= 0;
    if (op == "$not") holds = !timestamp_holds(part, stamp);
    if (op == "$exists") holds = part.get<bool>();
    if (!holds) return false;
  }
  return true;
}

// ---- result order

bool is_before(const Json& options, const OracleNode& a, const OracleNode& b) {
  int by = 0;
  if (!options.contains("field")) by = sign(a.created, b.created);
  else if (options["field"] == "timestamp") by = sign(a.timestamp.clock, b.timestamp.clock);
  else by = order(read(a, options["field"]), read(b, options["field"]));
  if (options.value("order", "asc") == "desc") by = -by;
  return by != 0 ? by < 0 : a.id < b.id;
}

}  // namespace

std::vector<OracleNode> oracle_nodes(const Graph& graph) {
  std::vector<OracleNode> nodes;
  graph.for_each_node([&](const Node& node) {
    Buffer value;
    graph.value(node, value);
    nodes.push_back({std::string(graph.id(node)), decode(value), graph.created(node), graph.timestamp(node)});
  });
  return nodes;
}

bool oracle_matches(const Json& query, const OracleNode& node) {
  const auto holds = [&](const Json& each) { return oracle_matches(each, node); };
  for (const auto& [name, part] : query.items()) {
    if (name == "$and" ? !std::all_of(part.begin(), part.end(), holds)
        : name == "$or" ? !std::any_of(part.begin(), part.end(), holds)
        : name == "$nor" ? std::any_of(part.begin(), part.end(), holds)
        : name == "$not" ? holds(part)
        : name == "timestamp" ? !timestamp_holds(part, node.timestamp)
                              : !operand_holds(part, read(node, name)))
      return false;
  }
  return true;
}

std::optional<std::vector<std::string>> oracle_run(const Json& options, const std::vector<OracleNode>& nodes) {
  std::vector<OracleNode> found;
  for (const OracleNode& node : nodes)
    if (!options.contains("query") || oracle_matches(options["query"], node)) found.push_back(node);
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return is_before(options, a, b); });
  std::vector<std::string> ids;
  for (const OracleNode& node : found) ids.push_back(node.id);

  const auto place = [&](const char* cursor) { return std::find(ids.begin(), ids.end(), options[cursor].get<std::string>()); };
  const bool has_after = options.contains("$after"), has_before = options.contains("$before");
  if ((has_after && place("$after") == ids.end()) || (has_before && place("$before") == ids.end())) return {};
  const auto first = has_after ? place("$after") + 1 : ids.begin();
  const auto last = has_before ? place("$before") : ids.end();
  ids = first < last ? std::vector<std::string>(first, last) : std::vector<std::string>();

  const size_t skip = std::min<size_t>(options.value("$skip", 0u), ids.size());
  const size_t limit = std::min<size_t>(options.value("$limit", 1'000'000u), ids.size() - skip);
  const bool from_end = has_before && !has_after;
  const size_t from = from_end ? ids.size() - skip - limit : skip;
  return std::vector<std::string>(ids.begin() + static_cast<ptrdiff_t>(from), ids.begin() + static_cast<ptrdiff_t>(from + limit));
}

}  // namespace weft::test
