// What is kept beside the graph never decides what a query finds: over random histories, with queries
// in between, a run with indexes gives what a run without gives, order and errors included.
#include <gtest/gtest.h>

#include <algorithm>

#include "edge_oracle.h"
#include "index/indexes.h"
#include "query/execute.h"
#include "query/query.h"
#include "random_query.h"

namespace weft::test {
namespace {

using Ids = std::vector<std::string>;

Ids ids_of(const Graph& graph, const Result<std::vector<const Node*>>& found) {
  if (!found) return {code_name(found.error().code)};
  Ids ids;
  for (const Node* node : *found) ids.emplace_back(graph.id(*node));
  return ids;
}

TEST(Indexed, FindsWhatAScanFinds) {
  size_t found = 0;
  std::map<std::string, size_t> ways;
  for (int seed = 0; seed < 150; ++seed) {
    index::Settings settings;
    settings.least_nodes = 0;
    settings.sort_after = seed % 2;
    if (seed % 3 == 0) settings.most_bytes = 400;   // columns come and go
    index::Indexes indexes(settings);
    RandomQuery random(seed);
    TestGraph graph;
    graph.observe(indexes);
    if (seed % 4 > 0)
      for (const char* field : {"x", "y", "x.x", "z"})
        if (random.below(2) == 0) indexes.declare(index::split(field));
    for (int i = 0; i < 120; ++i) {
      for (size_t writes = random.below(6); writes > 0; --writes) random.write(graph);
      const Json options = random.below(4) ? random.options() : random_edge_options(random);
      const Result<Query> query = Query::parse(options.dump());
      ASSERT_TRUE(query) << options.dump();
      const Ids scanned = ids_of(graph.graph(), query->run(graph.graph()));
      query::Trace trace;
      ASSERT_EQ(ids_of(graph.graph(), query->run(graph.graph(), indexes, trace)), scanned)
          << "seed " << seed << ": " << options.dump() << ", " << trace.way;
      found += scanned.size();
      ++ways[trace.way];
    }
  }
  EXPECT_GT(found, 10'000u);   // or the histories are worth nothing
  for (const char* way : {"ids", "range", "walk", "columns"}) EXPECT_GT(ways[way], 200u) << way;
}

TEST(Indexed, KeepsWithinItsMemory) {
  index::Settings settings;
  settings.least_nodes = 0;
  settings.most_bytes = 8000;
  index::Indexes indexes(settings);
  TestGraph graph;
  graph.observe(indexes);
  for (int i = 0; i < 100; ++i) graph.put("n" + std::to_string(i), {{"a", i}, {"b", i}, {"c", i}, {"d", i}, {"e", i}});
  for (const char* field : {"a", "b", "c", "d", "e", "a"}) {
    const Query query = std::move(*Query::parse(Json{{"query", {{field, 7}}}}.dump()));
    EXPECT_EQ(query.run(graph.graph(), indexes)->size(), 1u);
    EXPECT_LE(indexes.bytes(), settings.most_bytes);
  }
  EXPECT_GT(indexes.bytes(), 0u);
  graph.clear();
  EXPECT_EQ(indexes.bytes(), 0u);
}

// Whoever turns pages pays for sorting all of it three times at most, and for nothing who looks once.
TEST(Indexed, AnOrderIsThereByTheThirdPage) {
  index::Indexes indexes{index::Settings()};
  TestGraph graph;
  graph.observe(indexes);
  for (int i = 0; i < 400; ++i) graph.put("n" + std::to_string(i), {{"score", i * 7919 % 400}});
  query::Trace trace;
  Json options{{"field", "score"}, {"$limit", 20}};
  for (int page = 0; page < 4; ++page) {
    trace = query::Trace();
    const auto found = Query::parse(options.dump())->run(graph.graph(), indexes, trace);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 20u);
    EXPECT_EQ(graph.graph().field(*found->front(), "score").number(), page * 20);
    EXPECT_EQ(indexes.standing()[0].sorted, page >= 2) << "page " << page;
    options["$after"] = std::string(graph.graph().id(*found->back()));
  }
  EXPECT_STREQ(trace.way, "walk");
}

// Texts side by side have their lengths between them, as bytes that might be part of a text.
TEST(Indexed, TextsSearchedAsOneAnswerAsEachAlone) {
  index::Indexes indexes{index::Settings()};
  TestGraph graph;
  graph.observe(indexes);
  std::vector<std::string> texts;
  for (size_t i = 0; i < 200; ++i) texts.push_back(std::string(i * 7 % 70, "ab9 "[i % 4]) + (i % 5 ? "" : "\xd9\xa0"));
  const auto put = [&](size_t i) { graph.put("n" + std::to_string(i), {{"text", texts[i]}}); };
  for (size_t i = 0; i < texts.size(); ++i) put(i);
  for (int round = 0; round < 4; ++round) {
    for (const std::string part : {"", "a", "9", "@", " ", "99", "ab", "b9", "a*", "aaaa", "\xd9\xa0", "9\xd9\xa0"}) {
      const size_t wanted = static_cast<size_t>(std::count_if(texts.begin(), texts.end(), [&](const std::string& text) { return text.find(part) != std::string::npos; }));
      const Query query = std::move(*Query::parse(Json{{"query", {{"text", {{"$contains", part}}}}}}.dump()));
      EXPECT_EQ(query.run(graph.graph(), indexes)->size(), wanted) << part;
    }
    texts[static_cast<size_t>(round) * 31] += "b9";   // no longer beside the others
    put(static_cast<size_t>(round) * 31);
  }
}

}  // namespace
}  // namespace weft::test
