#include <gtest/gtest.h>

#include "edge_oracle.h"
#include "query/query.h"

namespace weft::test {
namespace {

using Ids = std::vector<std::string>;

class Edge : public testing::Test {
 protected:
  // "a>b" links a to b, "a-likes>b" with a label; nodes come to be as they are named.
  void have(const std::vector<std::string>& links) {
    for (const std::string& link : links) {
      const size_t arrow = link.find('>'), dash = link.find('-');
      const std::string source = link.substr(0, std::min(arrow, dash)), target = link.substr(arrow + 1);
      node(source);
      node(target);
      graph_.link(source, target, dash < arrow ? link.substr(dash + 1, arrow - dash - 1) : "");
    }
  }
  void node(const std::string& id) {
    if (!graph_.graph().find(id)) graph_.put(id, {{"name", id}});
  }
  Ids from(const std::string& start, const Json& edge) { return run({{"query", {{"id", start}, {"$edge", edge}}}}); }
  Ids run(const Json& options) { return ids_of(graph_.graph(), options); }

  TestGraph graph_;
  const Json all_ = Json::object();
};

TEST_F(Edge, ReachesWhatLinksLeadToEachOnceByDistance) {
  have({"a>b", "a>c", "b>d", "c>d", "d>e"});
  node("f");
  EXPECT_EQ(from("a", all_), (Ids{"b", "c", "d", "e"}));
  EXPECT_EQ(from("e", all_), Ids{});
  EXPECT_EQ(from("nobody", all_), Ids{});
}

TEST_F(Edge, AStartIsAResultOnlyIfALinkLeadsToIt) {
  have({"a>b", "b>c", "c>a", "d>d", "e>a"});
  EXPECT_EQ(from("a", all_), (Ids{"b", "c", "a"})) << "a cycle";
  EXPECT_EQ(from("d", all_), Ids{"d"}) << "a loop";
  EXPECT_EQ(from("e", all_), (Ids{"a", "b", "c"}));
  EXPECT_EQ(run({{"query", {{"id", {{"$in", {"a", "e"}}}}, {"$edge", {{"$depth", 1}}}}}}), (Ids{"a", "b"})) << "from the other start";
}

TEST_F(Edge, GoesOnThroughWhatDoesNotMatch) {
  have({"a>b", "b>c"});
  EXPECT_EQ(from("a", {{"name", "c"}}), Ids{"c"});
}

TEST_F(Edge, NeverThroughWhatIsNotThere) {
  have({"a>b", "b>c"});
  graph_.remove("b");
  EXPECT_EQ(from("a", all_), Ids{});
  node("b");
  EXPECT_EQ(from("a", all_), Ids{}) << "a remove takes the links";
  EXPECT_EQ(from("b", all_), Ids{});
}

TEST_F(Edge, DepthDirectionLabel) {
  have({"a-knows>b", "b-knows>c", "c-likes>d", "x-knows>a"});
  EXPECT_EQ(from("a", {{"$depth", 1}}), Ids{"b"});
  EXPECT_EQ(from("a", {{"$depth", 2}}), (Ids{"b", "c"}));
  EXPECT_EQ(from("a", {{"$label", "knows"}}), (Ids{"b", "c"})) << "each link of the way has the label";
  EXPECT_EQ(from("a", {{"$label", ""}}), Ids{});
  EXPECT_EQ(from("d", {{"$direction", "in"}}), (Ids{"c", "b", "a", "x"}));
  EXPECT_EQ(from("b", {{"$direction", "any"}, {"$depth", 1}}), (Ids{"a", "c"}));
  EXPECT_EQ(from("b", {{"$direction", "any"}, {"$depth", 2}}), (Ids{"a", "c", "b", "d", "x"})) << "there and back again";
}

TEST_F(Edge, TwoLabelsBetweenTheSameNodesAreOneWay) {
  have({"a>b", "a-likes>b"});
  EXPECT_EQ(from("a", all_), Ids{"b"});
  graph_.unlink("a", "b");
  EXPECT_EQ(from("a", all_), Ids{"b"});
}

TEST_F(Edge, NestedWalksGoOnFromTheMatches) {
  have({"team-has>ann", "team-has>bob", "ann-owns>car", "bob-owns>bike", "team-owns>van"});
  EXPECT_EQ(from("team", {{"$label", "has"}, {"$edge", {{"$label", "owns"}}}}), (Ids{"car", "bike"}));
  EXPECT_EQ(from("team", {{"name", "ann"}, {"$edge", {{"$label", "owns"}}}}), Ids{"car"});
  EXPECT_EQ(from("car", {{"$direction", "in"}, {"$depth", 1}, {"$edge", {{"$direction", "in"}, {"$edge", {{"$label", "has"}}}}}}), (Ids{"ann", "bob"}));
}

TEST_F(Edge, OrdersAndCutsLikeAnyResult) {
  have({"a>z", "a>b", "z>c", "b>y"});
  EXPECT_EQ(from("a", all_), (Ids{"z", "b", "c", "y"})) << "by distance, then creation";
  const Json query = {{"id", "a"}, {"$edge", all_}};
  EXPECT_EQ(run({{"query", query}, {"order", "desc"}}), (Ids{"y", "c", "b", "z"}));
  EXPECT_EQ(run({{"query", query}, {"field", "name"}}), (Ids{"b", "c", "y", "z"}));
  EXPECT_EQ(run({{"query", query}, {"field", "name"}, {"$after", "b"}, {"$limit", 2}}), (Ids{"c", "y"}));
  EXPECT_EQ(run({{"query", query}, {"$skip", 1}, {"$limit", 2}}), (Ids{"b", "c"}));
  EXPECT_EQ(run({{"query", query}, {"$before", "y"}, {"$limit", 1}}), Ids{"c"});
  EXPECT_EQ(run({{"query", query}, {"$after", "a"}}), Ids{"CURSOR_NOT_FOUND $after"}) << "a is no result";
}

TEST_F(Edge, Errors) {
  const auto wrong = [&](const Json& query) { return run({{"query", query}}).at(0); };
  EXPECT_EQ(wrong({{"$edge", 1}}), "INVALID_QUERY query.$edge");
  EXPECT_EQ(wrong({{"$edge", {{"$undefined", true}}}}), "INVALID_QUERY query.$edge");
  EXPECT_EQ(wrong({{"$edge", {{"$depth", 0}}}}), "INVALID_QUERY query.$edge.$depth");
  EXPECT_EQ(wrong({{"$edge", {{"$depth", 1.5}}}}), "INVALID_QUERY query.$edge.$depth");
  EXPECT_EQ(wrong({{"$edge", {{"$direction", "up"}}}}), "INVALID_QUERY query.$edge.$direction");
  EXPECT_EQ(wrong({{"$edge", {{"$label", 5}}}}), "INVALID_QUERY query.$edge.$label");
  EXPECT_EQ(wrong({{"$edge", {{"$edge", {{"x", {{"$gtt", 1}}}}}}}}), "UNKNOWN_OPERATOR query.$edge.$edge.x.$gtt");
  EXPECT_EQ(wrong({{"$or", {{{"$edge", all_}}}}}), "INVALID_QUERY query.$or[0].$edge");
  EXPECT_EQ(wrong({{"x", {{"$edge", all_}}}}), "INVALID_QUERY query.x.$edge");
  EXPECT_EQ(wrong({{"$depth", 2}}), "INVALID_QUERY query.$depth");
  EXPECT_TRUE(from("a", {{"$depth", {{"$undefined", true}}}, {"$label", nullptr}, {"$direction", nullptr}}).empty());
}

TEST(EdgeModel, AgreesWithTheOracle) {
  size_t found = 0, lost_cursors = 0;
  for (int seed = 0; seed < 60; ++seed) {
    RandomQuery random(7000 + seed);
    TestGraph graph;
    for (int i = 0; i < 80; ++i) random.write(graph);
    for (size_t i = random.below(40); i > 0; --i) graph.link(random.id(), random.id(), random.below(2) ? "likes" : "");
    for (int i = 0; i < 50; ++i) {
      const Json options = random_edge_options(random);
      const std::optional<Ids> expected = oracle_edge_run(options, graph.graph());
      const Ids ids = ids_of(graph.graph(), options);
      lost_cursors += !expected;
      if (!expected) ASSERT_EQ(ids.at(0).substr(0, 16), "CURSOR_NOT_FOUND") << "seed " << seed << ": " << options.dump();
      else ASSERT_EQ(ids, *expected) << "seed " << seed << ": " << options.dump();
      found += ids.size();
    }
  }
  EXPECT_GT(found, 2'000u);
  EXPECT_GT(lost_cursors, 0u);
}

}  // namespace
}  // namespace weft::test
