#include "query/geo.h"

#include <algorithm>
#include <cmath>

namespace weft::query {
namespace {

constexpr double kEarthRadiusKm = 6371;
constexpr double kPi = 3.14159265358979323846;
constexpr double kRadiansPerDegree = kPi / 180;
constexpr double kHalfwayRoundKm = kPi * kEarthRadiusKm;
constexpr double kMarginKm = 0.001;   // more than rounding does, even between points on opposite sides
using index::kMaxLatitude;
using index::kMaxLongitude;

double squared(double number) { return number * number; }

// The square of half the chord between two points of a sphere of radius 1.
double haversine(const Point& a, const Point& b, double cos_a) {
  const double latitude = std::sin((b.latitude - a.latitude) * kRadiansPerDegree / 2);
  const double longitude = std::sin((b.longitude - a.longitude) * kRadiansPerDegree / 2);
  return squared(latitude) + cos_a * std::cos(b.latitude * kRadiansPerDegree) * squared(longitude);
}

double cosine(const Point& point) { return std::cos(point.latitude * kRadiansPerDegree); }

// The boxes of all latitudes from south to north and of the longitudes from west eastwards to east.
std::vector<Box> boxes_between(double south, double north, double west, double east) {
  south = std::max(south, -kMaxLatitude);
  north = std::min(north, kMaxLatitude);
  if (west <= east) return {{south, north, west, east}};
  return {{south, north, west, kMaxLongitude}, {south, north, -kMaxLongitude, east}};
}

double wrapped(double longitude) {
  return longitude > kMaxLongitude ? longitude - 360 : longitude < -kMaxLongitude ? longitude + 360 : longitude;
}

class Circle : public Region {
 public:
  Circle(const Point& center, double radius_km)
      : center_(center),
        cosine_(cosine(center)),
        degrees_(radius_km / kEarthRadiusKm / kRadiansPerDegree * 1.000001),   // never too few by rounding
        haversine_(squared(std::sin(std::min(radius_km / kEarthRadiusKm / 2, kRadiansPerDegree * 90)))) {}
  bool has(const Point& point) const override {
    return std::fabs(point.latitude - center_.latitude) <= degrees_ && haversine(center_, point, cosine_) <= haversine_;
  }
  std::vector<Box> boxes() const override {
    const double south = center_.latitude - degrees_ - kMarginDegrees, north = center_.latitude + degrees_ + kMarginDegrees;
    if (south <= -kMaxLatitude || north >= kMaxLatitude)   // with a pole every longitude is near
      return boxes_between(south, north, -kMaxLongitude, kMaxLongitude);
    const double ratio = std::min(1.0, std::sin(degrees_ * kRadiansPerDegree) / cosine_);
    const double aside = std::asin(ratio) / kRadiansPerDegree * 1.00001 + kMarginDegrees;
    return boxes_between(south, north, wrapped(center_.longitude - aside), wrapped(center_.longitude + aside));
  }

 private:
  static constexpr double kMarginDegrees = 1e-9;
  const Point center_;
  const double cosine_, degrees_, haversine_;
};

struct BoxRegion : Region {
  double south = 0, north = 0, west = 0, east = 0;   // west above east: across the 180th meridian
  std::vector<Box> boxes() const override { return boxes_between(south, north, west, east); }
  bool has(const Point& point) const override {
    if (point.latitude < south || point.latitude > north) return false;
    const bool after = point.longitude >= west, before = point.longitude <= east;
    return west <= east ? after && before : after || before;
  }
};

// Reads an object of exactly these numbers, each within ± its bound.
struct Wanted {
  const char* name;
  double low, high;
  double* out;
};

Status read_numbers(const Json& json, const std::string& path, const char* message, std::initializer_list<Wanted> all) {
  const auto wrong = [&](const std::string& at) { return make_error(Code::kInvalidQuery, message, at); };
  if (!json.is_object()) return wrong(path);
  for (const Wanted& wanted : all) {
    const auto found = json.find(wanted.name);
    const std::string at = path + "." + wanted.name;
    if (found == json.end() || !found->is_number()) return wrong(at);
    *wanted.out = found->get<double>();
    if (!(*wanted.out >= wanted.low && *wanted.out <= wanted.high)) return wrong(at);
  }
  for (const auto& [name, value] : json.items()) {
    const auto is_it = [&, &given = name](const Wanted& wanted) { return given == wanted.name; };
    if (std::none_of(all.begin(), all.end(), is_it)) return wrong(path + "." + name);
  }
  return ok_status();
}

// The latitude on a meridian that lies nearest to a point.
double foot(const Point& from, double longitude) {
  const double across = std::cos((longitude - from.longitude) * kRadiansPerDegree);
  return std::atan2(std::sin(from.latitude * kRadiansPerDegree), cosine(from) * across) / kRadiansPerDegree;
}

}  // namespace

double distance_km(const Point& a, const Point& b) {
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(1.0, haversine(a, b, cosine(a)))));
}

// Straight above or below where the meridian of the point crosses the box; else on the side that is nearer, at
// a corner or where a great circle from the point meets that side squarely.
double least_distance_km(const Point& from, const Box& box) {
  const auto to = [&](double latitude, double longitude) { return distance_km(from, {latitude, longitude}); };
  if (box.west <= from.longitude && from.longitude <= box.east)
    return std::max(0.0, to(std::min(std::max(from.latitude, box.south), box.north), from.longitude) - kMarginKm);
  double least = kHalfwayRoundKm;
  for (const double longitude : {box.west, box.east}) {
    least = std::min({least, to(box.south, longitude), to(box.north, longitude)});
    const double latitude = foot(from, longitude);
    if (box.south <= latitude && latitude <= box.north) least = std::min(least, to(latitude, longitude));
  }
  return std::max(0.0, least - kMarginKm);
}

// As far as it is to the opposite side of the earth, less what is left from there.
double most_distance_km(const Point& from, const Box& box) {
  const Point opposite{-from.latitude, from.longitude > 0 ? from.longitude - 180 : from.longitude + 180};
  return kHalfwayRoundKm - least_distance_km(opposite, box) + kMarginKm;
}

bool has_point_in(const Region& region, const ValueView& value) {
  bool found = false;
  index::for_each_point(value, [&](const Point& point) { found = found || region.has(point); });
  return found;
}

Result<Point> parse_point(const Json& json, const std::string& path) {
  Point point;
  const Status status = read_numbers(
      json, path, "a point is { latitude, longitude } in degrees",
      {{"latitude", -kMaxLatitude, kMaxLatitude, &point.latitude}, {"longitude", -kMaxLongitude, kMaxLongitude, &point.longitude}});
  if (!status) return status.error();
  return point;
}

Result<std::shared_ptr<const Region>> parse_circle(const Json& json, const std::string& path) {
  Point center;
  double radius = 0;
  const Status status = read_numbers(json, path, "`$near` takes { latitude, longitude, radius }: degrees, and kilometres from 0 up",
                                     {{"latitude", -kMaxLatitude, kMaxLatitude, &center.latitude},
                                      {"longitude", -kMaxLongitude, kMaxLongitude, &center.longitude},
                                      {"radius", 0, 1e9, &radius}});
  if (!status) return status.error();
  return std::shared_ptr<const Region>(std::make_shared<Circle>(center, radius));
}

Result<std::shared_ptr<const Region>> parse_box(const Json& json, const std::string& path) {
  const auto box = std::make_shared<BoxRegion>();
  const Status status = read_numbers(json, path, "`$bbox` takes { minLat, maxLat, minLng, maxLng } in degrees, minLat not above maxLat",
                                     {{"minLat", -kMaxLatitude, kMaxLatitude, &box->south},
                                      {"maxLat", -kMaxLatitude, kMaxLatitude, &box->north},
                                      {"minLng", -kMaxLongitude, kMaxLongitude, &box->west},
                                      {"maxLng", -kMaxLongitude, kMaxLongitude, &box->east}});
  if (!status) return status.error();
  if (box->south > box->north) return make_error(Code::kInvalidQuery, "`minLat` lies above `maxLat`", path);
  return std::shared_ptr<const Region>(box);
}

}  // namespace weft::query
