// Geography: distances over the sphere, and the regions that `$near` and `$bbox` name.
#pragma once
#include <memory>
#include <vector>

#include "index/cell.h"
#include "query/literal.h"

namespace weft::query {

using index::Box;
using index::Point;

// Great circle, by the haversine formula over a sphere of 6371 km.
double distance_km(const Point& a, const Point& b);
// No point of the box is nearer, and none is farther. By a metre less, or more, than it is.
double least_distance_km(const Point&, const Box&);
double most_distance_km(const Point&, const Box&);

class Region {
 public:
  virtual ~Region() = default;
  virtual bool has(const Point&) const = 0;
  virtual std::vector<Box> boxes() const = 0;   // no point of the region is outside all of them
};

// Whether the value is a point in the region, or an array with one.
bool has_point_in(const Region&, const ValueView&);

// { latitude, longitude }. Errors: INVALID_QUERY.
Result<Point> parse_point(const Json&, const std::string& path);
// { latitude, longitude, radius }, radius in km; the edge belongs to it. Errors: INVALID_QUERY.
Result<std::shared_ptr<const Region>> parse_circle(const Json&, const std::string& path);
// { minLat, maxLat, minLng, maxLng }, edges included; minLng above maxLng crosses the 180th meridian.
// Errors: INVALID_QUERY.
Result<std::shared_ptr<const Region>> parse_box(const Json&, const std::string& path);

}  // namespace weft::query
