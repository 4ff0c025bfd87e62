#include "query/live_queries.h"

#include <gtest/gtest.h>

#include "test_graph.h"

namespace weft::test {
namespace {

Query parse(const Json& options) {
  Result<Query> query = Query::parse(options.dump());
  WEFT_CHECK(query.ok());
  return std::move(*query);
}

// One line an event: subscription, action, id, value.
std::vector<std::string> lines(const std::vector<LiveEvent>& events) {
  constexpr const char* kNames[] = {"initial", "added", "updated", "removed"};
  std::vector<std::string> all;
  for (const LiveEvent& event : events) {
    std::string line = std::to_string(event.subscription) + " " + kNames[event.action] + " " + event.node->id;
    if (!event.node->value.empty()) line += " " + decode(event.node->value).dump();
    for (const Buffer& target : event.node->edges) line += " >" + target;
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
    live_.refresh(graph_.take_touched(), graph_.take_links(), graph_.graph(), all);
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
  EXPECT_EQ(left[0].node->timestamp.clock, removed);
  EXPECT_EQ(left[1].node->timestamp.clock, changed) << "it merely left";
  graph_.clear();
  const std::vector<LiveEvent> cleared = events();
  ASSERT_EQ(cleared.size(), 1u);
  EXPECT_EQ(cleared[0].node->timestamp.clock, graph_.now());
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
  EXPECT_EQ(gone[0].node->timestamp.clock, graph_.now());
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

}  // namespace
}  // namespace weft::test
