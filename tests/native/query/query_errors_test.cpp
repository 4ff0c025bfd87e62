// Every bad query: its typed error and the path of the offender.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "query/query.h"

namespace weft {
namespace {

std::string outcome(ByteView json) {
  const Result<Query> query = Query::parse(json);
  if (query) return "OK";
  EXPECT_FALSE(query.error().message.empty());
  return std::string(code_name(query.error().code)) + " " + query.error().path;
}

struct Bad {
  const char* json;
  const char* outcome;
};

TEST(QueryErrors, NameTheCodeAndThePath) {
  const Bad kBad[] = {
      // not a query at all
      {"{", "INVALID_QUERY "},
      {"{} x", "INVALID_QUERY "},
      {"[]", "INVALID_QUERY "},
      {"5", "INVALID_QUERY "},
      {R"({"query": 5})", "INVALID_QUERY query"},
      {R"({"query": []})", "INVALID_QUERY query"},
      {R"({"query": "age > 5"})", "INVALID_QUERY query"},
      {R"({"query": {"a": 1e999}})", "INVALID_QUERY "},
      {"{\"query\": {\"a\": \"\xff\"}}", "INVALID_QUERY "},
      {R"({"query": {"a": "\ud800"}})", "INVALID_QUERY "},
      // options
      {R"({"age": {"$gt": 5}})", "INVALID_QUERY age"},
      {R"({"field": 5})", "INVALID_QUERY field"},
      {R"({"order": "up"})", "INVALID_QUERY order"},
      {R"({"order": 1})", "INVALID_QUERY order"},
      {R"({"$limit": -1})", "INVALID_QUERY $limit"},
      {R"({"$limit": 1.5})", "INVALID_QUERY $limit"},
      {R"({"$limit": "5"})", "INVALID_QUERY $limit"},
      {R"({"$skip": true})", "INVALID_QUERY $skip"},
      {R"({"$after": 5})", "INVALID_QUERY $after"},
      {R"({"$before": {"id": "a"}})", "INVALID_QUERY $before"},
      {R"({"$gt": 5})", "INVALID_QUERY $gt"},
      {R"({"$top": 5})", "UNKNOWN_OPERATOR $top"},
      {R"({"$count": 1})", "INVALID_QUERY $count"},
      {R"({"$select": "a"})", "INVALID_QUERY $select"},
      {R"({"$select": ["a", 5]})", "INVALID_QUERY $select[1]"},
      {R"({"$near": {"latitude": 1, "longitude": 1}})", "INVALID_QUERY $near"},
      {R"({"field": "a", "$near": [1, 2]})", "INVALID_QUERY $near"},
      {R"({"field": "a", "$near": {"latitude": 1, "longitude": 1, "radius": 5}})", "INVALID_QUERY $near.radius"},
      // unknown, later, misplaced operators
      {R"({"query": {"age": {"$gtt": 5}}})", "UNKNOWN_OPERATOR query.age.$gtt"},
      {R"({"query": {"age": {"$gt": 1, "$GT": 5}}})", "UNKNOWN_OPERATOR query.age.$GT"},
      {R"({"query": {"a.b": {"$": 5}}})", "UNKNOWN_OPERATOR query.a.b.$"},
      {R"({"query": {"$xor": []}})", "UNKNOWN_OPERATOR query.$xor"},
      {R"({"query": {"$or": [{"a": 1}, {"b": {"$is": 2}}]}})", "UNKNOWN_OPERATOR query.$or[1].b.$is"},
      {R"({"query": {"$not": {"$and": [{"a": {"$not": {"$is": 2}}}]}}})",
       "UNKNOWN_OPERATOR query.$not.$and[0].a.$not.$is"},
      {R"({"query": {"a": {"$elemMatch": {"b": {"$is": 2}}}}})", "UNKNOWN_OPERATOR query.a.$elemMatch.b.$is"},
      {R"({"query": {"a": {"b": {"$foo": 1}}}})", "UNKNOWN_OPERATOR query.a.b.$foo"},
      {R"({"query": {"a": {"$in": [1, {"$foo": 1}]}}})", "UNKNOWN_OPERATOR query.a.$in[1].$foo"},
      {R"({"query": {"name": {"$text": 5}}})", "INVALID_QUERY query.name.$text"},
      {R"({"query": {"$text": ["x"]}})", "INVALID_QUERY query.$text"},
      {R"({"query": {"name": {"$flags": "i"}}})", "INVALID_QUERY query.name.$flags"},
      {R"({"query": {"name": {"$regex": "x", "$flags": 5}}})", "INVALID_QUERY query.name.$regex"},
      {R"({"query": {"name": {"$regex": ["x", "i"], "$flags": "i"}}})", "INVALID_QUERY query.name.$regex"},
      {R"({"query": {"name": {"$regex": {"a": 1}}}})", "INVALID_QUERY query.name.$regex"},
      {R"({"query": {"name": {"$elemMatch": {"$regex": 5}}}})", "INVALID_QUERY query.name.$elemMatch.$regex"},
      {R"({"query": {"name": {"$regex": "x"}}})", "NOT_SUPPORTED_YET query.name.$regex"},
      {R"({"query": {"name": {"$in": [{"$regex": "x"}]}}})", "INVALID_QUERY query.name.$in[0].$regex"},
      {R"({"query": {"$near": {"a": 1}}})", "INVALID_QUERY query.$near"},
      {R"({"query": {"at": {"$near": [1, 2]}}})", "INVALID_QUERY query.at.$near"},
      {R"({"query": {"at": {"$near": {"latitude": 1, "longitude": 2}}}})", "INVALID_QUERY query.at.$near.radius"},
      {R"({"query": {"at": {"$near": {"latitude": 91, "longitude": 2, "radius": 1}}}})", "INVALID_QUERY query.at.$near.latitude"},
      {R"({"query": {"at": {"$near": {"latitude": 1, "longitude": 2, "radius": -1}}}})", "INVALID_QUERY query.at.$near.radius"},
      {R"({"query": {"at": {"$near": {"latitude": 1, "longitude": 2, "radius": 1, "sort": 1}}}})", "INVALID_QUERY query.at.$near.sort"},
      {R"({"query": {"at": {"$bbox": [1, 2, 3, 4]}}})", "INVALID_QUERY query.at.$bbox"},
      {R"({"query": {"at": {"$bbox": {"minLat": 2, "maxLat": 1, "minLng": 0, "maxLng": 0}}}})", "INVALID_QUERY query.at.$bbox"},
      {R"({"query": {"$gt": 5}})", "INVALID_QUERY query.$gt"},
      {R"({"query": {"$date": 5}})", "INVALID_QUERY query.$date"},
      {R"({"query": {"a": {"$gt": 5, "b": 1}}})", "INVALID_QUERY query.a.b"},
      {R"({"query": {"a": {"b": {"$gt": 1}}}})", "INVALID_QUERY query.a.b.$gt"},
      {R"({"query": {"a.$gt": 5}})", "INVALID_QUERY query.a.$gt"},
      {R"({"query": {"a": {"$date": 1, "$gt": 5}}})", "INVALID_QUERY query.a.$date"},
      // operands
      {R"({"query": {"$and": {"a": 1}}})", "INVALID_QUERY query.$and"},
      {R"({"query": {"$or": [{"a": 1}, 5]}})", "INVALID_QUERY query.$or[1]"},
      {R"({"query": {"$nor": "a"}})", "INVALID_QUERY query.$nor"},
      {R"({"query": {"$not": [1]}})", "INVALID_QUERY query.$not"},
      {R"({"query": {"a": {"$in": 5}}})", "INVALID_QUERY query.a.$in"},
      {R"({"query": {"a": {"$nin": {"b": 5}}}})", "INVALID_QUERY query.a.$nin"},
      {R"({"query": {"a": {"$all": "x"}}})", "INVALID_QUERY query.a.$all"},
      {R"({"query": {"a": {"$between": [1]}}})", "INVALID_QUERY query.a.$between"},
      {R"({"query": {"a": {"$between": 1}}})", "INVALID_QUERY query.a.$between"},
      {R"({"query": {"a": {"$between": [1, "b"]}}})", "INVALID_QUERY query.a.$between"},
      {R"({"query": {"a": {"$exists": 1}}})", "INVALID_QUERY query.a.$exists"},
      {R"({"query": {"a": {"$type": "object"}}})", "INVALID_QUERY query.a.$type"},
      {R"({"query": {"a": {"$type": ["null", "missing"]}}})", "INVALID_QUERY query.a.$type[1]"},
      {R"({"query": {"a": {"$type": 2}}})", "INVALID_QUERY query.a.$type"},
      {R"({"query": {"a": {"$startsWith": 5}}})", "INVALID_QUERY query.a.$startsWith"},
      {R"({"query": {"a": {"$endsWith": null}}})", "INVALID_QUERY query.a.$endsWith"},
      {R"({"query": {"a": {"$contains": ["x"]}}})", "INVALID_QUERY query.a.$contains"},
      {R"({"query": {"a": {"$like": 1}}})", "INVALID_QUERY query.a.$like"},
      {R"({"query": {"a": {"$like": "50\\"}}})", "INVALID_QUERY query.a.$like"},
      {R"({"query": {"a": {"$size": -1}}})", "INVALID_QUERY query.a.$size"},
      {R"({"query": {"a": {"$size": 0.5}}})", "INVALID_QUERY query.a.$size"},
      {R"({"query": {"a": {"$size": {"$gt": 1}}}})", "INVALID_QUERY query.a.$size"},
      {R"({"query": {"a": {"$elemMatch": 5}}})", "INVALID_QUERY query.a.$elemMatch"},
      // special literals
      {R"({"query": {"a": {"$undefined": true}}})", "INVALID_QUERY query.a"},
      {R"({"query": {"a": {"$eq": {"$undefined": true}}}})", "INVALID_QUERY query.a.$eq"},
      {R"({"query": {"a": {"$date": "2020"}}})", "INVALID_QUERY query.a.$date"},
      {R"({"query": {"a": {"$date": null}}})", "INVALID_QUERY query.a.$date"},
      {R"({"query": {"a": {"$date": 9e15}}})", "INVALID_QUERY query.a.$date"},
      {R"({"query": {"a": {"$date": 0.5}}})", "INVALID_QUERY query.a.$date"},
      {R"({"query": {"a": {"$bigint": 5}}})", "INVALID_QUERY query.a.$bigint"},
      {R"({"query": {"a": {"$bigint": ""}}})", "INVALID_QUERY query.a.$bigint"},
      {R"({"query": {"a": {"$bigint": "-"}}})", "INVALID_QUERY query.a.$bigint"},
      {R"({"query": {"a": {"$bigint": "12n"}}})", "INVALID_QUERY query.a.$bigint"},
      {R"({"query": {"a": {"$bigint": "18446744073709551616"}}})", "INVALID_QUERY query.a.$bigint"},
      {R"({"query": {"a": {"$bigint": "-9223372036854775809"}}})", "INVALID_QUERY query.a.$bigint"},
      {R"({"query": {"a": {"$binary": "YW"}}})", "INVALID_QUERY query.a.$binary"},
      {R"({"query": {"a": {"$binary": "Y==="}}})", "INVALID_QUERY query.a.$binary"},
      {R"({"query": {"a": {"$binary": "Y!=="}}})", "INVALID_QUERY query.a.$binary"},
      {R"({"query": {"a": {"$number": "5"}}})", "INVALID_QUERY query.a.$number"},
      // the node's timestamp
      {R"({"query": {"timestamp": "today"}})", "INVALID_QUERY query.timestamp"},
      {R"({"query": {"timestamp": {"$gt": {"physical": 5}}}})", "INVALID_QUERY query.timestamp.$gt"},
      {R"({"query": {"timestamp": {"physical": 5, "logical": 70000}}})", "INVALID_QUERY query.timestamp"},
      {R"({"query": {"timestamp": {"$in": [5, "x"]}}})", "INVALID_QUERY query.timestamp.$in[1]"},
      {R"({"query": {"timestamp": {"$in": 5}}})", "INVALID_QUERY query.timestamp.$in"},
      {R"({"query": {"timestamp": {"$between": 5}}})", "INVALID_QUERY query.timestamp.$between"},
      {R"({"query": {"timestamp": {"$startsWith": "1"}}})", "INVALID_QUERY query.timestamp.$startsWith"},
      {R"({"query": {"timestamp": {"$bigint": "5"}}})", "INVALID_QUERY query.timestamp"},
      {R"({"query": {"timestamp": {"$date": "x"}}})", "INVALID_QUERY query.timestamp.$date"},
  };
  for (const Bad& bad : kBad) EXPECT_EQ(outcome(bad.json), bad.outcome) << bad.json;
}

TEST(QueryErrors, NothingGivenIsNoError) {
  for (const char* json : {"", "{}", "null", R"({"query": {}})", R"({"query": null, "field": null, "$limit": null})",
                           R"({"query": {"$undefined": true}, "order": {"$undefined": true}})"})
    EXPECT_EQ(outcome(json), "OK") << json;
}

std::string nested(size_t depth, const char* open, const char* core, const char* close) {
  std::string json;
  for (size_t i = 0; i < depth; ++i) json += open;
  json += core;
  for (size_t i = 0; i < depth; ++i) json += close;
  return json;
}

TEST(QueryErrors, DepthIsBounded) {
  // The options and the query are the first two levels.
  const auto nots = [](size_t depth) { return R"({"query": )" + nested(depth, R"({"$not": )", "{}", "}") + "}"; };
  EXPECT_EQ(outcome(nots(limits::kMaxQueryDepth - 2)), "OK");
  EXPECT_EQ(outcome(nots(limits::kMaxQueryDepth - 1)), "TOO_DEEP ");
  EXPECT_EQ(outcome(R"({"query": {"a": )" + nested(40, "[", "", "]") + "}}"), "TOO_DEEP ");
  EXPECT_EQ(outcome(nested(500'000, "[", "", "")), "TOO_DEEP ");
  EXPECT_EQ(outcome(R"({"query": {"a": ")" + nested(40, "[{", "\\\"", "}]") + "\"}}"), "OK");
}

TEST(QueryErrors, OperatorsAreCounted) {
  const auto parts = [](size_t count) {
    std::string json = R"({"query": {"$or": [)";
    for (size_t i = 0; i < count; ++i) json += i ? R"(,{"a": 1})" : R"({"a": 1})";
    return json + "]}}";
  };
  EXPECT_EQ(outcome(parts(limits::kMaxQueryOperators - 1)), "OK");   // `$or` is one too
  EXPECT_EQ(outcome(parts(limits::kMaxQueryOperators)), "TOO_LARGE query.$or[4095].a");
}

TEST(QueryErrors, SizeIsBounded) {
  std::string json = R"({"query": {"a": ")";
  json.resize(limits::kMaxQueryBytes - 3, 'x');
  EXPECT_EQ(outcome(json + "\"}}"), "OK");
  EXPECT_EQ(outcome(json + "x\"}}"), "TOO_LARGE ");
}

}  // namespace
}  // namespace weft
