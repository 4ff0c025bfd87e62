// Places: cells and their bounds, and that queries about regions and distances find with an order of places
// what they find without, over points everywhere, most of all at the poles and the 180th meridian.
#include <gtest/gtest.h>

#include <random>

#include "index/indexes.h"
#include "query/execute.h"
#include "query/geo.h"
#include "query/query.h"
#include "test_graph.h"

namespace weft::test {
namespace {

using index::Box;
using index::Cell;
using query::Point;
using Ids = std::vector<std::string>;

class RandomPlaces {
 public:
  explicit RandomPlaces(uint64_t seed) : random_(seed) {}
  size_t below(size_t bound) { return random_() % bound; }
  double between(double low, double high) { return low + (high - low) * static_cast<double>(random_() >> 11) / 9007199254740992.0; }

  // Crowded in Vienna and where maps end; on a coarse grid now and then, so that there are ties and edges.
  Point point() {
    Point p;
    switch (below(6)) {
      case 0: p = {between(47, 49), between(15, 17)}; break;
      case 1: p = {between(-90, 90), below(2) ? between(179, 180) : between(-180, -179)}; break;
      case 2: p = {below(2) ? between(88, 90) : between(-90, -88), between(-180, 180)}; break;
      case 3: p = {static_cast<double>(below(5)) * 45 - 90, static_cast<double>(below(9)) * 45 - 180}; break;
      default: p = {between(-90, 90), between(-180, 180)};
    }
    return p;
  }
  double radius() { return below(8) == 0 ? 0 : std::exp(between(0, 10.5)); }
  Box box() {
    const Point a = point(), b = point();
    return {std::min(a.latitude, b.latitude), std::max(a.latitude, b.latitude), a.longitude, b.longitude};   // west may lie east
  }

 private:
  std::mt19937_64 random_;
};

Json json_of(const Point& p) { return {{"latitude", p.latitude}, {"longitude", p.longitude}}; }

bool encloses(const Box& box, const Point& p) {
  return box.south <= p.latitude && p.latitude <= box.north && box.west <= p.longitude && p.longitude <= box.east;
}

Point on_earth(const Point& p) {
  const double longitude = p.longitude > 180 ? p.longitude - 360 : p.longitude < -180 ? p.longitude + 360 : p.longitude;
  return {std::min(90.0, std::max(-90.0, p.latitude)), longitude};
}

TEST(Cells, EnclosePointsAndBoundTheirDistance) {
  RandomPlaces random(1);
  for (int i = 0; i < 20'000; ++i) {
    const Point here = random.point(), there = random.point();
    const uint64_t code = index::code_of(there);
    Cell cell;
    for (size_t depth = random.below(Cell::kMaxDepth + 1); depth > 0; --depth)
      for (const Cell& quarter : cell.quarters())
        if (quarter.first <= code && code <= quarter.last()) {
          cell = quarter;
          break;
        }
    ASSERT_TRUE(cell.first <= code && code <= cell.last());
    ASSERT_TRUE(encloses(cell.box(), there)) << there.latitude << " " << there.longitude;
    const double distance = query::distance_km(here, there);
    ASSERT_LE(query::least_distance_km(here, cell.box()), distance) << here.latitude << " " << here.longitude;
    ASSERT_GE(query::most_distance_km(here, cell.box()), distance) << here.latitude << " " << here.longitude;
    if (cell.depth == Cell::kMaxDepth) {
      ASSERT_NEAR(query::least_distance_km(here, cell.box()), distance, 0.002);
    }
  }
}

TEST(Cells, BoxesHoldTheirRegion) {
  RandomPlaces random(2);
  size_t within = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Point center = random.point();
    Json circle = json_of(center);
    circle["radius"] = random.radius();
    const auto region = *query::parse_circle(circle, "");
    for (int k = 0; k < 8; ++k) {
      Point p = random.point();
      if (k > 0) p = on_earth({center.latitude + random.between(-2, 2), center.longitude + random.between(-9, 9)});
      if (!region->has(p)) continue;
      ++within;
      const auto boxes = region->boxes();
      ASSERT_TRUE(std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) { return encloses(box, p); }))
          << circle << p.latitude << " " << p.longitude;
    }
  }
  EXPECT_GT(within, 20'000u);
}

// ---- queries

Json place(RandomPlaces& random) {
  switch (random.below(12)) {
    case 0: return {{"at", {json_of(random.point()), json_of(random.point()), 5}}};
    case 1: return json_of(random.point());
    case 2: return {{"at", "home"}};
    case 3: return {{"other", 1}};
    case 4: return json_of({random.between(-91, 91), 0});
    default: return {{"at", json_of(random.point())}, {"n", random.below(4)}};
  }
}

std::string id(RandomPlaces& random) { return "n" + std::to_string(random.below(400)); }

Json options(RandomPlaces& random) {
  Json options, query = Json::object();
  if (random.below(2)) {
    Json circle = json_of(random.point());
    circle["radius"] = random.radius();
    query["at"] = {{"$near", circle}};
  } else {
    const Box box = random.box();
    query["at"] = {{"$bbox", {{"minLat", box.south}, {"maxLat", box.north}, {"minLng", box.west}, {"maxLng", box.east}}}};
  }
  if (random.below(6) == 0) query = {{"$or", {query, {{"n", random.below(6)}}}}};
  if (random.below(6) == 0) query = {{"$not", query}};
  if (random.below(3) == 0) query["n"] = {{"$gte", random.below(4)}};
  if (random.below(3) > 0) options["query"] = query;
  if (random.below(2)) {
    options["field"] = "at";
    options["$near"] = json_of(random.point());
    if (random.below(3) == 0) options["order"] = "desc";
  }
  if (random.below(2)) options["$limit"] = random.below(12);
  if (random.below(5) == 0) options["$skip"] = random.below(6);
  if (random.below(4) == 0) options["$after"] = id(random);
  if (random.below(4) == 0) options["$before"] = id(random);
  return options;
}

Ids found(const Graph& graph, const Result<std::vector<const Node*>>& result) {
  if (!result) return {code_name(result.error().code)};
  Ids ids;
  for (const Node* node : *result) ids.emplace_back(graph.id(*node));
  return ids;
}

TEST(Places, FindWhatAScanFinds) {
  size_t total = 0, by_places = 0, walks = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomPlaces random(seed);
    index::Settings settings;
    settings.least_nodes = 0;
    settings.sort_after = seed % 3;
    if (seed % 5 == 0) settings.most_bytes = 4000;   // what is made comes and goes
    index::Indexes indexes(settings);
    TestGraph graph;
    graph.observe(indexes);
    if (seed % 2) indexes.declare(index::split("at"));
    for (int i = 0; i < 300; ++i) graph.put(id(random), place(random));
    for (int i = 0; i < 100; ++i) {
      for (size_t writes = random.below(8); writes > 0; --writes) {
        if (random.below(4)) graph.put(id(random), place(random));
        else graph.remove(id(random));
      }
      if (random.below(60) == 0) graph.clear();
      const Json asked = options(random);
      const Result<Query> query = Query::parse(asked.dump());
      ASSERT_TRUE(query) << asked.dump();
      const Ids scanned = found(graph.graph(), query->run(graph.graph()));
      query::Trace trace;
      ASSERT_EQ(found(graph.graph(), query->run(graph.graph(), indexes, trace)), scanned) << "seed " << seed << ": " << asked.dump() << ", " << trace.way;
      total += scanned.size();
      by_places += !trace.places.empty();
      walks += trace.way == std::string("walk") && asked.contains("$near");
    }
  }
  EXPECT_GT(total, 50'000u);
  EXPECT_GT(by_places, 400u);
  EXPECT_GT(walks, 200u);
}

// ---- what they cost

struct Crowd : ::testing::Test {
  Crowd() {
    index::Settings settings;
    settings.least_nodes = 0;
    settings.sort_after = 4;
    indexes = std::make_unique<index::Indexes>(settings);
    graph.observe(*indexes);
    RandomPlaces random(3);
    for (int i = 0; i < 5000; ++i)
      graph.put("n" + std::to_string(i), {{"at", json_of({random.between(-80, 80), random.between(-180, 180)})}, {"name", "x"}});
  }
  query::Trace run(const Json& options) {
    query::Trace trace;
    EXPECT_TRUE(Query::parse(options.dump())->run(graph.graph(), *indexes, trace));
    return trace;
  }
  index::Standing standing(const char* path) {
    for (const index::Standing& one : indexes->standing())
      if (one.path == path) return one;
    return {};
  }
  const Json region = {{"query", {{"at", {{"$near", {{"latitude", 10}, {"longitude", 20}, {"radius", 300}}}}}}}};
  const Json nearest = {{"field", "at"}, {"$near", {{"latitude", 10}, {"longitude", 179.99}}}, {"$limit", 10}};
  std::unique_ptr<index::Indexes> indexes;   // outlives the graph that tells it of changes
  TestGraph graph;
};

TEST_F(Crowd, ADeclaredFieldOfPointsHasItsPlaces) {
  indexes->declare(index::split("at"));
  indexes->declare(index::split("name"));
  indexes->prepare(graph.graph());
  EXPECT_EQ(standing("at").places, 5000u);
  EXPECT_EQ(standing("name").places, 0u);
  const query::Trace found = run(region);
  EXPECT_STREQ(found.way, "range");
  EXPECT_EQ(found.places, (std::vector<Buffer>{"at"}));
  EXPECT_LT(found.asked, 4 * found.met + 20);
  const query::Trace first = run(nearest);
  EXPECT_STREQ(first.way, "walk");
  EXPECT_EQ(first.asked, 10u);
  graph.put("n1", {{"name", {{"latitude", 1}, {"longitude", 2}}}});   // the first point of its field
  run(region);
  EXPECT_EQ(standing("name").places, 1u);
  EXPECT_EQ(standing("at").places, 4999u);
}

TEST_F(Crowd, TheEngineMakesPlacesWhereTheyPay) {
  for (int i = 0; i < 6; ++i) run(region);
  EXPECT_EQ(standing("at").places, 5000u);
  EXPECT_FALSE(standing("at").sorted);
  EXPECT_STREQ(run(region).way, "range");
  for (int round = 0; round < 11; ++round)   // kept up and not used
    for (int i = 0; i < 1000; ++i) graph.put("n" + std::to_string(i), {{"at", json_of({1.0 * round, 0.01 * i})}});
  run({{"query", {{"name", "x"}}}});
  for (int round = 0; round < 11; ++round) {
    for (int i = 0; i < 1000; ++i) graph.put("n" + std::to_string(i), {{"at", json_of({1.0 * round, 0.01 * i})}});
    run({{"query", {{"name", "x"}}}});
  }
  EXPECT_EQ(standing("at").places, 0u);
}

TEST_F(Crowd, TheEngineMakesPlacesForTheNearest) {
  for (int i = 0; i < 6; ++i) run(nearest);
  EXPECT_EQ(standing("at").places, 5000u);
  EXPECT_STREQ(run(nearest).way, "walk");
}

TEST_F(Crowd, AConditionThatLeavesManyDoesNotHinderThat) {
  Json named = nearest;
  named["query"] = {{"name", "x"}};
  for (int i = 0; i < 6; ++i) run(named);
  EXPECT_STREQ(run(named).way, "walk");
}

}  // namespace
}  // namespace weft::test
