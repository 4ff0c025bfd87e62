// Order: the total order of a result. By a field's value (missing first, then by type, then by value),
// by the distance of the field's point (a node without one comes last), or by creation stamp when no field
// is given; ties by id, ascending whichever way the rest is turned. What a walk (`$edge`) reached stands by
// its distance from the starts first when no field is given.
//
// A node's place is worked out once, into a Place that mostly compares as two integers: its type, and
// 64 bits that never disagree with the full comparison, only tie.
#pragma once
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "index/key.h"
#include "query/condition.h"

namespace weft::query {

struct Place {
  const Node* node = nullptr;
  ByteView id;
  uint32_t distance = 0;    // of what a walk reached, if that orders
  Type type = Type::kMissing;
  uint64_t leading = 0;
  uint64_t following = 0;   // of a creation stamp
  ValueView value;          // decides between equal `leading`; missing when that says all

  // Of a field whose value is held as a key. Places of one sorting are all made one way.
  static Place of(const Node& node, const index::Key& key) {
    return {&node, Graph::id(node), 0, key.type, key.leading, 0, key.value};
  }
};

struct Order {
  bool by_field = false;
  bool descending = false;
  Path path;                   // of the value, or of the point
  std::optional<Point> near;   // distance to here

  bool by_value() const { return by_field && !near; }
  Place place(const Graph&, const Node&) const;   // valid as long as the node handle
  Place place(const Graph&, const Reached&) const;
  bool before(const Place& a, const Place& b) const;
  bool created_before(const Graph&, const Node& a, const Node& b) const;   // as before(), where no field is given
  uint64_t nearness(const Graph&, const Node&) const;   // of the field's point to `near`, sortable
  // Sorts so that the first `wanted` places are right; the rest is in no order.
  void sort(std::vector<Place>&, size_t wanted) const;
};

}  // namespace weft::query
