// Random graphs and queries: the engine and the oracle must agree, on results and on order.
#include <gtest/gtest.h>

#include <algorithm>

#include "oracle.h"
#include "query/query.h"
#include "random_query.h"

namespace weft::test {
namespace {

constexpr int kGraphs = 40, kQueries = 100;

TEST(QueryModel, AgreesWithTheOracle) {
  size_t found = 0, pages = 0, lost_cursors = 0;
  for (int seed = 0; seed < kGraphs; ++seed) {
    RandomQuery random(seed);
    TestGraph graph;
    for (int i = 0; i < 60; ++i) random.write(graph);
    const std::vector<OracleNode> nodes = oracle_nodes(graph.graph());
    for (int i = 0; i < kQueries; ++i) {
      const Json options = random.options();
      std::optional<std::vector<std::string>> expected = oracle_run(options, nodes);
      const std::vector<std::string> ids = ids_of(graph.graph(), options);
      found += expected ? expected->size() : 0;
      pages += options.contains("$after") || options.contains("$before");
      lost_cursors += !expected;
      if (expected) ASSERT_EQ(ids, *expected) << "seed " << seed << ": " << options.dump();
      else ASSERT_EQ(ids.at(0).substr(0, 16), "CURSOR_NOT_FOUND") << "seed " << seed << ": " << options.dump();
    }
  }
  // The random queries must be worth something: neither all nor nothing.
  EXPECT_GT(found, size_t{kGraphs * kQueries});
  EXPECT_LT(found, size_t{kGraphs * kQueries * 20});
  EXPECT_GT(pages, lost_cursors);
  EXPECT_GT(lost_cursors, 0u);
}

// before() is a strict total order that run() keeps to.
TEST(QueryModel, BeforeIsTheOrderOfTheResult) {
  for (int seed = 100; seed < 110; ++seed) {
    RandomQuery random(seed);
    TestGraph graph;
    for (int i = 0; i < 40; ++i) random.write(graph);
    for (int i = 0; i < 20; ++i) {
      Json options = random.order();
      Result<Query> query = Query::parse(options.dump());
      ASSERT_TRUE(query);
      const auto result = *query->run(graph.graph());
      for (size_t a = 0; a < result.size(); ++a)
        for (size_t b = 0; b < result.size(); ++b)
          ASSERT_EQ(query->before(graph.graph(), *result[a], *result[b]), a < b) << options.dump();
    }
  }
}

}  // namespace
}  // namespace weft::test
