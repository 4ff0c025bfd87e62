// docs/queries.md, rule by rule.
#include <gtest/gtest.h>

#include "query/like.h"
#include "test_graph.h"

namespace weft::test {
namespace {

using Ids = std::vector<std::string>;

class Semantics : public testing::Test {
 protected:
  // The ids of the nodes that match, one letter each.
  std::string find(const char* query) {
    std::string all;
    for (const std::string& id : ids_of(graph_.graph(), {{"query", Json::parse(query)}})) all += id;
    return all;
  }
  Ids run(const char* options) { return ids_of(graph_.graph(), Json::parse(options)); }
  void put(const char* id, const char* value) { graph_.put(id, Json::parse(value)); }
  TestGraph graph_;
};

TEST_F(Semantics, LiteralsAreDeepEqual) {
  put("a", R"({"x": {"b": 1, "c": [1, {"d": 2}]}})");
  put("b", R"({"x": {"c": [1, {"d": 2}], "b": 1}})");
  put("c", R"({"x": {"b": 1}})");
  put("d", R"({"x": null})");
  put("e", R"({"y": 1})");
  put("f", R"({"x": {}})");
  EXPECT_EQ(find(R"({"x": {"c": [1, {"d": 2}], "b": 1}})"), "ab");
  EXPECT_EQ(find(R"({"x": {"b": 1}})"), "c");
  EXPECT_EQ(find(R"({"x": null})"), "d");
  EXPECT_EQ(find(R"({"x": {}})"), "f");
  EXPECT_EQ(find(R"({"x": {"$ne": null}})"), "abcef");
}

TEST_F(Semantics, ComparisonNeverCrossesTypes) {
  graph_.put("n", {{"x", 5}});
  graph_.put("s", {{"x", "5"}});
  graph_.put("b", {{"x", true}});
  graph_.put("z", {{"x", nullptr}});
  graph_.put("d", {{"x", date(5)}});
  graph_.put("y", {{"x", bytes("5")}});
  graph_.put("m", {{"x", {{"k", 1}}}});
  graph_.put("-", {{"w", 5}});
  EXPECT_EQ(find(R"({"x": {"$gte": 0}})"), "n");
  EXPECT_EQ(find(R"({"x": {"$lte": 9}})"), "n");
  EXPECT_EQ(find(R"({"x": {"$gt": ""}})"), "s");
  EXPECT_EQ(find(R"({"x": {"$lt": "a"}})"), "s");
  EXPECT_EQ(find(R"({"x": {"$gt": false}})"), "b");
  EXPECT_EQ(find(R"({"x": {"$gte": null}})"), "z");
  EXPECT_EQ(find(R"({"x": {"$lte": {"$date": 5}}})"), "d");
  EXPECT_EQ(find(R"({"x": {"$gte": {"$binary": "NQ=="}}})"), "y");
  EXPECT_EQ(find(R"({"x": {"$lt": {"k": 2}}})"), "m");
  EXPECT_EQ(find(R"({"x": 5})"), "n");
}

TEST_F(Semantics, NumbersCompareExactly) {
  graph_.put("i", {{"x", 9007199254740991}});
  graph_.put("j", {{"x", bigint(9007199254740993)}});
  graph_.put("u", {{"x", big_unsigned(UINT64_MAX)}});
  graph_.put("k", {{"x", bigint(5)}});
  graph_.put("z", {{"x", -0.0}});
  graph_.put("N", {{"x", std::nan("")}});
  graph_.put("I", {{"x", std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(find(R"({"x": {"$bigint": "9007199254740993"}})"), "j");
  EXPECT_EQ(find(R"({"x": {"$gt": 9007199254740991}})"), "juI");
  EXPECT_EQ(find(R"({"x": {"$bigint": "18446744073709551615"}})"), "u");
  EXPECT_EQ(find(R"({"x": 5})"), "k");
  EXPECT_EQ(find(R"({"x": 0})"), "z");
  EXPECT_EQ(find(R"({"x": {"$number": "NaN"}})"), "N");
  EXPECT_EQ(find(R"({"x": {"$lt": 0}})"), "N") << "NaN is below all numbers";
  EXPECT_EQ(find(R"({"x": {"$gte": {"$number": "Infinity"}}})"), "I");
  EXPECT_EQ(find(R"({"x": {"$lte": {"$number": "-Infinity"}}})"), "N");
  EXPECT_EQ(find(R"({"x": {"$bigint": "-9223372036854775808"}})"), "");
}

TEST_F(Semantics, StringsCompareByCodePoint) {
  put("a", R"({"x": "Z"})");
  put("b", R"({"x": "a"})");
  put("c", R"({"x": "\uffff"})");
  put("d", R"({"x": "\ud83d\ude00"})");   // above U+FFFF: UTF-16 would have it below
  EXPECT_EQ(run(R"({"field": "x"})"), (Ids{"a", "b", "c", "d"}));
  EXPECT_EQ(find(R"({"x": {"$gt": "\uffff"}})"), "d");
}

TEST_F(Semantics, AnArrayMatchesWhenAnyEntryDoes) {
  put("a", R"({"x": [1, 5]})");
  put("b", R"({"x": ["red", "blue"]})");
  put("c", R"({"x": []})");
  put("d", R"({"x": [[1, 5]]})");
  put("e", R"({"x": 5})");
  EXPECT_EQ(find(R"({"x": 5})"), "ae");
  EXPECT_EQ(find(R"({"x": [1, 5]})"), "ad");
  EXPECT_EQ(find(R"({"x": {"$gt": 4}})"), "ae");
  EXPECT_EQ(find(R"({"x": {"$gt": 4, "$lt": 2}})"), "a") << "each condition by an entry of its own";
  EXPECT_EQ(find(R"({"x": {"$between": [2, 4]}})"), "") << "one entry between both ends";
  EXPECT_EQ(find(R"({"x": {"$ne": 5}})"), "bcd");
  EXPECT_EQ(find(R"({"x": {"$in": [5, "blue"]}})"), "abe");
  EXPECT_EQ(find(R"({"x": {"$nin": [5, "blue"]}})"), "cd");
  EXPECT_EQ(find(R"({"x": {"$in": [[]]}})"), "c");
  EXPECT_EQ(find(R"({"x": {"$in": []}})"), "");
  EXPECT_EQ(find(R"({"x": {"$contains": "lu"}})"), "b");
  EXPECT_EQ(find(R"({"x": {"$all": ["blue", "red"]}})"), "b");
  EXPECT_EQ(find(R"({"x": {"$all": [5]}})"), "ae");
  EXPECT_EQ(find(R"({"x": {"$size": 2}})"), "ab");
  EXPECT_EQ(find(R"({"x": {"$size": 0}})"), "c");
  EXPECT_EQ(find(R"({"x": {"$size": 1e10}})"), "");
}

TEST_F(Semantics, ElemMatchIsAboutOneEntry) {
  put("a", R"({"x": [{"k": 1, "v": 9}, {"k": 2, "v": 1}], "id": "i"})");
  put("b", R"({"x": [{"k": 2, "v": 9}]})");
  put("c", R"({"x": [3, 7]})");
  put("d", R"({"x": [1, 9, {"id": "q", "timestamp": 3}]})");
  put("e", R"({"x": {"k": 2, "v": 9}})");
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {"k": 2, "v": {"$gt": 5}}}})"), "b");
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {"$gt": 5, "$lt": 8}}})"), "c");
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {"$or": [{"$lt": 2}, {"k": 1}]}}})"), "ad");
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {"id": "q", "timestamp": 3}}})"), "d") << "nothing is shadowed in there";
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {"$type": "map", "v": {"$exists": false}}}})"), "d");
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {}}})"), "abcd");
}

TEST_F(Semantics, ExistsIsAboutPresence) {
  put("a", R"({"x": null})");
  put("b", R"({"y": {"z": null}})");
  graph_.put("c", 5);
  EXPECT_EQ(find(R"({"x": {"$exists": true}})"), "a");
  EXPECT_EQ(find(R"({"x": {"$exists": false}})"), "bc");
  EXPECT_EQ(find(R"({"y.z": {"$exists": true}})"), "b");
  EXPECT_EQ(find(R"({"id": {"$exists": true}})"), "abc");
  EXPECT_EQ(find(R"({"timestamp": {"$exists": false}})"), "");
}

TEST_F(Semantics, DotPathsReachMapsAndEntries) {
  put("a", R"({"x": {"y": {"z": 1}}, "l": [{"k": 5}, {"k": 6}]})");
  put("b", R"({"x": {"y": 1}, "l": {"1": {"k": 6}}})");
  EXPECT_EQ(find(R"({"x.y.z": 1})"), "a");
  EXPECT_EQ(find(R"({"x.y": 1})"), "b");
  EXPECT_EQ(find(R"({"x.y.z.w": {"$exists": true}})"), "");
  EXPECT_EQ(find(R"({"l.1.k": 6})"), "ab");
  EXPECT_EQ(find(R"({"l.01.k": {"$exists": true}})"), "");
  EXPECT_EQ(find(R"({"l.99999999999.k": {"$exists": true}})"), "");
  EXPECT_EQ(find(R"({"l.k": {"$exists": true}})"), "") << "a name does not look into each entry: $elemMatch does";
}

TEST_F(Semantics, IdAndTimestampAreTheNodesOwn) {
  put("a", R"({"id": "b", "timestamp": 1})");
  const uint64_t first = graph_.now();
  put("b", R"({"id": "c", "value": {"v": 1}})");
  EXPECT_EQ(find(R"({"id": "b"})"), "b");
  EXPECT_EQ(find(R"({"id": {"$gt": "a"}})"), "b");
  EXPECT_EQ(find(R"({"value.id": "b"})"), "a");
  EXPECT_EQ(find(R"({"value.timestamp": 1})"), "a");
  EXPECT_EQ(find(R"({"value.v": 1})"), "b") << "only `id` and `timestamp` are shadowed";
  EXPECT_EQ(find(R"({"id.x": {"$exists": true}})"), "");

  const uint64_t ms = first >> 16;
  const auto at = [&](const char* op, Json point) { return find(Json{{"timestamp", {{op, point}}}}.dump().c_str()); };
  EXPECT_EQ(at("$lt", ms), "");
  EXPECT_EQ(at("$lte", ms), "a") << "a millisecond is all of it";
  EXPECT_EQ(at("$gt", ms), "b");
  EXPECT_EQ(at("$gte", {{"$date", ms}}), "ab");
  EXPECT_EQ(at("$gt", {{"physical", ms}, {"logical", first & 0xffff}}), "b");
  EXPECT_EQ(at("$eq", {{"physical", ms}, {"logical", first & 0xffff}}), "a");
  EXPECT_EQ(at("$ne", {{"physical", ms}, {"logical", first & 0xffff}}), "b");
  EXPECT_EQ(at("$in", {ms, 5}), "a");
  EXPECT_EQ(at("$between", {0, ms}), "a");
  EXPECT_EQ(at("$gt", -5), "ab");
  EXPECT_EQ(at("$lt", 1e300), "ab");
  EXPECT_EQ(at("$gt", static_cast<double>(ms) + 0.5), "b");
  EXPECT_EQ(at("$not", {{"$gt", ms}}), "a");
  EXPECT_EQ(find(Json{{"timestamp", ms}}.dump().c_str()), "a");
  EXPECT_EQ(find(Json{{"timestamp.physical", ms}, {"timestamp.logical", first & 0xffff}}.dump().c_str()), "a");
}

TEST_F(Semantics, LogicStandsAnywhere) {
  put("a", R"({"x": 1, "y": 1})");
  put("b", R"({"x": 2, "y": 1})");
  put("c", R"({"x": 3})");
  EXPECT_EQ(find(R"({"x": {"$gt": 1}, "y": 1})"), "b");
  EXPECT_EQ(find(R"({"$or": [{"x": 1}, {"x": 3}]})"), "ac");
  EXPECT_EQ(find(R"({"$and": [{"x": {"$lt": 3}}, {"$nor": [{"x": 1}]}]})"), "b");
  EXPECT_EQ(find(R"({"$not": {"x": 1, "y": 1}})"), "bc");
  EXPECT_EQ(find(R"({"x": {"$not": {"$gt": 1}}})"), "a");
  EXPECT_EQ(find(R"({"y": {"$not": 1}})"), "c");
  EXPECT_EQ(find(R"({"x": {"$or": [1, {"$gt": 2}]}})"), "ac");
  EXPECT_EQ(find(R"({"$and": []})"), "abc");
  EXPECT_EQ(find(R"({"$or": []})"), "");
  EXPECT_EQ(find(R"({"$nor": []})"), "abc");
}

TEST_F(Semantics, Types) {
  graph_.put("z", {{"x", nullptr}});
  graph_.put("b", {{"x", true}});
  graph_.put("n", {{"x", 5}});
  graph_.put("i", {{"x", bigint(5)}});
  graph_.put("s", {{"x", ""}});
  graph_.put("d", {{"x", date(5)}});
  graph_.put("y", {{"x", bytes("")}});
  graph_.put("l", {{"x", Json::array({"s"})}});
  graph_.put("m", {{"x", Json::object()}});
  graph_.put("-", Json::object());
  for (const auto& [type, ids] : std::vector<std::pair<const char*, const char*>>{
           {"null", "z"}, {"boolean", "b"}, {"number", "ni"}, {"bigint", "i"}, {"string", "s"},
           {"date", "d"}, {"binary", "y"}, {"array", "l"}, {"map", "m"}})
    EXPECT_EQ(find(Json{{"x", {{"$type", type}}}}.dump().c_str()), ids) << type;
  EXPECT_EQ(find(R"({"x": {"$type": ["null", "map"]}})"), "zm");
  EXPECT_EQ(run(R"({"field": "x"})"), (Ids{"-", "z", "b", "i", "n", "s", "d", "y", "l", "m"}));
  EXPECT_EQ(run(R"({"field": "x", "order": "desc"})"), (Ids{"m", "l", "y", "d", "s", "i", "n", "b", "z", "-"}))
      << "ties by id either way";
}

TEST_F(Semantics, Text) {
  put("a", R"({"x": "straße 50%"})");
  put("b", R"({"x": "Straße"})");
  put("c", R"({"x": 5})");
  EXPECT_EQ(find(R"({"x": {"$startsWith": "str"}})"), "a");
  EXPECT_EQ(find(R"({"x": {"$endsWith": "ße"}})"), "b");
  EXPECT_EQ(find(R"({"x": {"$contains": ""}})"), "ab");
  EXPECT_EQ(find(R"({"x": {"$like": "_tra_e"}})"), "b");
  EXPECT_EQ(find(R"({"x": {"$like": "%\\%"}})"), "a");
}

TEST(Like, AsInSql) {
  struct Case { const char* text; const char* pattern; bool expected; };
  for (const Case& c : std::vector<Case>{
           {"", "", true}, {"", "%", true}, {"", "_", false}, {"a", "", false}, {"abc", "a%", true},
           {"abc", "%c", true}, {"abc", "%b%", true}, {"abc", "a_c", true}, {"abc", "a_", false},
           {"aab", "%ab", true}, {"abab", "%ab", true}, {"abcab", "a%b", true}, {"a%c", "a\\%c", true},
           {"abc", "a\\%c", false}, {"a\\c", "a\\\\c", true}, {"é", "_", true}, {"é", "__", false},
           {"xéy", "%_y", true}, {"aé", "a%_", true}, {"mississippi", "%is%ip%", true},
           {"mississippi", "m%s%s%s%s%s%", false}, {"ABC", "abc", false}})
    EXPECT_EQ(query::like(c.text, c.pattern), c.expected) << c.text << " like " << c.pattern;
}

TEST(Like, CostIsBounded) {   // exponential for a matcher that recurses at each %
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "%a";
  EXPECT_FALSE(query::like(std::string(5000, 'a') + "b", pattern + "%c"));
}

TEST_F(Semantics, OrderWithoutFieldIsByCreation) {
  for (const char* id : {"c", "a", "b"}) put(id, R"({"x": 1})");
  put("c", R"({"x": 2})");   // a change does not move it
  EXPECT_EQ(run("{}"), (Ids{"c", "a", "b"}));
  EXPECT_EQ(run(R"({"order": "desc"})"), (Ids{"b", "a", "c"}));
  EXPECT_EQ(run(R"({"field": "timestamp"})"), (Ids{"a", "b", "c"}));
  EXPECT_EQ(run(R"({"field": "timestamp.physical", "order": "desc"})")[0], "c");
  EXPECT_EQ(run(R"({"field": "id", "order": "desc"})"), (Ids{"c", "b", "a"}));
  EXPECT_EQ(run(R"({"field": "x"})"), (Ids{"a", "b", "c"}));
}

TEST_F(Semantics, Windows) {
  for (const char* id : {"a", "b", "c", "d", "e"}) put(id, (R"({"x": ")" + std::string(id) + "\"}").c_str());
  EXPECT_EQ(run(R"({"$limit": 2})"), (Ids{"a", "b"}));
  EXPECT_EQ(run(R"({"$limit": 0})"), (Ids{}));
  EXPECT_EQ(run(R"({"$skip": 3, "$limit": 5})"), (Ids{"d", "e"}));
  EXPECT_EQ(run(R"({"$skip": 9})"), (Ids{}));
  EXPECT_EQ(run(R"({"$after": "b", "$limit": 2})"), (Ids{"c", "d"}));
  EXPECT_EQ(run(R"({"$before": "d", "$limit": 2})"), (Ids{"b", "c"})) << "the page that ends at the cursor";
  EXPECT_EQ(run(R"({"$before": "d", "$limit": 2, "$skip": 1})"), (Ids{"a", "b"}));
  EXPECT_EQ(run(R"({"$after": "a", "$before": "e", "$limit": 2})"), (Ids{"b", "c"}));
  EXPECT_EQ(run(R"({"$after": "d", "$before": "b"})"), (Ids{}));
  EXPECT_EQ(run(R"({"$after": "e"})"), (Ids{}));
  EXPECT_EQ(run(R"({"$after": "d", "field": "x", "order": "desc", "$limit": 2})"), (Ids{"c", "b"}));
  EXPECT_EQ(run(R"({"$after": "z"})"), (Ids{"CURSOR_NOT_FOUND $after"}));
  EXPECT_EQ(run(R"({"$before": "a", "query": {"x": {"$gt": "a"}}})"), (Ids{"CURSOR_NOT_FOUND $before"}));
}

TEST_F(Semantics, HugeArrays) {
  Json many = Json::array();
  for (int i = 0; i < 100'000; ++i) many.push_back(i);
  graph_.put("a", {{"x", many}});
  EXPECT_EQ(find(R"({"x": 99999})"), "a");
  EXPECT_EQ(find(R"({"x": {"$gt": 99999}})"), "");
  EXPECT_EQ(find(R"({"x": {"$size": 100000}})"), "a");
  EXPECT_EQ(find(R"({"x.99999": 99999})"), "a");
  EXPECT_EQ(find(R"({"x": {"$elemMatch": {"$gt": 99998, "$lt": 100000}}})"), "a");
  EXPECT_EQ(find(Json{{"x", {{"$in", many}}}}.dump().c_str()), "a");
  EXPECT_EQ(find(Json{{"x", {{"$nin", many}}}}.dump().c_str()), "");
}

}  // namespace
}  // namespace weft::test
