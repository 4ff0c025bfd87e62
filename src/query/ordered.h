// Ordered walks: the nodes in a query's order, or backwards, from the first or from a node on, without
// sorting anything: by creation, along a sorted order (src/index/sorted.h), or by distance (nearest.h).
#pragma once
#include <memory>

#include "index/indexes.h"
#include "query/order.h"

namespace weft::query {

class OrderedWalk {
 public:
  virtual ~OrderedWalk() = default;
  virtual const Node* next() = 0;   // nullptr: there are no more

  // `from`: the node whose followers come, itself not; nullptr: from the start. Null: the order is kept nowhere.
  static std::unique_ptr<OrderedWalk> begin(const Order&, const Graph&, index::Indexes&, const Node* from, bool backwards);
  static bool possible(const Order&, index::Indexes&);
};

}  // namespace weft::query
