#include "live_world.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weft::test {
namespace {

enum Action : uint8_t { kInitial, kAdded, kUpdated, kRemoved };

Query parse(const Json& options) {
  Result<Query> query = Query::parse(options.dump());
  WEFT_CHECK(query.ok());
  return std::move(*query);
}

Told shown(const Graph& graph, const Node& node) {
  Told all;
  graph.value(node, all.value);
  graph.for_each_edge(node, [&](ByteView target) { all.edges.emplace_back(target); });
  all.timestamp = graph.timestamp(node);
  return all;
}

// Empty when a cursor is not in the result.
std::vector<const Node*> fresh(const Graph& graph, const Query& query) {
  const auto result = query.run(graph);
  return result ? *result : std::vector<const Node*>();
}

}  // namespace

uint64_t seeds(uint64_t usual) {
  const char* runs = std::getenv("WEFT_RUNS");
  return runs ? std::strtoull(runs, nullptr, 10) : usual;
}

void LiveWorld::settle() {
  graph.take_touched();
  graph.take_links();
}

void LiveWorld::subscribe(const Json& options) {
  std::vector<LiveEvent> events;
  const Result<uint32_t> added = live_.add(parse(options), graph.graph(), events);
  if (added) watched_.emplace(*added, Watched{options, parse(options), {}});
  else EXPECT_EQ(added.error().code, Code::kCursorNotFound);
  hear(events);
}

void LiveWorld::unsubscribe_first() {
  if (watched_.empty()) return;
  live_.remove(watched_.begin()->first);
  watched_.erase(watched_.begin());
}

void LiveWorld::refresh() {
  std::vector<LiveEvent> events;
  live_.refresh(graph.take_touched(), graph.take_links(), graph.graph(), events);
  hear(events);
}

// By subscription; in one, removals first, then the rest in result order.
void LiveWorld::hear(const std::vector<LiveEvent>& events) {
  told_ += events.size();
  uint32_t subscription = 0;
  std::map<Buffer, size_t> places;
  size_t next = 0;
  for (const LiveEvent& event : events) {
    EXPECT_LE(subscription, event.subscription);
    Watched& watched = watched_.at(event.subscription);
    if (subscription != event.subscription) {
      subscription = event.subscription;
      places.clear();
      for (const Node* node : fresh(graph.graph(), watched.query)) places.emplace(graph.graph().id(*node), places.size() + 1);
      next = 0;
    }
    const size_t place = event.action == kRemoved ? 0 : places.at(event.node->id);
    EXPECT_LE(next, place) << event.node->id << " is told late: " << watched.options.dump();
    next = place;
    hear(event, watched);
  }
}

// Something new, and nothing twice.
void LiveWorld::hear(const LiveEvent& event, Watched& watched) {
  const Buffer& id = event.node->id;
  const Told now{event.node->value, event.node->edges, event.node->timestamp};
  const auto held = watched.rebuilt.find(id);
  const bool was_there = held != watched.rebuilt.end();
  EXPECT_EQ(was_there, event.action == kUpdated || event.action == kRemoved) << id;
  if (event.action == kUpdated && was_there) {
    EXPECT_FALSE(held->second == now) << id << " did not change";
  }
  if (event.action == kRemoved) {
    EXPECT_TRUE(now.value.empty() && now.edges.empty());
    watched.rebuilt.erase(id);
  } else {
    watched.rebuilt[id] = now;
  }
}

void LiveWorld::check(const std::string& where) {
  for (const auto& [subscription, watched] : watched_) {
    std::map<Buffer, Told> all;
    for (const Node* node : fresh(graph.graph(), watched.query)) all.emplace(graph.graph().id(*node), shown(graph.graph(), *node));
    ASSERT_TRUE(watched.rebuilt == all) << where << ": " << watched.options.dump();
  }
}

}  // namespace weft::test
