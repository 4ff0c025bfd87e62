#include "query/order.h"

#include <algorithm>

#include "index/key.h"

namespace weft::query {
namespace {

// The first 8 bytes, big-endian; a shorter text is filled with zeros and ties with what it begins.
uint64_t leading_bytes(ByteView text) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) word = word << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return word;
}

uint64_t leading_of(const ValueView& value, Type type) {
  switch (type) {
    case Type::kBoolean: return value.boolean();
    case Type::kNumber:
    case Type::kDate: return index::leading_of_number(value.number());
    case Type::kString:
    case Type::kBinary: return leading_bytes(value.text());
    default: return 0;
  }
}

int three_way(uint64_t a, uint64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

int compare_values(const Place& a, const Place& b) {
  if (const int order = three_way(a.distance, b.distance)) return order;
  if (a.type != b.type) return a.type < b.type ? -1 : 1;
  if (const int order = three_way(a.leading, b.leading)) return order;
  if (const int order = three_way(a.following, b.following)) return order;
  return compare(a.value, b.value);
}

}  // namespace

Place Order::place(const Graph& graph, const Node& node) const {
  Place place;
  place.node = &node;
  place.id = graph.id(node);
  if (!by_field) {
    const Stamp created = graph.created(node);
    place.leading = created.clock;
    place.following = created.replica;
  } else if (near) {
    place.leading = nearness(graph, node);
  } else if (path.is_clock()) {
    place.leading = graph.timestamp(node).clock;
  } else if (path.is_id()) {
    place.leading = leading_bytes(place.id);   // ties are by id anyway, see before()
  } else {
    Buffer scratch;
    const ValueView value = resolve(path, graph, node, scratch);
    place.type = value.type();
    place.leading = leading_of(value, place.type);
    if (path.root == Path::Root::kField) place.value = value;   // else it lives in scratch, and `leading` says all
  }
  return place;
}

Place Order::place(const Graph& graph, const Reached& reached) const {
  Place at = place(graph, *reached.node);
  if (!by_field) at.distance = reached.distance;
  return at;
}

// The least, where there are several; last, where there is none.
uint64_t Order::nearness(const Graph& graph, const Node& node) const {
  std::optional<double> least;
  Buffer scratch;
  index::for_each_place(resolve(path, graph, node, scratch), graph, node, [&](const Point& point) {
    const double distance = distance_km(*near, point);
    if (!least || distance < *least) least = distance;
  });
  return least ? index::leading_of_number(*least) : descending ? 0 : UINT64_MAX;
}

bool Order::before(const Place& a, const Place& b) const {
  const int order = compare_values(a, b);
  if (order != 0) return descending ? order > 0 : order < 0;
  return by_field && !near && path.is_id() && descending ? b.id < a.id : a.id < b.id;
}

bool Order::created_before(const Graph& graph, const Node& a, const Node& b) const {
  if (!descending) return graph.created_before(a, b);
  const Stamp of_a = graph.created(a), of_b = graph.created(b);   // two of one stamp by id, as ever
  return of_a != of_b ? of_b < of_a : graph.id(a) < graph.id(b);
}

void Order::sort(std::vector<Place>& places, size_t wanted) const {
  const auto is_before = [this](const Place& a, const Place& b) { return before(a, b); };
  // A scan hands nodes over in creation order already.
  if (!by_field && std::is_sorted(places.begin(), places.end(), is_before)) return;
  if (wanted < places.size())
    std::partial_sort(places.begin(), places.begin() + static_cast<ptrdiff_t>(wanted), places.end(), is_before);
  else
    std::sort(places.begin(), places.end(), is_before);
}

}  // namespace weft::query
