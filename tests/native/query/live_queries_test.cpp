#include "query/live_queries.h"

#include <gtest/gtest.h>

#include <map>

#include "edge_oracle.h"
#include "random_query.h"

namespace weft::test {
namespace {

enum Action : uint8_t { kInitial, kAdded, kUpdated, kRemoved };

struct Shown {
  Buffer value;
  std::vector<Buffer> edges;
  Stamp timestamp;
  friend bool operator==(const Shown& a, const Shown& b) {
    return a.value == b.value && a.edges == b.edges && a.timestamp == b.timestamp;
  }
};
using Rebuilt = std::map<Buffer, Shown>;

Query parse(const Json& options) {
  Result<Query> query = Query::parse(options.dump());
  WEFT_CHECK(query.ok());
  return std::move(*query);
}

Shown shown(const Graph& graph, const Node& node) {
  Shown all;
  graph.value(node, all.value);
  graph.for_each_edge(node, [&](ByteView target) { all.edges.emplace_back(target); });
  all.timestamp = graph.timestamp(node);
  return all;
}

// The result of running the query afresh; empty when its cursor is not there.
Rebuilt fresh(const Graph& graph, const Query& query) {
  Rebuilt all;
  const auto result = query.run(graph);
  if (!result) return all;
  for (const Node* node : *result) all.emplace(graph.id(*node), shown(graph, *node));
  return all;
}

// Applies one event and checks that it tells something new and nothing twice.
void apply(const LiveEvent& event, Rebuilt& rebuilt) {
  const Shown now{event.value, event.edges, event.timestamp};
  const auto held = rebuilt.find(event.id);
  switch (event.action) {
    case kInitial:
    case kAdded:
      EXPECT_TRUE(held == rebuilt.end()) << event.id << " was there";
      rebuilt[event.id] = now;
      break;
    case kUpdated:
      ASSERT_TRUE(held != rebuilt.end()) << event.id << " was not there";
      EXPECT_FALSE(held->second == now) << event.id << " did not change";
      held->second = now;
      break;
    default:
      EXPECT_EQ(rebuilt.erase(event.id), 1u) << event.id << " was not there";
      EXPECT_TRUE(event.value.empty() && event.edges.empty());
  }
}

// One line an event: subscription, action, id, value.
std::vector<std::string> lines(const std::vector<LiveEvent>& events) {
  constexpr const char* kNames[] = {"initial", "added", "updated", "removed"};
  std::vector<std::string> all;
  for (const LiveEvent& event : events) {
    std::string line = std::to_string(event.subscription) + " " + kNames[event.action] + " " + event.id;
    if (!event.value.empty()) line += " " + decode(event.value).dump();
    for (const Buffer& target : event.edges) line += " >" + target;
    all.push_back(line);
  }
  return all;
}

using Lines = std::vector<std::string>;

class Live : public testing::Test {
 protected:
  Lines add(const Json& options) {
    std::vector<LiveEvent> events;
    EXPECT_TRUE(live_.add(parse(options), graph_.graph(), events));
    return lines(events);
  }
  std::vector<LiveEvent> events() {
    std::vector<LiveEvent> all;
    live_.refresh(graph_.take_touched(), graph_.graph(), all);
    return all;
  }
  Lines refresh() { return lines(events()); }

  TestGraph graph_;
  LiveQueries live_;
};

TEST_F(Live, TellsInitialAddedUpdatedRemoved) {
  graph_.put("b", {{"x", 2}});
  graph_.put("a", {{"x", 3}});
  graph_.put("c", {{"x", 0}});
  EXPECT_EQ(add({{"query", {{"x", {{"$gt", 1}}}}}, {"field", "x"}}), (Lines{R"(1 initial b {"x":2})", R"(1 initial a {"x":3})"}));
  graph_.take_touched();
  EXPECT_EQ(refresh(), Lines{});

  graph_.put("c", {{"x", 5}});
  EXPECT_EQ(refresh(), Lines{R"(1 added c {"x":5})"});
  graph_.put("c", {{"x", 6}});
  EXPECT_EQ(refresh(), Lines{R"(1 updated c {"x":6})"});
  graph_.link("c", "a");
  EXPECT_EQ(refresh(), Lines{R"(1 updated c {"x":6} >a)"});
  graph_.put("c", {{"x", 1}});
  EXPECT_EQ(refresh(), Lines{"1 removed c"});
  graph_.put("c", {{"x", 0}});
  EXPECT_EQ(refresh(), Lines{}) << "outside before and after";
  graph_.remove("a");
  EXPECT_EQ(refresh(), Lines{"1 removed a"});
  graph_.remove("a");
  EXPECT_EQ(refresh(), Lines{});
}

TEST_F(Live, OneRoundTellsRemovalsFirstThenTheRestInResultOrder) {
  for (const char* id : {"a", "b", "c"}) graph_.put(id, {{"x", 5}});
  add({{"query", {{"x", {{"$gt", 0}}}}}, {"field", "x"}});
  graph_.take_touched();
  graph_.put("d", {{"x", 9}});
  graph_.put("a", {{"x", 8}});
  graph_.put("b", {{"x", 0}});
  graph_.put("e", {{"x", 1}});
  graph_.put("e", {{"x", 2}});
  graph_.remove("c");
  EXPECT_EQ(refresh(), (Lines{"1 removed b", "1 removed c", R"(1 added e {"x":2})", R"(1 updated a {"x":8})", R"(1 added d {"x":9})"}));
}

TEST_F(Live, RemovedCarriesTheStampOfWhatRemovedIt) {
  for (const char* id : {"a", "b", "c"}) graph_.put(id, {{"x", 1}});
  add({{"query", {{"x", 1}}}});
  graph_.take_touched();
  graph_.remove("a");
  const uint64_t removed = graph_.now();
  graph_.put("b", {{"x", 2}});
  const uint64_t changed = graph_.now();
  const std::vector<LiveEvent> left = events();
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].timestamp.clock, removed);
  EXPECT_EQ(left[1].timestamp.clock, changed) << "it merely left";
  graph_.clear();
  const std::vector<LiveEvent> cleared = events();
  ASSERT_EQ(cleared.size(), 1u);
  EXPECT_EQ(cleared[0].timestamp.clock, graph_.now());
}

TEST_F(Live, AnOlderChangeThatArrivesLateIsTold) {   // the timestamp stays, the value does not
  graph_.put("a", {{"x", 1}, {"y", 1}});
  const uint64_t between = graph_.now() + 1;
  graph_.put("a", {{"x", 2}, {"y", 1}});
  add(Json::object());
  graph_.take_touched();
  const Stamp before = graph_.graph().timestamp(*graph_.graph().find("a"));
  graph_.put("a", {{"x", 2}, {"y", 2}}, false, between);
  EXPECT_EQ(refresh(), Lines{R"(1 updated a {"x":2,"y":2})"});
  EXPECT_EQ(graph_.graph().timestamp(*graph_.graph().find("a")), before);
}

TEST_F(Live, WindowsMoveOn) {
  for (const char* id : {"a", "b", "c", "d"}) graph_.put(id, {{"x", id}});
  EXPECT_EQ(add({{"field", "x"}, {"$limit", 2}}), (Lines{R"(1 initial a {"x":"a"})", R"(1 initial b {"x":"b"})"}));
  add({{"field", "x"}, {"$after", "b"}, {"$limit", 1}});
  graph_.take_touched();

  graph_.put("0", {{"x", "0"}});
  EXPECT_EQ(refresh(), (Lines{"1 removed b", R"(1 added 0 {"x":"0"})"}));
  graph_.remove("a");
  EXPECT_EQ(refresh(), (Lines{"1 removed a", R"(1 added b {"x":"b"})"}));
  graph_.remove("b");
  EXPECT_EQ(refresh(), (Lines{"1 removed b", R"(1 added c {"x":"c"})", "2 removed c"})) << "its cursor is gone";
  graph_.put("b", {{"x", "b"}});
  EXPECT_EQ(refresh(), (Lines{"1 removed c", R"(1 added b {"x":"b"})", R"(2 added c {"x":"c"})"}));
  graph_.put("d", {{"x", "dd"}});
  EXPECT_EQ(refresh(), Lines{}) << "outside both windows";
}

TEST_F(Live, ACursorThatIsNotThereRejects) {
  std::vector<LiveEvent> events;
  const Result<uint32_t> added = live_.add(parse({{"$after", "nobody"}}), graph_.graph(), events);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::kCursorNotFound);
  EXPECT_TRUE(events.empty());
  EXPECT_TRUE(live_.empty());
}

TEST_F(Live, OneNode) {
  std::vector<LiveEvent> first;
  EXPECT_EQ(live_.add_node("a", graph_.graph(), first), 1u);
  EXPECT_EQ(lines(first), Lines{"1 initial a"}) << "null";
  graph_.put("b", 1);
  EXPECT_EQ(refresh(), Lines{});
  graph_.put("a", {{"x", 1}});
  EXPECT_EQ(refresh(), Lines{R"(1 added a {"x":1})"});
  EXPECT_EQ(live_.add_node("a", graph_.graph(), first), 2u);
  EXPECT_EQ(lines(first).back(), R"(2 initial a {"x":1})");
  graph_.link("a", "b");
  EXPECT_EQ(refresh(), (Lines{R"(1 updated a {"x":1} >b)", R"(2 updated a {"x":1} >b)"}));
  graph_.remove("b");
  EXPECT_EQ(refresh(), (Lines{R"(1 updated a {"x":1})", R"(2 updated a {"x":1})"})) << "an edge whose target is gone";
  graph_.remove("a");
  const std::vector<LiveEvent> gone = events();
  EXPECT_EQ(lines(gone), (Lines{"1 removed a", "2 removed a"}));
  EXPECT_EQ(gone[0].timestamp.clock, graph_.now());
  live_.remove(1);
  graph_.put("a", 5);
  EXPECT_EQ(refresh(), Lines{"2 added a 5"});
}

TEST_F(Live, SubscriptionsAnswerInTheOrderTheyWereMade) {
  std::vector<LiveEvent> ignored;
  live_.add_node("a", graph_.graph(), ignored);
  add(Json::object());
  live_.add_node("a", graph_.graph(), ignored);
  add({{"query", {{"x", 9}}}});
  add(Json::object());
  graph_.put("a", {{"x", 1}});
  EXPECT_EQ(refresh(), (Lines{R"(1 added a {"x":1})", R"(2 added a {"x":1})", R"(3 added a {"x":1})", R"(5 added a {"x":1})"}));
  live_.remove(2);
  live_.remove(2);
  live_.remove(99);
  live_.remove(1);
  graph_.remove("a");
  EXPECT_EQ(refresh(), (Lines{"3 removed a", "5 removed a"}));
  for (uint32_t subscription : {3, 4, 5}) live_.remove(subscription);
  EXPECT_TRUE(live_.empty());
}

// ---- the property: events applied in order rebuild what a fresh run gives

struct Watched {
  Json options;
  Query query;
  Rebuilt rebuilt;
};

TEST(LiveProperty, EventsRebuildAFreshRun) {
  size_t told = 0;
  for (int seed = 0; seed < 60; ++seed) {
    RandomQuery random(1000 + seed);
    TestGraph graph;
    LiveQueries live;
    std::map<uint32_t, Watched> watched;
    for (int i = 0; i < 20; ++i) random.write(graph);
    graph.take_touched();

    for (int round = 0; round < 80 && !testing::Test::HasFailure(); ++round) {
      std::vector<LiveEvent> events;
      if (round % 4 == 0) {
        const Json options = random.below(2) ? random.options() : random_edge_options(random);
        if (const Result<uint32_t> added = live.add(parse(options), graph.graph(), events); added)
          watched.emplace(*added, Watched{options, parse(options), {}});
        else
          EXPECT_EQ(added.error().code, Code::kCursorNotFound);
      } else {
        for (size_t writes = random.below(4); writes > 0; --writes) random.write(graph);
        live.refresh(graph.take_touched(), graph.graph(), events);
      }
      if (round % 23 == 22 && !watched.empty()) {
        live.remove(watched.begin()->first);
        watched.erase(watched.begin());
      }
      told += events.size();
      uint32_t last = 0;
      for (const LiveEvent& event : events) {
        EXPECT_LE(last, event.subscription);
        last = event.subscription;
        if (const auto at = watched.find(event.subscription); at != watched.end()) apply(event, at->second.rebuilt);
      }
      for (const auto& [subscription, one] : watched)
        ASSERT_TRUE(one.rebuilt == fresh(graph.graph(), one.query))
            << "seed " << seed << " round " << round << ": " << one.options.dump();
    }
  }
  EXPECT_GT(told, 5'000u);
}

}  // namespace
}  // namespace weft::test
