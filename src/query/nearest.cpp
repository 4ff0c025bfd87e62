#include "query/nearest.h"

#include <algorithm>

namespace weft::query {
namespace {

constexpr size_t kFew = 16;   // nodes are asked rather than told apart further

}  // namespace

bool DistanceWalk::Behind::operator()(const Waiting& a, const Waiting& b) const {
  if (a.distance != b.distance) return (a.distance > b.distance) != farthest_first;
  if (!a.node || !b.node) return a.node && !b.node;   // a cell may hold what comes before
  return backwards ? Graph::id(*a.node) < Graph::id(*b.node) : Graph::id(*b.node) < Graph::id(*a.node);
}

DistanceWalk::DistanceWalk(const Order& order, const Graph& graph, const index::Places& places, const Node* from, bool backwards)
    : order_(order),
      graph_(graph),
      places_(places),
      backwards_(backwards),
      is_behind_{order.descending != backwards, backwards},
      from_(from),
      placed_(is_behind_),
      seen_(graph.slot_count()) {
  if (from && is_placed(*from)) placed_from_ = Waiting{order.nearness(graph, *from), from, {}, {}};
  if (!from || placed_from_ || backwards) add(index::Cell());
}

// Nodes without a place come last, so backwards first.
const Node* DistanceWalk::next() {
  const Node* node = backwards_ ? next_elsewhere() : next_placed();
  if (node) return node;
  return backwards_ ? next_placed() : next_elsewhere();
}

const Node* DistanceWalk::next_placed() {
  while (!placed_.empty()) {
    const Waiting front = placed_.top();
    placed_.pop();
    if (front.node) return front.node;
    open(front);
  }
  return nullptr;
}

void DistanceWalk::open(const Waiting& cell) {
  if (cell.span.count > kFew && cell.cell.splits()) {
    for (const index::Cell& quarter : cell.cell.quarters()) add(quarter);
    return;
  }
  const index::Sorted& sorted = places_.sorted();
  for (auto at = cell.span.from; at != cell.span.to; at = sorted.next(at)) add(*sorted.at(at).node);
}

void DistanceWalk::add(const index::Cell& cell) {
  const index::Places::Span span = places_.in(cell);
  if (span.count == 0) return;
  const uint64_t least = index::leading_of_number(least_distance_km(*order_.near, cell.box()));
  const uint64_t most = index::leading_of_number(most_distance_km(*order_.near, cell.box()));
  const bool farthest_first = is_behind_.farthest_first;
  if (placed_from_ && (farthest_first ? least > placed_from_->distance : most < placed_from_->distance)) return;
  placed_.push({farthest_first ? most : least, nullptr, cell, span});
}

void DistanceWalk::add(const Node& node) {
  if (seen_.has(Graph::slot(node))) return;
  seen_.add(Graph::slot(node));
  const Waiting waiting{order_.nearness(graph_, node), &node, {}, {}};
  if (!placed_from_ || is_behind_(waiting, *placed_from_)) placed_.push(waiting);
}

const Node* DistanceWalk::next_elsewhere() {
  if (!elsewhere_) elsewhere_ = elsewhere();
  if (elsewhere_->empty()) return nullptr;
  const Node* node = elsewhere_->back();
  elsewhere_->pop_back();
  return node;
}

std::vector<const Node*> DistanceWalk::elsewhere() const {
  std::vector<const Node*> nodes;
  if (backwards_ && placed_from_) return nodes;   // none comes before what has a place
  const bool cut = from_ && !placed_from_;
  graph_.for_each_node([&](const Node& node) {
    if (is_placed(node) || (cut && (graph_.id(node) < graph_.id(*from_)) != backwards_) || &node == from_) return;
    nodes.push_back(&node);
  });
  std::sort(nodes.begin(), nodes.end(), [&](const Node* a, const Node* b) {
    return backwards_ ? graph_.id(*a) < graph_.id(*b) : graph_.id(*b) < graph_.id(*a);
  });
  return nodes;
}

}  // namespace weft::query
