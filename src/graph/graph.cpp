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
  auto* slot = nodes.find(hash, [&](const Node& node) { return node.id == id; });
  return slot ? slot->item : nullptr;
}

Node& Graph::State::add(ByteView id, uint64_t hash) {
  Node* node = node_pool.make(id, hash);
  nodes.insert(hash, node);
  take_slot(*node);
  return *node;
}

uint64_t Graph::State::hash_of(const Node& source, ByteView label, const Node& target) const {
  return hash_pair(source.hash, target.hash, hash_bytes(label, seed));
}

Link* Graph::State::find_link(const Node& source, ByteView label, const Node& target) {
  auto* slot = registers.find(hash_of(source, label, target), [&](const Link& link) {
    return link.source == &source && link.target == &target && link.operation->label() == label;
  });
  return slot ? slot->item : nullptr;
}

Stamp Graph::State::removed_at(const Node* node) const {
  const Stamp clear = cleared_at();
  return node && node->tombstone && clear < node->tombstone->stamp() ? node->tombstone->stamp() : clear;
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
  Node& node = known ? *known : add(operation.id(), hash);
  bool conflict = false;
  const auto inserted = node.upserts.insert(operation, superseded, conflict);
  if (inserted != Upserts::Inserted::kLive) return conflict ? Applied::kConflict : Applied::kKnown;
  live.insert(operation);
  node.anchor();
  refresh(node);
  drop_superseded();
  return conflict ? Applied::kConflictChanged : Applied::kChanged;
}

Applied Graph::State::apply_remove(const Operation& operation) {
  const uint64_t hash = hash_of(operation.id());
  Node* known = find(operation.id(), hash);
  if (known && known->tombstone && known->tombstone->stamp() == operation.stamp()) {
    const Applied applied = settle_tie(known->tombstone, operation);
    known->anchor();
    drop_superseded();
    return applied;
  }
  if (operation.stamp() <= removed_at(known)) return Applied::kKnown;
  Node& node = known ? *known : add(operation.id(), hash);
  if (node.tombstone) superseded.push_back(node.tombstone);
  node.tombstone = &operation;
  live.insert(operation);
  node.upserts.cut(operation.stamp(), superseded);
  node.anchor();
  if (node.links) drop_links(node, operation.stamp());
  refresh(node);
  drop_superseded();
  return Applied::kChanged;
}

// Two tombstones that differ only in who signed them.
Applied Graph::State::settle_tie(const Operation*& held, const Operation& operation) {
  if (!precedes(*held, operation)) return precedes(operation, *held) ? Applied::kConflict : Applied::kKnown;
  live.insert(operation);
  superseded.push_back(std::exchange(held, &operation));
  return Applied::kConflictChanged;
}

Applied Graph::State::apply_clear(const Operation& operation) {
  if (cleared && cleared->stamp() == operation.stamp()) {
    const Applied applied = settle_tie(cleared, operation);
    drop_superseded();
    return applied;
  }
  if (operation.stamp() <= cleared_at()) return Applied::kKnown;
  for (Node* node : order.in_order()) touch(*node);
  if (touched_links) touched_links->all = true;
  if (live.ceiling() <= operation.stamp()) forget_all();   // nothing is above it
  else clear_up_to(operation.stamp());
  cleared = &operation;
  live.insert(operation);
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
    if (node->tombstone && node->tombstone->stamp() <= floor) superseded.push_back(std::exchange(node->tombstone, nullptr));
    node->upserts.cut(floor, superseded);
    node->anchor();
    refresh(*node);
    drop_if_empty(*node);
  }
  drop_superseded();
}

Applied Graph::State::apply_link(const Operation& operation) {
  const uint64_t source_hash = hash_of(operation.id()), target_hash = hash_of(operation.target());
  Node* source = find(operation.id(), source_hash);
  Node* target = find(operation.target(), target_hash);
  if (operation.stamp() <= std::max(removed_at(source), removed_at(target))) return Applied::kKnown;
  Link* link = source && target ? find_link(*source, operation.label(), *target) : nullptr;
  if (link && !precedes(*link->operation, operation)) {
    const bool tie = link->operation->stamp() == operation.stamp() && precedes(operation, *link->operation);
    return tie ? Applied::kConflict : Applied::kKnown;
  }
  const bool conflict = link && link->operation->stamp() == operation.stamp();
  live.insert(operation);
  if (link) {
    link->source->links->out.remove(link);
    link->target->links->in.remove(link);
    superseded.push_back(std::exchange(link->operation, &operation));
  } else {
    if (!source) source = &add(operation.id(), source_hash);
    if (!target) target = operation.id() == operation.target() ? source : &add(operation.target(), target_hash);
    link = link_pool.make(&operation, source, target);
    registers.insert(hash_of(*source, operation.label(), *target), link);
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
