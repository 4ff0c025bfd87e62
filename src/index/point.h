// Points: a point is a map with the numbers `latitude` (-90 to 90) and `longitude` (-180 to 180), in
// degrees, whatever else it holds. A node's *places* by a path are the points of the value it leads to (of
// an array, of each entry); where it leads nowhere, the node's own `latitude` and `longitude`.
#pragma once
#include <optional>

#include "graph/graph.h"
#include "index/field_path.h"

namespace weft::index {

struct Point {
  double latitude = 0, longitude = 0;
};
inline constexpr double kMaxLatitude = 90, kMaxLongitude = 180;

// Nothing when this is no point.
std::optional<Point> point_of(const ValueView& latitude, const ValueView& longitude);
std::optional<Point> point_of(const ValueView& map);
std::optional<Point> own_point(const Graph&, const Node&);

// Calls `visit` with the value where it is a point, or with each entry of an array that is one.
template <class Visit>
void for_each_point(const ValueView& value, Visit visit) {
  const auto visit_one = [&](const ValueView& one) {
    if (const std::optional<Point> point = point_of(one)) visit(*point);
  };
  if (value.type() != Type::kArray) return visit_one(value);
  for (auto it = value.begin(); it.more(); it.next()) visit_one(it.value());
}

// `there`: what the path leads to.
template <class Visit>
void for_each_place(const ValueView& there, const Graph& graph, const Node& node, Visit visit) {
  if (there.type() != Type::kMissing) return for_each_point(there, visit);
  if (const std::optional<Point> point = own_point(graph, node)) visit(*point);
}

}  // namespace weft::index
