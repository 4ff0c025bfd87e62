// Walks along links, over the two adjacency lists each node keeps. A walk goes only through nodes that
// exist: a link that lost an end is no way.
#include "graph/state.h"

namespace weft {
namespace {

template <class Visit>
void visit_neighbours(const Node& node, const WalkRule& rule, Visit visit) {
  if (!node.links) return;
  const auto leads_on = [&](const Link& link, const Node& end) {
    return link.is_set() && end.exists && (!rule.label || link.operation->label() == *rule.label);
  };
  if (rule.direction != Direction::kIn)
    for (const Link* link : node.links->out.in_order())
      if (leads_on(*link, *link->target)) visit(*link->target);
  if (rule.direction != Direction::kOut)
    for (const Link* link : node.links->in.in_order())
      if (leads_on(*link, *link->source)) visit(*link->source);
}

}  // namespace

void Graph::for_each_neighbour(const Node& node, const WalkRule& rule,
                               const std::function<void(const Node&)>& visit) const {
  visit_neighbours(node, rule, visit);
}

// The starts are walked from once, at the beginning: reached again, they lead nowhere new.
std::vector<Reached> Graph::walk(const std::vector<const Node*>& starts, const WalkRule& rule) const {
  const uint32_t start = ++state_->walk, reached = ++state_->walk;   // marks of Node::seen
  for (const Node* node : starts) node->seen = start;
  std::vector<Reached> found;
  std::vector<const Node*> frontier = starts, next;
  for (uint32_t distance = 1; distance <= rule.max_depth && !frontier.empty(); ++distance) {
    for (const Node* from : frontier)
      visit_neighbours(*from, rule, [&](const Node& node) {
        if (node.seen == reached) return;
        if (node.seen != start) next.push_back(&node);
        node.seen = reached;
        found.push_back({&node, distance});
      });
    frontier.swap(next);
    next.clear();
  }
  return found;
}

}  // namespace weft
