// Distance walks: the nodes by the distance of their places, the nearest first or the farthest, without asking
// of all of them how far they are. Cells of the earth wait in a queue by where they could begin; the one in
// front is told apart into its quarters, or into its nodes when they are few, and a node that comes to the
// front is the next. After Hjaltason and Samet, "Distance Browsing in Spatial Databases" (1999).
//
// Invariant: no node in a cell comes before the cell, so none that waits comes before the front.
#pragma once
#include <queue>

#include "index/places.h"
#include "query/ordered.h"

namespace weft::query {

class DistanceWalk final : public OrderedWalk {
 public:
  // As OrderedWalk::begin. `order.near` is given.
  DistanceWalk(const Order&, const Graph&, const index::Places&, const Node* from, bool backwards);
  const Node* next() override;

 private:
  struct Waiting {
    uint64_t distance;       // as Order::nearness
    const Node* node;        // nullptr: a cell, with what is in it
    index::Cell cell;
    index::Places::Span span;
  };
  struct Behind {            // the front is what no other comes before
    bool farthest_first, backwards;
    bool operator()(const Waiting& a, const Waiting& b) const;
  };
  bool is_placed(const Node& node) const { return places_.has(Graph::slot(node)); }
  void add(const index::Cell&);
  void add(const Node&);
  void open(const Waiting& cell);
  const Node* next_placed();
  const Node* next_elsewhere();
  std::vector<const Node*> elsewhere() const;

  const Order& order_;
  const Graph& graph_;
  const index::Places& places_;
  const bool backwards_;
  const Behind is_behind_;
  const Node* const from_;
  std::optional<Waiting> placed_from_;     // where `from_` has a place
  std::priority_queue<Waiting, std::vector<Waiting>, Behind> placed_;
  index::Bits seen_;                       // a node may have several places
  std::optional<std::vector<const Node*>> elsewhere_;   // once needed: nodes without a place, the next one last
};

}  // namespace weft::query
