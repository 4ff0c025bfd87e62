// What follows a change: order, reports and the letting go of what nothing holds any more.
#include <algorithm>

#include "graph/state.h"

namespace weft {

// Of a node that holds nothing any more the id stands where it stood, until that is let go.
void Node::anchor() {
  const auto stand_in = [this](const Operation* operation, bool as_target) { named_by = operation, is_target = as_target; };
  if (const Operation* upsert = upserts.any()) stand_in(upsert, false);
  else if (tombstone) stand_in(tombstone.operation, false);
  else if (links && !links->out.empty()) stand_in(links->out.any()->operation, false);
  else if (links && !links->in.empty()) stand_in(links->in.any()->operation, true);
}

void Graph::State::refresh(Node& node, const Stamp& created) {
  const bool existed = node.exists;
  node.exists = node.upserts.exists();
  if (node.created() != created) {
    if (existed) order.remove(&node);
    if (node.exists) order.add(&node);
  }
  node.version = next_version();
  if (touched && (existed || node.exists)) touched->emplace_back(node.id());
  if (observer && (existed || node.exists)) observer->changed(node);
  if (existed != node.exists) touch_links(node);
}

void Graph::State::touch(Node& node) {
  node.version = next_version();
  if (touched && node.exists) touched->emplace_back(node.id());
}

uint32_t Graph::State::next_version() { return ++versions ? versions : ++versions; }

void Graph::State::take_slot(Node& node) {
  if (free_slots.empty()) {
    node.slot = static_cast<uint32_t>(by_slot.size());
    by_slot.push_back(&node);
    return;
  }
  node.slot = free_slots.back();
  free_slots.pop_back();
  by_slot[node.slot] = &node;
}

void Graph::State::touch(const Link& link) {
  if (touched_links) touched_links->ends.emplace_back(link.source->id(), link.target->id());
}

// A node that appears or goes shows in the edges of those that link to it, and its links with it.
void Graph::State::touch_links(Node& node) {
  if (!node.links) return;
  for (const Link* link : node.links->in.in_order()) {
    if (!link->is_set()) continue;
    touch(*link->source);
    touch(*link);
  }
  if (!touched_links) return;
  for (const Link* link : node.links->out.in_order())
    if (link->is_set()) touch(*link);
}

void Graph::State::drop_links(Node& node, const Stamp& floor) {
  std::vector<Link*> old;
  const auto collect = [&](const std::vector<Link*>& links) {
    for (Link* link : links) {
      if (link->operation->stamp() > floor) break;
      old.push_back(link);
    }
  };
  collect(node.links->out.in_order());
  const size_t from_here = old.size();
  collect(node.links->in.in_order());
  for (size_t i = 0; i < old.size(); ++i) {
    Link& link = *old[i];
    if (i >= from_here && link.source == &node) continue;   // to itself: dropped as one of the first
    Node& other = link.source == &node ? *link.target : *link.source;
    if (link.is_set()) touch(*link.source), touch(link);
    drop_link(link);
    other.anchor();
    if (&other != &node) drop_if_empty(other);
  }
  if (node.links->empty()) node.links.reset();
}

void Graph::State::drop_link(Link& link) {
  link.source->links->out.remove(&link);
  link.target->links->in.remove(&link);
  auto* slot = registers.find(hash_of(link), [&](const Link& l) { return &l == &link; });
  registers.erase(slot);
  superseded.push_back(link);
  link_pool.destroy(&link);
}

void Graph::State::drop_if_empty(Node& node) {
  if (node.links && node.links->empty()) node.links.reset();
  if (!node.empty()) return;
  nodes.erase(nodes.find(hash_of(node.id()), [&](const Node& n) { return &n == &node; }));
  by_slot[node.slot] = nullptr;
  free_slots.push_back(node.slot);
  node_pool.destroy(&node);
}

void Graph::State::drop_superseded() {
  for (const Placed& gone : superseded) live.erase(gone);
  superseded.clear();
}

void Graph::State::forget_all() {
  nodes.for_each_slot([&](auto& slot) { node_pool.destroy(slot.item); });
  nodes.clear();
  registers.for_each_slot([&](auto& slot) { link_pool.destroy(slot.item); });
  registers.clear();
  node_pool.clear();
  link_pool.clear();
  order.clear();
  by_slot.clear();
  free_slots.clear();
  if (observer) observer->cleared();
  cleared = Placed();
  live.clear();
}

}  // namespace weft
