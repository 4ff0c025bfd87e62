#include "query/ordered.h"

#include <algorithm>

#include "query/nearest.h"

namespace weft::query {
namespace {

using index::Key;
using index::Sorted;
using Position = Sorted::Position;

// Ties are by id, ascending, whichever way the rest is turned. So a walk that goes down while ties go
// up, or the other way round, takes one group of equal values after the other; else all is one group.
class SortedWalk final : public OrderedWalk {
 public:
  SortedWalk(const Sorted& sorted, bool values_up, bool ties_up) : sorted_(sorted), values_up_(values_up), ties_up_(ties_up) {
    const bool one_group = values_up == ties_up;
    low_ = one_group || values_up ? sorted.begin() : sorted.end();
    high_ = one_group || !values_up ? sorted.end() : sorted.begin();
    first_ = low_, last_ = high_;
  }

  void start_behind(const Key& key, const Node& node) {
    const Position at = sorted_.place(key, node);
    if (values_up_ != ties_up_) low_ = sorted_.lower(key), high_ = sorted_.upper(key);
    first_ = ties_up_ ? sorted_.next(at) : low_;
    last_ = ties_up_ ? high_ : at;
  }

  const Node* next() override {
    for (;;) {
      if (first_ == last_ && !open_group()) return nullptr;
      Position at = first_;
      if (ties_up_) first_ = sorted_.next(first_);
      else at = last_ = sorted_.previous(last_);
      if (!sorted_.at(at).is_part) return sorted_.at(at).node;
    }
  }

 private:
  bool open_group() {
    if (values_up_ == ties_up_) return false;
    if (values_up_) {
      if (high_ == sorted_.end()) return false;
      low_ = high_;
      high_ = end_of_group(low_);
    } else {
      if (low_ == sorted_.begin()) return false;
      high_ = low_;
      low_ = start_of_group(sorted_.previous(high_));
    }
    first_ = low_, last_ = high_;
    return true;
  }

  // Most groups are of one: the neighbour is looked at before the order is searched.
  Position end_of_group(Position at) const {
    const Position after = sorted_.next(at);
    const Key key = sorted_.at(at).key();
    return after == sorted_.end() || compare(sorted_.at(after).key(), key) != 0 ? after : sorted_.upper(key);
  }
  Position start_of_group(Position at) const {
    const Key key = sorted_.at(at).key();
    if (at == sorted_.begin() || compare(sorted_.at(sorted_.previous(at)).key(), key) != 0) return at;
    return sorted_.lower(key);
  }

  const Sorted& sorted_;
  const bool values_up_, ties_up_;
  Position low_, high_;     // the group at hand
  Position first_, last_;   // what is left of it
};

// By creation stamp. Two nodes share one only by an attack or a defect, so a group is looked for entry by entry.
class CreationWalk final : public OrderedWalk {
 public:
  CreationWalk(const Graph& graph, bool up, bool ties_up) : graph_(graph), up_(up), ties_up_(ties_up), next_(up ? 0 : graph.node_count()) {}

  void start_behind(const Node& node) {
    const size_t at = graph_.creation_number(node);
    next_ = up_ ? at : at + 1;   // of its own group what comes later is left
    while (next_ > 0 && up_ && same(next_ - 1, at)) --next_;
    while (next_ < graph_.node_count() && !up_ && same(next_, at)) ++next_;
    while (const Node* one = next())
      if (one == &node) return;
  }

  const Node* next() override {
    if (group_.empty() && !open_group()) return nullptr;
    const Node* node = group_.back();
    group_.pop_back();
    return node;
  }

 private:
  bool same(size_t a, size_t b) const {
    return graph_.created(graph_.in_creation_order(a)) == graph_.created(graph_.in_creation_order(b));
  }
  bool open_group() {
    if (next_ == (up_ ? graph_.node_count() : 0)) return false;
    const size_t start = up_ ? next_++ : --next_;
    size_t low = start, high = start + 1;
    if (up_) for (; high < graph_.node_count() && same(high, start); ++high) next_ = high + 1;
    else for (; low > 0 && same(low - 1, start); --low) next_ = low - 1;
    for (size_t i = low; i < high; ++i) group_.push_back(&graph_.in_creation_order(i));
    if (ties_up_) std::reverse(group_.begin(), group_.end());   // taken from the back
    return true;
  }

  const Graph& graph_;
  const bool up_, ties_up_;
  size_t next_;                       // up: the first not in a group yet; down: how many are not
  std::vector<const Node*> group_;    // what is left of it, the next one last
};

const Sorted* sorted_for(const Order& order, index::Indexes& indexes) {
  return order.by_value() && order.path.root == Path::Root::kField ? indexes.sorted(order.path.steps) : nullptr;
}

const index::Places* places_for(const Order& order, index::Indexes& indexes) {
  return order.near && order.path.root == Path::Root::kField ? indexes.places(order.path.steps) : nullptr;
}

}  // namespace

bool OrderedWalk::possible(const Order& order, index::Indexes& indexes) {
  return !order.by_field || sorted_for(order, indexes) || places_for(order, indexes);
}

std::unique_ptr<OrderedWalk> OrderedWalk::begin(const Order& order, const Graph& graph, index::Indexes& indexes,
                                                const Node* from, bool backwards) {
  const bool up = order.descending == backwards;
  if (!order.by_field) {
    auto walk = std::make_unique<CreationWalk>(graph, up, !backwards);
    if (from) walk->start_behind(*from);
    return walk;
  }
  if (const index::Places* places = places_for(order, indexes)) return std::make_unique<DistanceWalk>(order, graph, *places, from, backwards);
  const Sorted* sorted = sorted_for(order, indexes);
  if (!sorted) return nullptr;
  auto walk = std::make_unique<SortedWalk>(*sorted, up, !backwards);
  if (from) walk->start_behind(indexes.column(order.path.steps)->key(Graph::slot(*from)), *from);
  return walk;
}

}  // namespace weft::query
