#include "query/geo.h"

#include <algorithm>
#include <cmath>

namespace weft::query {
namespace {

constexpr double kEarthRadiusKm = 6371;
constexpr double kRadiansPerDegree = 3.14159265358979323846 / 180;
constexpr double kMaxLatitude = 90, kMaxLongitude = 180;

double squared(double number) { return number * number; }

// The square of half the chord between two points of a sphere of radius 1.
double haversine(const Point& a, const Point& b, double cos_a) {
  const double latitude = std::sin((b.latitude - a.latitude) * kRadiansPerDegree / 2);
  const double longitude = std::sin((b.longitude - a.longitude) * kRadiansPerDegree / 2);
  return squared(latitude) + cos_a * std::cos(b.latitude * kRadiansPerDegree) * squared(longitude);
}

double cosine(const Point& point) { return std::cos(point.latitude * kRadiansPerDegree); }

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

 private:
  const Point center_;
  const double cosine_, degrees_, haversine_;
};

struct Box : Region {
  double south = 0, north = 0, west = 0, east = 0;
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

}  // namespace

std::optional<Point> point_of(const ValueView& map) {
  const ValueView latitude = map.field("latitude"), longitude = map.field("longitude");
  if (latitude.type() != Type::kNumber || longitude.type() != Type::kNumber) return {};
  const Point point{latitude.number(), longitude.number()};
  const bool is_on_earth = std::fabs(point.latitude) <= kMaxLatitude && std::fabs(point.longitude) <= kMaxLongitude;
  return is_on_earth ? std::optional<Point>(point) : std::nullopt;
}

double distance_km(const Point& a, const Point& b) {
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(1.0, haversine(a, b, cosine(a)))));
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
  const auto box = std::make_shared<Box>();
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
