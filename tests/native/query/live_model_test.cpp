// The property: events applied in order rebuild what a fresh run gives. Worlds small enough for ties and
// large enough for windows that run dry.
#include <gtest/gtest.h>

#include <map>

#include "edge_oracle.h"
#include "live_world.h"
#include "random_query.h"

namespace weft::test {
namespace {


// `options` makes a query, `write` changes the world; some rounds subscribe, some unsubscribe.
template <class Options, class Write>
void check(uint64_t seed, int rounds, Options options, Write write) {
  RandomQuery random(seed);
  LiveWorld world;
  for (int i = 0; i < 30; ++i) write(random, world.graph);
  world.settle();
  for (int round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    if (round % 4 == 0) world.subscribe(options(random));
    else {
      for (size_t writes = 1 + random.below(random.below(12) == 0 ? 100 : 4); writes > 0; --writes) write(random, world.graph);
      world.refresh();
    }
    if (round % 23 == 22) world.unsubscribe_first();
    world.check("seed " + std::to_string(seed) + " round " + std::to_string(round));
  }
}

void write_anything(RandomQuery& random, TestGraph& graph) { random.write(graph); }

TEST(LiveModel, AnyQueryInASmallWorld) {
  for (uint64_t seed = 1000; seed < 1000 + seeds(60); ++seed)
    check(seed, 80, [](RandomQuery& random) { return random.options(); }, write_anything);
}

TEST(LiveModel, AnyEdgeQueryInASmallWorld) {
  for (uint64_t seed = 2000; seed < 2000 + seeds(60); ++seed)
    check(seed, 80, random_edge_options, write_anything);
}

// ---- hundreds of nodes, few values: many ties; removals that empty what windows keep in reserve

std::string far_id(RandomQuery& random) { return "n" + std::to_string(random.below(400)); }

void write_many(RandomQuery& random, TestGraph& graph) {
  const size_t kind = random.below(100);
  if (kind == 0) {
    const size_t from = random.below(400);
    for (size_t i = from; i < from + 120; ++i) graph.remove("n" + std::to_string(i % 400));
    return;
  }
  if (kind == 1) {
    for (int i = 0; i < 120; ++i) graph.put(far_id(random), {{"x", random.below(5)}});
    return;
  }
  if (kind == 2 && random.below(10) == 0) return graph.clear();
  if (kind < 70) return graph.put(far_id(random), {{"x", random.below(5)}, {"y", random.below(50)}});
  graph.remove(far_id(random));
}

Json window_options(RandomQuery& random) {
  Json options = Json::object();
  if (random.below(4) > 0) options["field"] = std::vector<const char*>{"x", "y", "timestamp", "id"}[random.below(4)];
  if (random.below(2)) options["order"] = "desc";
  if (random.below(2)) options["query"] = {{"x", {{"$lt", 1 + random.below(4)}}}};
  options["$limit"] = random.below(8);
  if (random.below(3) == 0) options["$skip"] = random.below(6);
  if (random.below(4) == 0) options["$after"] = far_id(random);
  if (random.below(4) == 0) options["$before"] = far_id(random);
  return options;
}

TEST(LiveModel, WindowsOfALargeWorld) {
  for (uint64_t seed = 3000; seed < 3000 + seeds(12); ++seed) check(seed, 300, window_options, write_many);
}

// ---- links that come and go between some forty nodes, so that ways are long and many

std::string near_id(RandomQuery& random) { return "m" + std::to_string(random.below(40)); }

void write_links(RandomQuery& random, TestGraph& graph) {
  const size_t kind = random.below(100);
  const char* label = random.below(3) ? "" : "likes";
  if (kind < 45) return graph.link(near_id(random), near_id(random), label);
  if (kind < 70) return graph.unlink(near_id(random), near_id(random), label);
  if (kind < 90) return graph.put(near_id(random), {{"x", random.below(4)}});
  if (kind < 92) return graph.put(near_id(random), {{"x", random.below(4)}}, false, graph.now() - 20 * 0x8000);
  if (kind < 99) return graph.remove(near_id(random), random.below(3) ? 0 : graph.now() - 10 * 0x8000);
  if (random.below(4) == 0) graph.clear(random.below(2) ? 0 : graph.now() - 10 * 0x8000);
}

Json walk(RandomQuery& random, int nested) {
  Json edge = Json::object();
  if (random.below(3) == 0) edge["x"] = {{"$gte", random.below(4)}};
  if (random.below(3) == 0) edge["$depth"] = 1 + random.below(5);
  if (random.below(2)) edge["$direction"] = std::vector<const char*>{"in", "any"}[random.below(2)];
  if (random.below(3) == 0) edge["$label"] = random.below(2) ? "likes" : "";
  if (nested > 0 && random.below(3) == 0) edge["$edge"] = walk(random, nested - 1);
  return edge;
}

Json walk_options(RandomQuery& random) {
  Json options = random.below(2) ? Json::object() : window_options(random);
  if (options.contains("$after")) options["$after"] = near_id(random);
  if (options.contains("$before")) options["$before"] = near_id(random);
  options["query"] = random.below(3) ? Json{{"id", near_id(random)}} : Json{{"x", random.below(4)}};
  options["query"]["$edge"] = walk(random, 2);
  return options;
}

TEST(LiveModel, WalksOverLinksThatComeAndGo) {
  for (uint64_t seed = 4000; seed < 4000 + seeds(30); ++seed) check(seed, 200, walk_options, write_links);
}

}  // namespace
}  // namespace weft::test
