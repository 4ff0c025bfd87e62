// Geography: points, distances over the sphere, and the regions that `$near` and `$bbox` name.
//
// A point is a map with the numbers `latitude` (-90 to 90) and `longitude` (-180 to 180), in degrees,
// whatever else it holds.
#pragma once
#include <memory>
#include <optional>

#include "query/literal.h"

namespace weft::query {

struct Point {
  double latitude = 0, longitude = 0;
};

// Nothing when this is no point.
std::optional<Point> point_of(const ValueView& map);
// Calls `visit` with the value where it is a point, or with each entry of an array that is one.
template <class Visit>
void for_each_point(const ValueView& value, Visit visit) {
  const auto visit_one = [&](const ValueView& one) {
    if (const std::optional<Point> point = point_of(one)) visit(*point);
  };
  if (value.type() != Type::kArray) return visit_one(value);
  for (auto it = value.begin(); it.more(); it.next()) visit_one(it.value());
}
// Great circle, by the haversine formula over a sphere of 6371 km.
double distance_km(const Point& a, const Point& b);

class Region {
 public:
  virtual ~Region() = default;
  virtual bool has(const Point&) const = 0;
};

// { latitude, longitude }. Errors: INVALID_QUERY.
Result<Point> parse_point(const Json&, const std::string& path);
// { latitude, longitude, radius }, radius in km; the edge belongs to it. Errors: INVALID_QUERY.
Result<std::shared_ptr<const Region>> parse_circle(const Json&, const std::string& path);
// { minLat, maxLat, minLng, maxLng }, edges included; minLng above maxLng crosses the 180th meridian.
// Errors: INVALID_QUERY.
Result<std::shared_ptr<const Region>> parse_box(const Json&, const std::string& path);

}  // namespace weft::query
