// Walks along links, over the two adjacency lists each node keeps. A walk goes only through nodes that
// exist: a link that lost an end is no way.
#include <algorithm>

#include "graph/state.h"

namespace weft {
namespace {

bool leads_on(const Link& link, const Node& end, const WalkRule& rule) {
  return link.is_set() && end.exists && (!rule.label || link.operation->label() == *rule.label);
}

// `visit` says whether it is enough.
template <class Visit>
bool visit_neighbours(const Node& node, const WalkRule& rule, Visit visit) {
  if (!node.links) return false;
  if (rule.direction != Direction::kIn)
    for (const Link* link : node.links->out.in_order())
      if (leads_on(*link, *link->target, rule) && visit(*link->target)) return true;
  if (rule.direction != Direction::kOut)
    for (const Link* link : node.links->in.in_order())
      if (leads_on(*link, *link->source, rule) && visit(*link->source)) return true;
  return false;
}

// Along the shorter of the two lists it would stand in.
bool is_linked(const Node& source, const Node& target, const WalkRule& rule) {
  if (!source.links || !target.links) return false;
  const auto any = [&](const std::vector<Link*>& links) {
    return std::any_of(links.begin(), links.end(), [&](const Link* link) {
      return link->source == &source && link->target == &target && leads_on(*link, target, rule);
    });
  };
  NodeLinks &from = *source.links, &to = *target.links;
  return from.out.size() < to.in.size() ? any(from.out.in_order()) : any(to.in.in_order());
}

}  // namespace

const Node* Graph::find_neighbour(const Node& node, const WalkRule& rule,
                                  const std::function<bool(const Node&)>& is_wanted) const {
  const Node* found = nullptr;
  visit_neighbours(node, rule, [&](const Node& one) {
    if (is_wanted(one)) found = &one;
    return found != nullptr;
  });
  return found;
}

bool Graph::leads(const Node& from, const Node& to, const WalkRule& rule) const {
  return (rule.direction != Direction::kIn && is_linked(from, to, rule)) ||
         (rule.direction != Direction::kOut && is_linked(to, from, rule));
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
        if (node.seen == reached) return false;
        if (node.seen != start) next.push_back(&node);
        node.seen = reached;
        found.push_back({&node, distance});
        return false;
      });
    frontier.swap(next);
    next.clear();
  }
  return found;
}

}  // namespace weft
