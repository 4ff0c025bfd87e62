#include "random_query.h"

#include <limits>

namespace weft::test {
namespace {

constexpr uint64_t kStart = uint64_t{1'700'000'000'000} << 16;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Both {
  Json stored, said;   // a value, and the literal that says it
};

const std::vector<Both>& scalars() {
  static const std::vector<Both> all = {
      {nullptr, nullptr}, {true, true}, {false, false}, {0, 0}, {1, 1}, {2, 2}, {-1, -1}, {0.5, 0.5}, {-0.0, 0},
      {1e300, 1e300}, {9007199254740991, 9007199254740991},
      {std::numeric_limits<double>::quiet_NaN(), {{"$number", "NaN"}}},
      {kInfinity, {{"$number", "Infinity"}}}, {-kInfinity, {{"$number", "-Infinity"}}},
      {bigint(1), {{"$bigint", "1"}}}, {bigint(-5), {{"$bigint", "-5"}}},
      {bigint(9007199254740993), {{"$bigint", "9007199254740993"}}},
      {big_unsigned(UINT64_MAX), {{"$bigint", "18446744073709551615"}}},
      {"", ""}, {"a", "a"}, {"ab", "ab"}, {"b", "b"}, {"é", "é"}, {"longer than eight", "longer than eight"},
      {"longer than ever", "longer than ever"}, {std::string("a\0", 2), std::string("a\0", 2)},
      {date(0), {{"$date", 0}}}, {date(-1), {{"$date", -1}}}, {date(1700000000000), {{"$date", 1700000000000}}},
      {bytes(""), {{"$binary", ""}}}, {bytes("ab"), {{"$binary", "YWI="}}}};
  return all;
}

}  // namespace

std::string RandomQuery::id() {
  static const std::vector<std::string> all = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "longer-than-eight-1",
                                               "longer-than-eight-2", "é"};
  return one_of(all);
}

Json RandomQuery::value(int depth) {
  const size_t kind = depth > 0 ? below(10) : 0;
  if (kind < 6) return one_of(scalars()).stored;
  const size_t size = below(4);
  if (kind < 8) {
    Json list = Json::array();
    for (size_t i = 0; i < size; ++i) list.push_back(value(depth - 1));
    return list;
  }
  Json map = Json::object();
  for (size_t i = 0; i < size; ++i) map[one_of<std::string>({"x", "y", "id", "timestamp", "0"})] = value(depth - 1);
  return map;
}

Json RandomQuery::literal(int depth) {
  const size_t kind = depth > 0 ? below(10) : 0;
  if (kind < 7) return one_of(scalars()).said;
  const size_t size = below(3);
  if (kind < 9) {
    Json list = Json::array();
    for (size_t i = 0; i < size; ++i) list.push_back(literal(depth - 1));
    return list;
  }
  Json map = Json::object();
  for (size_t i = 0; i < size; ++i) map[one_of<std::string>({"x", "y", "0"})] = literal(depth - 1);
  return map;
}

std::string RandomQuery::path() {
  return one_of<std::string>({"x", "x", "x", "y", "y", "z", "x.x", "x.y", "y.0", "x.0.x", "y.1", "z.x.y", "id", "id",
                              "value.id", "value.timestamp", "value.x", "id.x", "timestamp.physical", "timestamp.logical"});
}

uint64_t RandomQuery::old_stamp(const TestGraph& graph) { return kStart + random_() % (graph.now() - kStart + 1); }

void RandomQuery::write(TestGraph& graph) {
  const size_t kind = below(100);
  const uint64_t at = below(5) == 0 ? old_stamp(graph) : 0;
  if (kind < 55) {
    Json map = Json::object();
    for (const char* name : {"x", "y", "z", "id", "timestamp", "value"})
      if (below(3) > 0) map[name] = value(2);
    return graph.put(id(), map, below(8) == 0, at);
  }
  if (kind < 58) return graph.put(id(), value(2), false, at);
  if (kind < 70) return graph.remove(id(), at);
  if (kind < 71) return graph.clear(at);
  if (kind < 90) return graph.link(id(), id(), below(2) ? "likes" : "");
  graph.unlink(id(), id(), below(2) ? "likes" : "");
}

Json RandomQuery::point() {
  const int64_t ms = 1'700'000'000'000 + static_cast<int64_t>(below(40));
  const size_t kind = below(4);
  if (kind == 0) return {{"physical", ms}, {"logical", below(2) * 0x8000}};
  if (kind == 1) return {{"$date", ms}};
  if (kind == 2) return static_cast<double>(ms) + 0.5;
  return one_of<Json>({ms, ms, ms, -1, 1e20});
}

Json RandomQuery::timestamp_operand() {
  const size_t kind = below(9);
  if (kind == 0) return point();
  if (kind == 1) return {{"$in", {point(), point()}}};
  if (kind == 2) return {{"$between", {point(), point()}}};
  if (kind == 3) return {{"$not", {{"$lt", point()}}}};
  if (kind == 4) return {{"$gt", point()}, {"$lte", point()}};
  return {{one_of<std::string>({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"}), point()}};
}

Json RandomQuery::operators(int depth) {
  const std::string op = one_of<std::string>(
      {"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$gt", "$lte", "$in", "$nin", "$between", "$exists", "$type", "$startsWith",
       "$endsWith", "$contains", "$like", "$size", "$all", "$elemMatch", "$not", "$and", "$or", "$nor"});
  const auto list = [&](auto make) {
    Json all = Json::array();
    for (size_t i = below(4); i > 0; --i) all.push_back(make());
    return all;
  };
  if (op == "$in" || op == "$nin" || op == "$all") return {{op, list([&] { return literal(1); })}};
  if (op == "$between") {
    const Json low = one_of<Json>({-1, 0, "", {{"$date", -5}}});
    const Json high = low.is_string() ? Json("b") : low.is_number() ? Json(1) : Json{{"$date", 5}};
    return {{op, {low, high}}};
  }
  if (op == "$exists") return {{op, below(2) == 0}};
  if (op == "$type") return {{op, one_of<Json>({"number", "string", "bigint", "array", "map", "date", Json{"null", "boolean"}})}};
  if (op == "$startsWith" || op == "$endsWith" || op == "$contains") return {{op, one_of<std::string>({"", "a", "b", "é", "than"})}};
  if (op == "$like") return {{op, one_of<std::string>({"%", "_", "a%", "%b", "_%_", "%than e%", "\\a"})}};
  if (op == "$size") return {{op, below(4)}};
  if (op == "$elemMatch") return {{op, entry_query(depth - 1)}};
  if (op == "$not") return {{op, operand(depth - 1)}};
  if (op == "$and" || op == "$or" || op == "$nor") return {{op, list([&] { return operand(depth - 1); })}};
  return {{op, literal(1)}};
}

Json RandomQuery::operand(int depth) {
  if (depth <= 0 || below(4) == 0) return literal(2);
  Json all = operators(depth);
  if (below(4) == 0) all.update(operators(depth));
  return all;
}

Json RandomQuery::entry_query(int depth) {
  if (depth <= 0 || below(3) == 0) return {{one_of<std::string>({"x", "y", "id", "timestamp", "0", "x.y"}), operand(depth)}};
  if (below(4) == 0) return {{"$or", {entry_query(depth - 1), entry_query(depth - 1)}}};
  for (;;) {   // in here logic is about queries again, not operands
    const Json one = operators(depth);
    if (const std::string& op = one.begin().key(); op != "$and" && op != "$or" && op != "$nor" && op != "$not") return one;
  }
}

Json RandomQuery::query(int depth) {
  Json all = Json::object();
  for (size_t i = below(3); i > 0; --i) {
    const size_t kind = depth > 0 ? below(12) : 5;
    if (kind == 0) all["$not"] = query(depth - 1);
    else if (kind == 1) all[one_of<std::string>({"$and", "$or", "$nor"})] = {query(depth - 1), query(depth - 1)};
    else if (kind == 2) all["timestamp"] = timestamp_operand();
    else all[path()] = operand(depth);
  }
  return all;
}

Json RandomQuery::order() {
  Json options = Json::object();
  if (below(3) > 0) options["field"] = below(5) == 0 ? "timestamp" : path();
  if (below(2) == 0) options["order"] = below(2) == 0 ? "asc" : "desc";
  return options;
}

Json RandomQuery::options() {
  Json options = order();
  if (below(10) > 0) options["query"] = query(3);
  if (below(3) == 0) options["$limit"] = below(6);
  if (below(5) == 0) options["$skip"] = below(4);
  if (below(6) == 0) options["$after"] = id();
  if (below(6) == 0) options["$before"] = id();
  return options;
}

}  // namespace weft::test
