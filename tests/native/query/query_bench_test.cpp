// Numbers, not checks: `test_query --gtest_also_run_disabled_tests --gtest_filter=*Bench*` in a release build.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "index/indexes.h"
#include "query/live_queries.h"
#include "query/query.h"
#include "test_graph.h"

namespace weft::test {
namespace {

constexpr int kNodes = 100'000;

Json person(int i) {
  return {{"name", "Person number " + std::to_string(i)}, {"email", "person" + std::to_string(i) + "@example.org"},
          {"age", i * 7919 % 90}, {"city", "city-" + std::to_string(i * 31 % 200)}, {"active", i % 2 == 0},
          {"score", (i * 104729 % 100000) / 7.0}, {"tags", {"t" + std::to_string(i % 10), "t" + std::to_string(i % 7)}},
          {"address", {{"street", std::to_string(i) + " Main Street"}, {"zip", 10000 + i % 90000}}}};
}

double median_ms(int rounds, const std::function<void()>& work) {
  std::vector<double> all;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    all.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

TEST(QueryBench, DISABLED_Scan) {
  index::Indexes indexes;
  TestGraph graph;
  graph.observe(indexes);
  for (int i = 0; i < kNodes; ++i) graph.put("person-" + std::to_string(i), person(i));
  for (const char* options :
       {R"({"query": {"age": {"$gt": 30}}})", R"({"query": {"city": "city-17"}})", R"({"query": {"address.zip": {"$lt": 10100}}})",
        R"({"query": {"$or": [{"city": "city-17"}, {"age": {"$in": [3, 5, 7]}}]}})", R"({"query": {"name": {"$contains": "99"}}})",
        R"({"query": {"tags": "t3"}})", R"({"field": "name", "$limit": 20})", R"({"field": "score"})", R"({"field": "name"})", "{}"}) {
    const Query query = std::move(*Query::parse(options));
    size_t found = 0;
    const double ms = median_ms(15, [&] { found = query.run(graph.graph())->size(); });
    const double cold = median_ms(5, [&] {
      indexes.cleared();
      found = query.run(graph.graph(), indexes)->size();
    });
    const double warm = median_ms(15, [&] { found = query.run(graph.graph(), indexes)->size(); });
    std::printf("%8.2f ms scan %8.2f ms first %8.2f ms again  %6zu found  %s\n", ms, cold, warm, found, options);
  }
}

TEST(QueryBench, DISABLED_Live) {
  TestGraph graph;
  for (int i = 0; i < kNodes; ++i) graph.put("person-" + std::to_string(i), person(i));
  graph.take_touched();
  LiveQueries live;
  std::vector<LiveEvent> events;
  for (int i = 0; i < 100; ++i) {
    const Json options = {{"query", {{"city", "city-" + std::to_string(i)}, {"age", {{"$gt", 30}}}}}};
    ASSERT_TRUE(live.add(std::move(*Query::parse(options.dump())), graph.graph(), events));
  }
  int next = 0;
  const double ms = median_ms(200, [&] {
    Json value = person(next);
    value["age"] = next % 90;
    graph.put("person-" + std::to_string(next++), value);
    live.refresh(graph.take_touched(), graph.take_links(), graph.graph(), events);
  });
  std::printf("%8.4f ms  a put under 100 live queries\n", ms);
}

// A tree of 10,000 nodes, 10 links deep.
TEST(QueryBench, DISABLED_Edge) {
  TestGraph graph;
  for (int i = 0; i < 10'000; ++i) graph.put("n" + std::to_string(i), {{"kind", i % 10}, {"name", "Node " + std::to_string(i)}});
  for (int i = 1; i < 10'000; ++i) graph.link("n" + std::to_string((i - 1) * 10 / 24), "n" + std::to_string(i));
  const Graph& all = graph.graph();
  for (const char* options : {R"({"query": {"id": "n0", "$edge": {}}})", R"({"query": {"id": "n0", "$edge": {"kind": 3}}})",
                              R"({"query": {"id": "n9999", "$edge": {"$direction": "any"}}})", R"({"query": {"id": "n0", "$edge": {}}, "$limit": 20})"}) {
    const Query query = std::move(*Query::parse(options));
    size_t found = 0;
    const double ms = median_ms(15, [&] { found = query.run(all)->size(); });
    std::printf("%8.3f ms  %6zu found  %s\n", ms, found, options);
  }
  const std::vector<const Node*> root = {all.find("n0")};
  std::printf("%8.3f ms  the walk alone\n", median_ms(15, [&] { (void)all.walk(root, {}); }));
  Buffer values;
  std::printf("%8.3f ms  and all values of it\n", median_ms(15, [&] {
    values.clear();
    for (const Reached& reached : all.walk(root, {})) all.value(*reached.node, values);
  }));

  LiveQueries live;
  std::vector<LiveEvent> events;
  graph.take_touched();
  graph.take_links();
  std::printf("%8.3f ms  to follow it live\n", median_ms(1, [&] {
    (void)live.add(std::move(*Query::parse(R"({"query": {"id": "n0", "$edge": {}}})")), all, events);
  }));
  const auto round = [&] { live.refresh(graph.take_touched(), graph.take_links(), all, events); };
  int leaf = 5000;
  std::printf("%8.4f ms  a leaf that goes\n", median_ms(100, [&] {
    graph.remove("n" + std::to_string(++leaf));
    round();
  }));
  std::printf("%8.4f ms  a link that comes\n", median_ms(100, [&] {
    graph.link("n3", "n" + std::to_string(++leaf));
    round();
  }));
  std::printf("%8.4f ms  a value that changes\n", median_ms(100, [&] {
    graph.put("n" + std::to_string(++leaf), {{"kind", 11}});
    round();
  }));
}

TEST(QueryBench, DISABLED_LiveOfMany) {
  TestGraph graph;
  for (int i = 0; i < kNodes; ++i) graph.put("person-" + std::to_string(i), person(i));
  graph.take_touched();
  struct Kind {
    const char* name;
    std::function<Json(int)> options;
  };
  const Kind kinds[] = {
      {"of other fields", [](int i) { return Json{{"query", {{"other" + std::to_string(i), i}}}}; }},
      {"of other values", [](int i) { return Json{{"query", {{"city", "elsewhere-" + std::to_string(i)}}}}; }},
      {"of a range each", [](int i) { return Json{{"query", {{"age", {{"$gt", 90 + i}}}}}}; }},
      {"of the newest 20", [](int i) { return Json{{"query", {{"city", "city-" + std::to_string(i % 200)}}}, {"field", "timestamp"}, {"order", "desc"}, {"$limit", 20}}; }},
  };
  int next = 0;
  for (const Kind& kind : kinds) {
    for (const int count : {0, 100, 1000}) {
      LiveQueries live;
      std::vector<LiveEvent> events;
      for (int i = 0; i < count; ++i) ASSERT_TRUE(live.add(std::move(*Query::parse(kind.options(i).dump())), graph.graph(), events));
      const double ms = median_ms(200, [&] {
        Json value = person(next % kNodes);
        value["score"] = next;
        graph.put("person-" + std::to_string(next++ % kNodes), value);
        live.refresh(graph.take_touched(), graph.take_links(), graph.graph(), events);
      });
      std::printf("%8.4f ms  a put under %4d live queries %s\n", ms, count, kind.name);
    }
  }
}

}  // namespace
}  // namespace weft::test
