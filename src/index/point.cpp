#include "index/point.h"

#include <cmath>

namespace weft::index {

std::optional<Point> point_of(const ValueView& latitude, const ValueView& longitude) {
  if (latitude.type() != Type::kNumber || longitude.type() != Type::kNumber) return {};
  const Point point{latitude.number(), longitude.number()};
  const bool is_on_earth = std::fabs(point.latitude) <= kMaxLatitude && std::fabs(point.longitude) <= kMaxLongitude;
  return is_on_earth ? std::optional<Point>(point) : std::nullopt;
}

std::optional<Point> point_of(const ValueView& map) {
  return map.type() == Type::kMap ? point_of(map.field("latitude"), map.field("longitude")) : std::nullopt;
}

std::optional<Point> own_point(const Graph& graph, const Node& node) {
  return point_of(graph.field(node, "latitude"), graph.field(node, "longitude"));
}

}  // namespace weft::index
