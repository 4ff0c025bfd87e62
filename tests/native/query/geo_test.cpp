// Points, distances and regions.
#include <gtest/gtest.h>

#include "query/geo.h"
#include "query/query.h"
#include "test_graph.h"

namespace weft::test {
namespace {

using query::Point;
using Ids = std::vector<std::string>;

constexpr Point kVienna{48.2082, 16.3738}, kGraz{47.0707, 15.4395}, kSydney{-33.8688, 151.2093};

Json point(const Point& p) { return {{"latitude", p.latitude}, {"longitude", p.longitude}}; }

TEST(Geo, Distances) {
  EXPECT_NEAR(query::distance_km(kVienna, kGraz), 144.7, 0.5);
  EXPECT_NEAR(query::distance_km(kVienna, kSydney), 15985, 30);
  EXPECT_EQ(query::distance_km(kVienna, kVienna), 0);
  EXPECT_NEAR(query::distance_km({0, 0}, {0, 180}), 6371 * 3.14159265, 0.01);
  EXPECT_NEAR(query::distance_km({90, 0}, {-90, 77}), 6371 * 3.14159265, 0.01);
  EXPECT_NEAR(query::distance_km({0, 179.9}, {0, -179.9}), 22.24, 0.01);
}

TEST(Geo, OnlyPlacesOnEarthArePoints) {
  const auto is_point = [](const Json& value) { return index::point_of(ValueView(encode(value))).has_value(); };
  EXPECT_TRUE(is_point({{"latitude", 90}, {"longitude", -180}, {"name", "x"}}));
  EXPECT_FALSE(is_point({{"latitude", 90.1}, {"longitude", 0}}));
  EXPECT_FALSE(is_point({{"latitude", 0}, {"longitude", 181}}));
  EXPECT_FALSE(is_point({{"latitude", std::nan("")}, {"longitude", 0}}));
  EXPECT_FALSE(is_point({{"latitude", "1"}, {"longitude", 0}}));
  EXPECT_FALSE(is_point({{"latitude", 1}}));
  EXPECT_FALSE(is_point(5));
}

struct GeoQuery : ::testing::Test {
  GeoQuery() {
    graph.put("vienna", {{"at", point(kVienna)}});
    graph.put("graz", point(kGraz));   // flat
    graph.put("both", {{"at", {point(kSydney), point(kVienna)}}});
    graph.put("fiji", {{"at", {{"latitude", -17.7}, {"longitude", 178.1}}}});
    graph.put("nowhere", {{"at", "home"}});
  }
  Ids ids(const Json& query) { return ids_of(graph.graph(), {{"query", query}}); }
  Json near(const Point& p, double radius) {
    Json circle = point(p);
    circle["radius"] = radius;
    return {{"at", {{"$near", circle}}}};
  }
  Json box(double south, double north, double west, double east) {
    return {{"at", {{"$bbox", {{"minLat", south}, {"maxLat", north}, {"minLng", west}, {"maxLng", east}}}}}};
  }
  TestGraph graph;
};

TEST_F(GeoQuery, Near) {
  EXPECT_EQ(ids(near(kVienna, 0)), (Ids{"vienna", "both"}));
  EXPECT_EQ(ids(near(kVienna, 200)), (Ids{"vienna", "graz", "both"}));
  EXPECT_EQ(ids(near({0, 0}, 30000)), (Ids{"vienna", "graz", "both", "fiji"}));
  EXPECT_EQ(ids(near({-17.7, -178}, 500)), (Ids{"fiji"}));
}

TEST_F(GeoQuery, Box) {
  EXPECT_EQ(ids(box(47, 48, 15, 16)), (Ids{"graz"}));
  EXPECT_EQ(ids(box(48.2082, 48.2082, 16.3738, 16.3738)), (Ids{"vienna", "both"}));
  EXPECT_EQ(ids(box(-40, 0, 170, -170)), (Ids{"fiji"}));
  EXPECT_EQ(ids(box(-40, 0, -170, 170)), (Ids{"both"}));
}

// A field that is there stands for itself; one that is not stands for the node's own place.
TEST_F(GeoQuery, WhatIsMissingStandsForTheNode) {
  EXPECT_EQ(ids({{"at", {{"$not", near(kVienna, 200)["at"]}}}}), (Ids{"fiji", "nowhere"}));
  Json both = near(kVienna, 200)["at"];
  both["$exists"] = false;
  EXPECT_EQ(ids({{"at", both}}), (Ids{"graz"}));   // missing, and near all the same
  EXPECT_EQ(ids({{"at", {{"$or", {near(kVienna, 200)["at"], {{"$eq", "home"}}}}}}}), (Ids{"vienna", "graz", "both", "nowhere"}));
}

TEST_F(GeoQuery, SortedByDistance) {
  const auto sorted = [&](const char* order) {
    return ids_of(graph.graph(), {{"field", "at"}, {"$near", point(kGraz)}, {"order", order}});
  };
  EXPECT_EQ(sorted("asc"), (Ids{"graz", "both", "vienna", "fiji", "nowhere"}));
  EXPECT_EQ(sorted("desc"), (Ids{"fiji", "both", "vienna", "graz", "nowhere"}));
}

}  // namespace
}  // namespace weft::test
