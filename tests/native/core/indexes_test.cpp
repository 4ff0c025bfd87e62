// The ways by which operations enter without a network keep what queries read up to date: a query by
// what is kept beside the graph finds what reading every node finds. (The simulator asks the same of
// everything that comes over a network, and of crashes.)
#include <gtest/gtest.h>

#include "base/pack.h"
#include "core/replica.h"
#include "values.h"

namespace weft::test {
namespace {

using Ids = std::vector<std::string>;

Ids ids_of_map(const Replica& replica, const std::string& query) {
  Buffer out;
  const Status status = replica.map(query, out);
  if (!status) return {code_name(status.error().code)};
  Ids ids;
  for (auto it = ValueView(out).begin(); it.more(); it.next()) ids.emplace_back(it.value().entry(0).text());
  return ids;
}

Ids ids_of_scan(const Replica& replica, const std::string& query) {
  const auto found = std::move(*Query::parse(query)).run(replica.graph());
  if (!found) return {code_name(found.error().code)};
  Ids ids;
  for (const Node* node : *found) ids.emplace_back(Graph::id(*node));
  return ids;
}

const std::vector<std::string> kQueries = {
    "{}",
    R"({"query": {"a": {"$gte": 0}}})",
    R"({"query": {"a": {"$gt": 2, "$lt": 9}}, "field": "b"})",
    R"({"query": {"b": {"$in": [1, 2, 3]}}, "field": "a", "order": "desc", "$limit": 3})",
    R"({"field": "a", "$limit": 2, "$skip": 1})",
    R"({"$limit": 2})",
    R"({"query": {"at": {"$near": {"latitude": 5, "longitude": 179, "radius": 600}}}})",
    R"({"query": {"at": {"$bbox": {"minLat": 3, "maxLat": 12, "minLng": 170, "maxLng": -170}}}})",
    R"({"field": "at", "$near": {"latitude": 9, "longitude": -178}, "$limit": 3})",
    R"({"query": {"$or": [{"a": 1}, {"b": 1}]}})",
};

void look(const Replica& replica) {
  for (const std::string& query : kQueries) ASSERT_EQ(ids_of_map(replica, query), ids_of_scan(replica, query)) << query;
}

TEST(Indexes, FollowImportsRestoresAndBatches) {
  ReplicaOptions options;
  options.replica_id = 7;
  options.index.least_nodes = 0;
  Replica replica(options), other(ReplicaOptions{.replica_id = 9});
  ASSERT_TRUE(replica.index("a"));
  ASSERT_TRUE(replica.index("at"));
  uint64_t now = 1'700'000'000'000;
  const auto value = [](uint64_t a) {
    const Buffer at = map_of({{"latitude", number(a % 90)}, {"longitude", number((a * 7 + 170) % 181)}});
    return map_of({{"a", number(a)}, {"at", at}, {"b", number(a % 3)}});
  };
  for (uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(other.put("n" + std::to_string(i), value(i), ++now));
    look(replica);
    ASSERT_TRUE(replica.import_state(other.export_state(), ++now));
    look(replica);
    if (i % 3 == 0) {
      ASSERT_TRUE(replica.remove("n" + std::to_string(i), ++now));
    }
    look(replica);
  }
  const Buffer state = replica.export_state();
  ASSERT_TRUE(replica.clear(++now));
  look(replica);
  ASSERT_TRUE(replica.restore(state, ++now));
  look(replica);
  Buffer batch;   // [[put, id, value], [link from nowhere]]: refused as a whole
  pack_array(batch, 2);
  pack_array(batch, 3);
  pack_uint(batch, 1);
  pack_str(batch, "n1");
  batch += value(99);
  pack_array(batch, 5);
  pack_uint(batch, 6);
  for (const char* name : {"nobody", "", "n1"}) pack_str(batch, name);
  pack_nil(batch);
  ASSERT_FALSE(replica.batch(batch, ++now));
  look(replica);
  EXPECT_EQ(ids_of_map(replica, R"({"query": {"a": 99}})"), Ids());
}

}  // namespace
}  // namespace weft::test
