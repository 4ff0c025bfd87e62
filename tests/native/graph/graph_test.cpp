// Single rules of docs/data-model.md, each by name. That they hold together is converge_test.cpp's.
#include <gtest/gtest.h>

#include "history.h"
#include "oracle.h"

namespace weft {
namespace {

using test::map_of;
using test::names_of;
using test::number;

Stamp at(uint64_t clock, uint64_t replica = 1) { return Stamp{clock, replica}; }

Buffer value_of(const Graph& graph, ByteView id) {
  const Node* node = graph.find(id);
  Buffer value;
  if (node) graph.value(*node, value);
  return value;
}

std::vector<std::string> edges_of(const Graph& graph, ByteView id) {
  std::vector<std::string> edges;
  if (const Node* node = graph.find(id)) graph.for_each_edge(*node, [&](ByteView target) { edges.emplace_back(target); });
  return edges;
}

// What put would become, applied.
OperationRef put(Graph& graph, ByteView id, const Buffer& value, const Stamp& stamp, bool node_writer = false) {
  OperationRef o = graph.plan_put(id, value, node_writer, stamp);
  if (o) graph.apply(o, nullptr);
  return o;
}

// A node that only links speak of is named by them, also while they go.
TEST(Node, KnownAsATargetOnlyGoesWithItsLink) {
  Graph graph;
  for (uint64_t round = 1; round < 100; round += 10) {
    const std::string target = "target " + std::to_string(round);
    graph.apply(Operation::link(at(round), "m", "", target, {}), nullptr);
    graph.apply(Operation::link(at(round + 1), "other", "", target, {}), nullptr);
    graph.apply(Operation::remove(at(round + 2), "other"), nullptr);
    EXPECT_EQ(graph.counts().links, 1u);
    put(graph, target, map_of({{"a", round}}), at(round + 3));
    put(graph, "m", map_of({{"a", round}}), at(round + 4));
    EXPECT_EQ(edges_of(graph, "m"), std::vector<std::string>{target});
    graph.apply(Operation::remove(at(round + 5), target), nullptr);
    EXPECT_EQ(graph.counts().links, 0u);
    graph.apply(Operation::link(at(round + 6), "m", "", "nobody", {}), nullptr);
    graph.apply(Operation::remove(at(round + 7), "m"), nullptr);
    EXPECT_EQ(graph.counts().links, 0u);
    EXPECT_EQ(graph.node_count(), 0u);
  }
  EXPECT_EQ(graph.slot_count(), 13u) << "m, other, ten targets that were removed, and one place for whom nobody knows";
}

// ---- what a put becomes

TEST(Put, CreatesThenPatchesWhatChanged) {
  Graph graph;
  EXPECT_EQ(put(graph, "n", map_of({{"a", 1}, {"b", 2}, {"c", 3}}), at(1))->kind(), Kind::kCreate);
  const OperationRef patch = put(graph, "n", map_of({{"a", 1}, {"b", 9}, {"d", 4}}), at(2));
  EXPECT_EQ(patch->kind(), Kind::kPatch);
  EXPECT_EQ(patch->fields(), map_of({{"b", 9}, {"d", 4}}));
  EXPECT_EQ(patch->deleted(), names_of({"c"}));
  EXPECT_EQ(value_of(graph, "n"), map_of({{"a", 1}, {"b", 9}, {"d", 4}}));
  EXPECT_EQ(graph.created(*graph.find("n")), at(1));
  EXPECT_EQ(graph.timestamp(*graph.find("n")), at(2));
}

TEST(Put, ThatChangesNothingIsNoOperation) {
  Graph graph;
  put(graph, "n", map_of({{"a", 1}}), at(1));
  EXPECT_FALSE(graph.plan_put("n", map_of({{"a", 1}}), false, at(2)));
  EXPECT_FALSE(graph.plan_put("n", map_of({{"a", 1}}), true, at(2)));
  put(graph, "n", map_of({{"a", 2}}), at(3));   // now two operations make the value
  put(graph, "n", map_of({{"a", 2}, {"b", 1}}), at(4));
  EXPECT_FALSE(graph.plan_put("n", map_of({{"a", 2}, {"b", 1}}), false, at(5)));
  EXPECT_FALSE(graph.plan_put("n", map_of({{"a", 2}, {"b", 1}}), true, at(5)));
  put(graph, "t", number(5), at(6));
  EXPECT_FALSE(graph.plan_put("t", number(5), false, at(7)));
}

TEST(Put, ReplacesWhereEitherValueIsNotAMapAndCarriesTheCreationStamp) {
  Graph graph;
  EXPECT_EQ(put(graph, "n", number(1), at(1))->created(), kNoStamp);
  const OperationRef to_map = put(graph, "n", map_of({{"a", 1}}), at(2));
  EXPECT_EQ(to_map->kind(), Kind::kReplace);
  EXPECT_EQ(to_map->created(), at(1));
  EXPECT_EQ(put(graph, "n", map_of({{"a", 2}}), at(3))->kind(), Kind::kPatch);
  const OperationRef to_number = put(graph, "n", number(7), at(4));
  EXPECT_EQ(to_number->kind(), Kind::kReplace);
  EXPECT_EQ(to_number->created(), at(1));
  EXPECT_EQ(graph.created(*graph.find("n")), at(1));
  EXPECT_EQ(graph.live_count(), 1u);
}

TEST(Put, ANodeWriterAlwaysReplaces) {
  Graph graph;
  EXPECT_EQ(put(graph, "n", map_of({{"a", 1}}), at(1), true)->kind(), Kind::kReplace);
  const OperationRef again = put(graph, "n", map_of({{"a", 1}, {"b", 1}}), at(2), true);
  EXPECT_EQ(again->kind(), Kind::kReplace);
  EXPECT_EQ(again->created(), at(1));
}

TEST(Put, ACreateDeletesTheNamesOfOrphanPatches) {
  Graph graph;
  graph.apply(Operation::patch(at(1), "n", map_of({{"b", 1}, {"c", 1}}), names_of({"d"})), nullptr);
  graph.apply(Operation::patch(at(2), "n", map_of({{"e", 1}}), {}), nullptr);
  EXPECT_EQ(graph.find("n"), nullptr);
  const OperationRef create = put(graph, "n", map_of({{"a", 5}, {"c", 5}}), at(3));
  EXPECT_EQ(create->kind(), Kind::kCreate);
  EXPECT_EQ(create->fields(), map_of({{"a", 5}, {"c", 5}})) << "all fields";
  EXPECT_EQ(create->deleted(), names_of({"b", "e"})) << "what the patches would add, and no more";
  EXPECT_EQ(value_of(graph, "n"), map_of({{"a", 5}, {"c", 5}}));
}

TEST(Put, OfAnEmptyMapMakesANode) {
  Graph graph;
  EXPECT_EQ(put(graph, "n", map_of({}), at(1))->kind(), Kind::kCreate);
  EXPECT_EQ(value_of(graph, "n"), map_of({}));
  EXPECT_FALSE(graph.plan_put("n", map_of({}), false, at(2)));
}

TEST(Remove, OfWhatIsNotThereIsNoOperation) {
  Graph graph;
  EXPECT_FALSE(graph.plan_remove("n", at(1)));
  graph.apply(Operation::patch(at(1), "n", map_of({{"a", 1}}), {}), nullptr);
  EXPECT_FALSE(graph.plan_remove("n", at(2))) << "a patch alone does not make a node";
  put(graph, "n", map_of({}), at(3));
  EXPECT_EQ(graph.plan_remove("n", at(4))->kind(), Kind::kRemove);
}

// ---- concurrent writes

TEST(Merge, DifferentFieldsOfOneNodeBothSurvive) {
  Graph graph;
  put(graph, "n", map_of({{"a", 1}, {"b", 1}}), at(1));
  graph.apply(Operation::patch(at(3, 2), "n", map_of({{"b", 2}}), {}), nullptr);
  graph.apply(Operation::patch(at(2, 3), "n", map_of({{"a", 3}}), {}), nullptr);
  EXPECT_EQ(value_of(graph, "n"), map_of({{"a", 3}, {"b", 2}}));
}

TEST(Merge, ARemoveBeatsAConcurrentPatchButNotALaterReplace) {
  Graph graph;
  put(graph, "n", map_of({{"a", 1}}), at(1));
  graph.apply(Operation::remove(at(2), "n"), nullptr);
  graph.apply(Operation::patch(at(3, 2), "n", map_of({{"a", 2}}), {}), nullptr);
  EXPECT_EQ(graph.find("n"), nullptr);
  graph.apply(Operation::replace(at(4, 2), "n", number(5), at(1)), nullptr);
  EXPECT_EQ(value_of(graph, "n"), number(5));
}

TEST(Merge, ATieIsBrokenTheSameWayInBothOrders) {
  // A comparison that keeps the local one on a tie leaves the two different for ever.
  const Buffer one = map_of({{"a", 1}}), two = map_of({{"a", 2}});
  const std::vector<std::pair<OperationRef, OperationRef>> ties = {
      {Operation::create(at(5), "n", one, {}), Operation::create(at(5), "n", two, {})},
      {Operation::replace(at(5), "n", one, kNoStamp), Operation::replace(at(5), "n", two, kNoStamp)},
      {Operation::link(at(5), "n", "", "n", one), Operation::link(at(5), "n", "", "n", two)},
      {Operation::link(at(5), "n", "", "n", one), Operation::unlink(at(5), "n", "", "n")},
  };
  for (const auto& [a, b] : ties) {
    Graph left, right;
    for (Graph* graph : {&left, &right}) put(*graph, "n", map_of({}), at(1));
    EXPECT_EQ(left.apply(a, nullptr), Applied::kChanged);
    EXPECT_EQ(right.apply(b, nullptr), Applied::kChanged);
    const bool b_is_greater = a->digest() < b->digest();
    const Applied expected_left = b_is_greater ? Applied::kConflictChanged : Applied::kConflict;
    const Applied expected_right = b_is_greater ? Applied::kConflict : Applied::kConflictChanged;
    EXPECT_EQ(left.apply(b, nullptr), expected_left);
    EXPECT_EQ(right.apply(a, nullptr), expected_right);
    EXPECT_TRUE(left.fingerprint() == right.fingerprint());
    EXPECT_TRUE(test::view_of(left) == test::view_of(right));
    EXPECT_EQ(left.live(at(5))->bytes(), (b_is_greater ? b : a)->bytes());
  }
}

// ---- tombstones

TEST(Tombstone, StaysWhenItsNodeIsCreatedAgain) {
  // Dropped, it would let a late patch or link from the node's former life return.
  Graph graph;
  put(graph, "m", map_of({}), at(1));
  put(graph, "n", map_of({{"a", 1}}), at(2));
  graph.apply(graph.plan_remove("n", at(5)), nullptr);
  put(graph, "n", map_of({{"b", 1}}), at(6));
  EXPECT_TRUE(graph.is_live(at(5)));
  EXPECT_EQ(graph.apply(Operation::patch(at(4, 2), "n", map_of({{"a", 9}}), {}), nullptr), Applied::kKnown);
  EXPECT_EQ(graph.apply(Operation::link(at(3, 2), "m", "", "n", {}), nullptr), Applied::kKnown);
  EXPECT_EQ(graph.apply(Operation::create(at(4, 3), "n", map_of({{"c", 9}}), {}), nullptr), Applied::kKnown);
  EXPECT_EQ(value_of(graph, "n"), map_of({{"b", 1}}));
  EXPECT_TRUE(edges_of(graph, "m").empty());
  EXPECT_EQ(graph.counts().removes, 1u);
}

TEST(Tombstone, ALaterRemoveTakesItsPlace) {
  Graph graph;
  graph.apply(Operation::remove(at(5), "n"), nullptr);
  EXPECT_EQ(graph.removed_at("n"), at(5));
  EXPECT_EQ(graph.apply(Operation::remove(at(4), "n"), nullptr), Applied::kKnown);
  EXPECT_EQ(graph.apply(Operation::remove(at(7), "n"), nullptr), Applied::kChanged);
  EXPECT_EQ(graph.live_count(), 1u);
  EXPECT_EQ(graph.removed_at("n"), at(7));
}

TEST(Tombstone, ClearDropsThemAllAndCoversEveryId) {
  Graph graph;
  put(graph, "m", map_of({}), at(1));
  graph.apply(Operation::remove(at(2), "n"), nullptr);
  put(graph, "later", map_of({}), at(9));
  graph.apply(graph.plan_clear(at(5)), nullptr);
  EXPECT_EQ(graph.live_count(), 2u);
  EXPECT_EQ(graph.node_count(), 1u);
  EXPECT_EQ(graph.removed_at("never seen"), at(5));
  EXPECT_EQ(graph.apply(Operation::create(at(4), "x", map_of({}), {}), nullptr), Applied::kKnown);
  graph.apply(graph.plan_clear(at(10)), nullptr);
  EXPECT_EQ(graph.live_count(), 1u);
  EXPECT_EQ(graph.counts().clears, 1u);
}

// ---- links

TEST(Links, NeedBothEndsAndANewValue) {
  Graph graph;
  put(graph, "m", map_of({}), at(1));
  EXPECT_EQ(graph.plan_link("m", "", "n", {}, at(2)).error().code, Code::kNodeNotFound);
  EXPECT_EQ(graph.plan_link("n", "", "m", {}, at(2)).error().code, Code::kNodeNotFound);
  put(graph, "n", map_of({}), at(2));
  graph.apply(*graph.plan_link("m", "", "n", {}, at(3)), nullptr);
  EXPECT_FALSE(*graph.plan_link("m", "", "n", {}, at(4)));
  EXPECT_TRUE(*graph.plan_link("m", "", "n", number(1), at(4))) << "another value";
  EXPECT_TRUE(*graph.plan_link("m", "likes", "n", {}, at(4))) << "another label";
  EXPECT_FALSE(graph.plan_unlink("m", "likes", "n", at(5)));
  graph.apply(graph.plan_unlink("m", "", "n", at(5)), nullptr);
  EXPECT_FALSE(graph.plan_unlink("m", "", "n", at(6)));
  EXPECT_TRUE(edges_of(graph, "m").empty());
}

TEST(Links, AnEarlierOrRepeatedOneIsKnown) {
  Graph graph;
  for (ByteView id : {"m", "n"}) put(graph, id, map_of({}), at(1));
  const OperationRef link = Operation::link(at(5), "m", "", "n", {});
  EXPECT_EQ(graph.apply(link, nullptr), Applied::kChanged);
  EXPECT_EQ(graph.apply(*Operation::decode(link->bytes()), nullptr), Applied::kKnown);
  EXPECT_EQ(graph.apply(Operation::unlink(at(4), "m", "", "n"), nullptr), Applied::kKnown);
  EXPECT_EQ(edges_of(graph, "m"), std::vector<std::string>{"n"});
}

TEST(Links, EdgesComeInStampOrderEachTargetOnce) {
  Graph graph;
  for (ByteView id : {"m", "a", "b", "c"}) put(graph, id, map_of({}), at(1));
  graph.apply(Operation::link(at(9), "m", "", "a", {}), nullptr);
  graph.apply(Operation::link(at(5), "m", "", "b", {}), nullptr);
  graph.apply(Operation::link(at(7), "m", "x", "a", {}), nullptr);
  graph.apply(Operation::link(at(8), "m", "", "c", {}), nullptr);
  graph.apply(Operation::link(at(6), "m", "", "absent", {}), nullptr);
  EXPECT_EQ(edges_of(graph, "m"), (std::vector<std::string>{"b", "a", "c"}));
  graph.apply(Operation::remove(at(20), "c"), nullptr);
  graph.apply(Operation::unlink(at(21), "m", "x", "a"), nullptr);
  EXPECT_EQ(edges_of(graph, "m"), (std::vector<std::string>{"b", "a"}));
  put(graph, "absent", map_of({}), at(22));
  EXPECT_EQ(edges_of(graph, "m"), (std::vector<std::string>{"b", "absent", "a"}));
}

TEST(Links, AreListedByDirectionAndLabel) {
  Graph graph;
  for (ByteView id : {"m", "n", "o"}) put(graph, id, map_of({}), at(1));
  graph.apply(Operation::link(at(2), "m", "", "n", number(4)), nullptr);
  graph.apply(Operation::link(at(3), "o", "likes", "m", {}), nullptr);
  graph.apply(Operation::link(at(4), "m", "likes", "m", {}), nullptr);
  graph.apply(Operation::link(at(5), "m", "", "gone", {}), nullptr);
  const auto list = [&](Direction direction, const std::optional<Buffer>& label) {
    std::string text;
    graph.for_each_link("m", direction, label, [&](const LinkView& l) { text += Buffer(l.source) + ">" + Buffer(l.target) + " "; });
    return text;
  };
  EXPECT_EQ(list(Direction::kOut, std::nullopt), "m>n m>m ");
  EXPECT_EQ(list(Direction::kIn, std::nullopt), "o>m m>m ");
  EXPECT_EQ(list(Direction::kAny, std::nullopt), "m>n o>m m>m ");
  EXPECT_EQ(list(Direction::kAny, Buffer("likes")), "o>m m>m ");
  EXPECT_EQ(list(Direction::kOut, Buffer()), "m>n ") << "the empty label is a label";
}

TEST(Links, ARemoveTakesThoseOfBothDirectionsAndReportsTheSources) {
  Graph graph;
  for (ByteView id : {"m", "n", "o"}) put(graph, id, map_of({}), at(1));
  for (uint64_t i = 0; i < 100; ++i) {   // enough for holes to be closed on the way
    const std::string id = "s" + std::to_string(i);
    put(graph, id, map_of({}), at(2));
    graph.apply(Operation::link(at(10 + i), id, "", "n", {}), nullptr);
    graph.apply(Operation::link(at(200 + i), "n", "", id, {}), nullptr);
  }
  graph.apply(Operation::link(at(1000), "o", "", "n", {}), nullptr);   // after the remove to come
  std::vector<Buffer> touched;
  graph.apply(Operation::remove(at(500), "n"), &touched);
  EXPECT_EQ(graph.counts().links, 1u);
  for (ByteView id : {"n", "o", "s0", "s99"}) EXPECT_NE(std::find(touched.begin(), touched.end(), id), touched.end()) << id;
  EXPECT_EQ(std::find(touched.begin(), touched.end(), "m"), touched.end());
  put(graph, "n", map_of({}), at(1001));
  EXPECT_EQ(edges_of(graph, "o"), std::vector<std::string>{"n"});
  EXPECT_TRUE(edges_of(graph, "s5").empty());
}

// ---- the live set

TEST(LiveSet, AnOverwrittenOperationIsNotServedUnderItsOldStamp) {
  Graph graph;
  const OperationRef create = put(graph, "n", map_of({{"a", 1}, {"b", 1}}), at(1));
  const OperationRef first = put(graph, "n", map_of({{"a", 2}, {"b", 1}}), at(2));
  const OperationRef second = put(graph, "n", map_of({{"a", 3}, {"b", 1}}), at(3));
  EXPECT_TRUE(graph.is_live(*create));
  EXPECT_FALSE(graph.is_live(*first));
  EXPECT_FALSE(graph.is_live(at(2)));
  EXPECT_FALSE(graph.live(at(2)));
  EXPECT_EQ(graph.live(at(3))->bytes(), second->bytes());
  EXPECT_FALSE(graph.is_live(*Operation::patch(at(3), "n", map_of({{"a", 9}}), {}))) << "another content";
  EXPECT_TRUE(graph.is_live(**Operation::decode(second->bytes())));
}

TEST(LiveSet, AFingerprintKeptUpToDateEqualsOneMadeAfresh) {
  Graph kept;
  for (uint64_t i = 1; i < 500; ++i) {
    put(kept, "n" + std::to_string(i % 50), map_of({{"a", i}, {"b", i % 3}}), at(i));
    if (i % 7 == 0) kept.fingerprint();
    if (i % 31 == 0) kept.apply(kept.plan_remove("n" + std::to_string(i % 50), at(i + 1000)), nullptr);
  }
  Graph fresh(99);
  for (const OperationRef& o : kept.live_in_stamp_order()) fresh.apply(o, nullptr);
  EXPECT_TRUE(fresh.fingerprint() == kept.fingerprint());
  EXPECT_EQ(fresh.fingerprint().count, kept.live_count());
  kept.apply(kept.plan_clear(at(5000)), nullptr);
  EXPECT_FALSE(fresh.fingerprint() == kept.fingerprint());
  fresh.apply(kept.live(at(5000)), nullptr);
  EXPECT_TRUE(fresh.fingerprint() == kept.fingerprint());
}

TEST(LiveSet, CountsWeighWhatThereIs) {
  Graph graph;
  uint64_t bytes = put(graph, "m", map_of({}), at(1))->bytes().size() + put(graph, "n", map_of({}), at(2))->bytes().size();
  const OperationRef link = *graph.plan_link("m", "", "n", {}, at(3));
  graph.apply(link, nullptr);
  const GraphCounts before = graph.counts();
  EXPECT_EQ(before.nodes, 2u);
  EXPECT_EQ(before.links, 1u);
  EXPECT_EQ(before.live_operations, 3u);
  EXPECT_EQ(before.live_bytes, bytes + link->bytes().size());
  EXPECT_EQ(before.tombstone_bytes, 0u);
  const OperationRef unlink = graph.plan_unlink("m", "", "n", at(4));
  graph.apply(unlink, nullptr);
  EXPECT_EQ(graph.counts().links, 0u);
  EXPECT_EQ(graph.counts().unlinks, 1u);
  EXPECT_EQ(graph.counts().tombstone_bytes, unlink->bytes().size());
}

TEST(LiveSet, ANodeKeepsAtMostTwoMoreThanTheNamesEverTouched) {
  Graph graph;
  for (uint64_t i = 1; i < 2000; ++i) put(graph, "n", map_of({{"a", i % 7 + i}, {"b", i % 11}, {"c", i % 13}}), at(i));
  EXPECT_LE(graph.live_count(), 3u + 2u);
}

TEST(Values, ManyFieldsMergeInAnyOrder) {
  test::Random random(4);
  std::vector<OperationRef> log;
  for (uint64_t i = 0; i < 60; ++i) {
    std::set<std::string> names;
    for (uint64_t n = random.below(80) + 1; n > 0; --n) names.insert("f" + std::to_string(random.below(200)));
    test::Fields fields;
    for (const std::string& name : names) fields.emplace_back(name, i);
    const Stamp stamp{random.below(1000) + 1, i + 1};
    log.push_back(i % 3 == 0 ? Operation::create(stamp, "n", map_of(fields), {}) : Operation::patch(stamp, "n", map_of(fields), {}));
  }
  const test::View expected = test::Oracle(log).view();
  for (int round = 0; round < 20; ++round) {
    random.shuffle(log);
    Graph graph;
    for (const OperationRef& o : log) graph.apply(o, nullptr);
    ASSERT_TRUE(test::view_of(graph) == expected);
  }
}

TEST(Reading, ACallbackMayReadOn) {
  Graph graph;
  for (ByteView id : {"a", "b", "c"}) put(graph, id, map_of({}), at(1));
  for (ByteView from : {"a", "b", "c"})
    for (ByteView to : {"a", "b", "c"})
      for (ByteView label : {"", "x"}) graph.apply(Operation::link(at(5), from, label, to, {}), nullptr);
  size_t steps = 0;
  graph.for_each_node([&](const Node& node) {
    graph.for_each_edge(node, [&](ByteView target) {
      graph.for_each_edge(*graph.find(target), [&](ByteView) { ++steps; });
    });
  });
  EXPECT_EQ(steps, 27u);
}

TEST(Reading, AMovedGraphStillOwnsItsOperations) {
  Graph graph(5);
  put(graph, "n", map_of({{"a", 1}}), at(1));
  const Graph moved = std::move(graph);
  EXPECT_EQ(value_of(moved, "n"), map_of({{"a", 1}}));
  graph = Graph(6);
  EXPECT_EQ(graph.node_count(), 0u);
}

}  // namespace
}  // namespace weft
