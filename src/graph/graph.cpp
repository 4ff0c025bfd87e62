// How operations get into the graph. Each kind has one function that decides, in this order: is it
// below what covers it (nothing happens), what does it supersede, whose visible state may have changed.
#include "graph/graph.h"

#include <algorithm>

#include "base/hash.h"
#include "graph/state.h"

namespace weft {

Graph::Graph(uint64_t hash_seed) : state_(std::make_unique<State>(hash_seed)) {}
Graph::~Graph() = default;
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;

void Graph::forget_all() { state_->forget_all(); }

uint64_t Graph::State::hash_of(ByteView id) const { return hash_bytes(id, seed); }

Node* Graph::State::find(ByteView id, uint64_t hash) {
  auto* slot = nodes.find(hash, [&](const Node& node) { return node.id() == id; });
  return slot ? slot->item : nullptr;
}

Node& Graph::State::add(Node* node, uint64_t hash) {
  nodes.insert(hash, node);
  take_slot(*node);
  return *node;
}

uint64_t Graph::State::hash_of(const Link& link) const {
  return hash_pair(hash_of(link.source->id()), hash_of(link.target->id()), hash_of(link.operation->label()));
}

Link* Graph::State::find_link(const Node& source, ByteView label, const Node& target) {
  return find_link(source, label, target, hash_pair(hash_of(source.id()), hash_of(target.id()), hash_of(label)));
}

Link* Graph::State::find_link(const Node& source, ByteView label, const Node& target, uint64_t hash) {
  auto* slot = registers.find(hash, [&](const Link& link) {
    return link.source == &source && link.target == &target && link.operation->label() == label;
  });
  return slot ? slot->item : nullptr;
}

Stamp Graph::State::removed_at(const Node* node) const {
  const Stamp clear = cleared_at();
  return node && node->tombstone ? std::max(node->tombstone.operation->stamp(), clear) : clear;
}

void Graph::reserve(size_t nodes, size_t operations) {
  State& s = *state_;
  s.live.reserve(operations);
  s.nodes.reserve(s.nodes.size() + nodes);
  s.order.reserve(nodes);
  s.by_slot.reserve(s.by_slot.size() + nodes);
}

Applied Graph::apply(OperationRef operation, std::vector<Buffer>* touched, TouchedLinks* links) {
  State& s = *state_;
  s.touched = touched;
  s.touched_links = links;
  switch (operation->kind()) {
    case Kind::kCreate:
    case Kind::kPatch:
    case Kind::kReplace: return s.apply_upsert(*operation);
    case Kind::kRemove: return s.apply_remove(*operation);
    case Kind::kClear: return s.apply_clear(*operation);
    case Kind::kLink:
    case Kind::kUnlink: return s.apply_link(*operation);
  }
  return Applied::kKnown;
}

Applied Graph::State::apply_upsert(const Operation& operation) {
  const uint64_t hash = hash_of(operation.id());
  Node* known = find(operation.id(), hash);
  if (operation.stamp() <= removed_at(known)) return Applied::kKnown;
  Node& node = known ? *known : add(node_pool.make(operation, false), hash);
  const Stamp created = node.created();
  bool conflict = false;
  const auto inserted = node.upserts.insert(live.place(operation), superseded, conflict);
  if (inserted != Upserts::Inserted::kLive) return conflict ? Applied::kConflict : Applied::kKnown;
  live.insert(operation);
  node.anchor();
  refresh(node, created);
  drop_superseded();
  return conflict ? Applied::kConflictChanged : Applied::kChanged;
}

Applied Graph::State::apply_remove(const Operation& operation) {
  const uint64_t hash = hash_of(operation.id());
  Node* known = find(operation.id(), hash);
  if (known && known->tombstone && known->tombstone.operation->stamp() == operation.stamp()) {
    const Applied applied = settle_tie(known->tombstone, operation);
    known->anchor();
    drop_superseded();
    return applied;
  }
  if (operation.stamp() <= removed_at(known)) return Applied::kKnown;
  Node& node = known ? *known : add(node_pool.make(operation, false), hash);
  const Stamp created = node.created();
  if (node.tombstone) superseded.push_back(node.tombstone);
  node.tombstone = live.insert(operation);
  node.upserts.cut(operation.stamp(), superseded);
  node.anchor();
  if (node.links) drop_links(node, operation.stamp());
  refresh(node, created);
  drop_superseded();
  return Applied::kChanged;
}

// Two tombstones that differ only in who signed them.
Applied Graph::State::settle_tie(Placed& held, const Operation& operation) {
  if (!precedes(*held.operation, operation)) return precedes(operation, *held.operation) ? Applied::kConflict : Applied::kKnown;
  superseded.push_back(std::exchange(held, live.insert(operation)));
  return Applied::kConflictChanged;
}

Applied Graph::State::apply_clear(const Operation& operation) {
  if (cleared && cleared.operation->stamp() == operation.stamp()) {
    const Applied applied = settle_tie(cleared, operation);
    drop_superseded();
    return applied;
  }
  if (operation.stamp() <= cleared_at()) return Applied::kKnown;
  for (Node* node : order.in_order()) touch(*node);
  if (touched_links) touched_links->all = true;
  if (live.ceiling() <= operation.stamp()) forget_all();   // nothing is above it
  else clear_up_to(operation.stamp());
  cleared = live.insert(operation);
  return Applied::kChanged;
}

void Graph::State::clear_up_to(const Stamp& floor) {
  touched = nullptr;   // all nodes and links were reported already
  touched_links = nullptr;
  if (cleared) superseded.push_back(cleared);
  std::vector<Link*> old_links;
  registers.for_each_slot([&](auto& slot) {
    if (slot.item->operation->stamp() <= floor) old_links.push_back(slot.item);
  });
  for (Link* link : old_links) drop_link(*link);
  std::vector<Node*> all;
  nodes.for_each_slot([&](auto& slot) { all.push_back(slot.item); });
  for (Node* node : all) {
    const Stamp created = node->created();
    if (node->tombstone && node->tombstone.operation->stamp() <= floor) superseded.push_back(std::exchange(node->tombstone, Placed()));
    node->upserts.cut(floor, superseded);
    node->anchor();
    refresh(*node, created);
    drop_if_empty(*node);
  }
  drop_superseded();
}

Applied Graph::State::apply_link(const Operation& operation) {
  const uint64_t source_hash = hash_of(operation.id()), target_hash = hash_of(operation.target());
  Node* source = find(operation.id(), source_hash);
  Node* target = find(operation.target(), target_hash);
  if (operation.stamp() <= std::max(removed_at(source), removed_at(target))) return Applied::kKnown;
  const uint64_t hash = hash_pair(source_hash, target_hash, hash_of(operation.label()));
  Link* link = source && target ? find_link(*source, operation.label(), *target, hash) : nullptr;
  if (link && !precedes(*link->operation, operation)) {
    const bool tie = link->operation->stamp() == operation.stamp() && precedes(operation, *link->operation);
    return tie ? Applied::kConflict : Applied::kKnown;
  }
  const bool conflict = link && link->operation->stamp() == operation.stamp();
  const Placed placed = live.insert(operation);
  if (link) {
    link->source->links->out.remove(link);
    link->target->links->in.remove(link);
    superseded.push_back(std::exchange<Placed>(*link, placed));
  } else {
    if (!source) source = &add(node_pool.make(operation, false), source_hash);
    if (!target) target = operation.id() == operation.target() ? source : &add(node_pool.make(operation, true), target_hash);
    link = link_pool.make(placed, source, target);
    registers.insert(hash, link);
  }
  source->use_links().out.add(link);
  target->use_links().in.add(link);
  source->anchor();
  target->anchor();
  touch(*source);
  touch(*link);
  drop_superseded();
  return conflict ? Applied::kConflictChanged : Applied::kChanged;
}

}  // namespace weft
