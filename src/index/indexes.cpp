#include "index/indexes.h"

#include <algorithm>

namespace weft::index {
namespace {

constexpr uint64_t kIdleFactor = 4;   // an order kept up so many times over without use is dropped
constexpr uint64_t kPlaceCost = 8;    // to look at a node's points costs so many looks at a cell

bool has_point(const ValueView& value) {
  bool found = false;
  for_each_point(value, [&](const Point&) { found = true; });
  return found;
}

}  // namespace

template <class Order>
const Order* Indexes::Made<Order>::use(uint64_t now) {
  if (!order) return nullptr;
  uses += used != now;
  used = now;
  kept_up = 0;
  return order.get();
}

template <class Order>
bool Indexes::Made<Order>::is_idle() const {
  return order && kept_up > kIdleFactor * std::max<size_t>(order->size(), 1);
}

// ---- what is kept

void Indexes::declare(const FieldPath& path) {
  Kept& kept = kept_[dotted(path)];
  if (!kept.column) {
    kept.column = std::make_unique<Column>(path);
    watching_ = false;   // the next query reads everything once
  }
  kept.declared = true;
}

void Indexes::prepare(const Graph& graph) {
  const bool any = std::any_of(kept_.begin(), kept_.end(), [](const auto& each) { return each.second.declared; });
  if (any && pay(graph)) catch_up(graph);
}

bool Indexes::wish(const Graph& graph, const FieldPath& path, Kind kind, size_t nodes) {
  const auto found = kept_.find(dotted(path));
  if (found == kept_.end()) return false;
  Kept& kept = found->second;
  if (kind == Kind::kValues ? kept.sorted.order != nullptr : kept.places.order != nullptr) return false;
  uint64_t& wished = kind == Kind::kValues ? kept.sorted.wished : kept.places.wished;
  wished += kind == Kind::kPlaces ? nodes * kPlaceCost : nodes;
  if (wished < uint64_t{settings_.sort_after} * graph.node_count()) return false;
  wished = 0;
  return true;
}

void Indexes::make(const Graph& graph, const FieldPath& path, Kind kind) {
  look(graph, {path});
  Kept& kept = kept_[dotted(path)];
  kind == Kind::kValues ? sort(graph, kept) : place(graph, kept);
  make_room();
}

std::vector<Standing> Indexes::standing() const {
  std::vector<Standing> all;
  for (const auto& [path, kept] : kept_) {
    const Sorted* sorted = kept.sorted.order.get();
    const Places* places = kept.places.order.get();
    all.push_back({path, kept.declared, sorted != nullptr, sorted ? sorted->size() : 0, places ? places->size() : 0, kept.bytes(),
                   kept.sorted.uses + kept.places.uses});
  }
  return all;
}

size_t Indexes::bytes() const {
  size_t bytes = 0;
  for (const auto& [path, kept] : kept_) bytes += kept.bytes();
  return bytes;
}

// What this very query asked for stays, however large.
void Indexes::make_room() {
  while (bytes() > settings_.most_bytes) {
    auto oldest = kept_.end();
    for (auto it = kept_.begin(); it != kept_.end(); ++it)
      if (!it->second.declared && it->second.used != now_ && (oldest == kept_.end() || it->second.used < oldest->second.used)) oldest = it;
    if (oldest == kept_.end()) return;
    kept_.erase(oldest);
  }
}

void Indexes::drop_idle() {
  for (auto& [path, kept] : kept_) {
    if (kept.declared) continue;
    if (kept.sorted.is_idle()) kept.sorted.order.reset();
    if (kept.places.is_idle()) kept.places.order.reset();
  }
}

// ---- what a query reads

std::vector<const Column*> Indexes::look(const Graph& graph, const std::vector<FieldPath>& paths) {
  std::vector<const Column*> found;
  std::vector<Column*> fresh;
  for (const FieldPath& path : paths) {
    Kept& kept = kept_[dotted(path)];
    kept.used = now_;
    if (!kept.column) {
      kept.column = std::make_unique<Column>(path);
      kept.column->resize(graph.slot_count());
      fresh.push_back(kept.column.get());
    }
    found.push_back(kept.column.get());
  }
  if (fresh.empty()) return found;
  read_all(graph, fresh);
  make_room();
  return found;
}

const Column* Indexes::column(const FieldPath& path) {
  const auto found = kept_.find(dotted(path));
  if (found == kept_.end()) return nullptr;
  found->second.used = now_;
  return found->second.column.get();
}

const Sorted* Indexes::sorted(const FieldPath& path) {
  const auto found = kept_.find(dotted(path));
  if (found == kept_.end()) return nullptr;
  const Sorted* sorted = found->second.sorted.use(now_);
  if (sorted) found->second.used = now_;
  return sorted;
}

const Places* Indexes::places(const FieldPath& path) {
  const auto found = kept_.find(dotted(path));
  if (found == kept_.end()) return nullptr;
  const Places* places = found->second.places.use(now_);
  if (places) found->second.used = now_;
  return places;
}

void Indexes::catch_up(const Graph& graph) {
  ++now_;
  drop_idle();
  const bool afresh = !watching_ || dirty_.size() * 2 > graph.node_count();
  existing_.resize(graph.slot_count());
  is_dirty_.resize(graph.slot_count());
  is_left_.resize(graph.slot_count());
  const std::vector<Column*> all = columns();
  for (Column* column : all) column->resize(graph.slot_count());
  if (afresh) {
    read_all(graph, all);
    for (auto& [path, kept] : kept_) {
      if (kept.sorted.order) sort(graph, kept);
      if (kept.places.order) place(graph, kept);
    }
  }
  for (const uint32_t slot : dirty_) {
    is_dirty_.remove(slot);
    if (!afresh) put_back(graph, slot);
    is_left_.remove(slot);
  }
  dirty_.clear();
  watching_ = true;
  make_declared(graph);
}

std::vector<Column*> Indexes::columns() const {
  std::vector<Column*> all;
  for (const auto& [path, kept] : kept_) all.push_back(kept.column.get());
  return all;
}

void Indexes::read_all(const Graph& graph, const std::vector<Column*>& columns) {
  for (uint32_t slot = 0; slot < graph.slot_count(); ++slot) {
    const Node* node = graph.at(slot);
    existing_.set(slot, node != nullptr);
    for (Column* column : columns) column->read(slot, graph, node);
  }
}

void Indexes::sort(const Graph& graph, Kept& kept) {
  if (!kept.sorted.order) kept.sorted.order = std::make_unique<Sorted>();
  std::vector<std::pair<const Node*, Key>> values;
  values.reserve(graph.node_count());
  existing_.for_each([&](uint32_t slot) {
    values.emplace_back(graph.at(slot), kept.column->key(slot));
    if (kept.declared && !kept.has_points) kept.has_points = has_point(values.back().second.value);
  });
  kept.sorted.order->build(values);
  kept.sorted.kept_up = 0;
}

void Indexes::place(const Graph& graph, Kept& kept) {
  if (!kept.places.order) kept.places.order = std::make_unique<Places>();
  kept.places.order->build(graph, *kept.column, existing_);
  kept.places.kept_up = 0;
}

void Indexes::make_declared(const Graph& graph) {
  for (auto& [path, kept] : kept_) {
    if (!kept.declared) continue;
    if (!kept.sorted.order) sort(graph, kept);
    if (kept.has_points && !kept.places.order) place(graph, kept);
  }
}

// A changed node's cells, and its entries in the orders.
void Indexes::put_back(const Graph& graph, uint32_t slot) {
  const Node* node = graph.at(slot);
  existing_.set(slot, node != nullptr);
  for (auto& [path, kept] : kept_) {
    const Key old = kept.column->key(slot);
    kept.column->read(slot, graph, node);
    if (!node) continue;
    const Key key = kept.column->key(slot);
    if (kept.sorted.order && !(is_left(kept, slot, old) && needs_no_value(key) && compare(old, key) == 0)) {
      if (is_left(kept, slot, old)) {
        kept.sorted.order->erase(*node, old);
        ++kept.sorted.kept_up;
      }
      kept.sorted.order->insert(*node, key);
      ++kept.sorted.kept_up;
    }
    if (kept.places.order) {
      kept.places.order->insert(graph, *node, key.value);
      kept.places.kept_up += kept.places.order->has(slot);
    }
    if (kept.declared && !kept.has_points) kept.has_points = has_point(key.value);
  }
}

bool Indexes::is_left(const Kept& kept, uint32_t slot, const Key& key) const {
  return kept.sorted.order && is_left_.has(slot) && needs_no_value(key);
}

// ---- what the graph tells

void Indexes::changed(const Node& node) {
  if (!watching_) return;
  const uint32_t slot = Graph::slot(node);
  if (slot >= is_dirty_.size()) {
    is_dirty_.resize(slot + 1);
    is_left_.resize(slot + 1);
  }
  const bool was_dirty = is_dirty_.has(slot);
  if (!was_dirty) {
    is_dirty_.add(slot);
    dirty_.push_back(slot);
  }
  if (!existing_.has(slot)) return;
  if (!was_dirty) is_left_.add(slot);
  const bool goes = !Graph::exists(node);
  if (was_dirty && !(goes && is_left_.has(slot))) return;
  for (auto& [path, kept] : kept_) take_out(kept, node, goes, was_dirty);
  if (goes) is_left_.remove(slot);
}

// From the orders, what cannot stay there until put_back(): of a node that goes, or compared by bytes that go.
void Indexes::take_out(Kept& kept, const Node& node, bool goes, bool only_left) {
  const uint32_t slot = Graph::slot(node);
  const Key key = kept.column->key(slot);
  const bool stays = needs_no_value(key);
  if (kept.sorted.order && (stays ? goes : !only_left)) {
    kept.sorted.order->erase(node, key);
    ++kept.sorted.kept_up;
  }
  if (kept.places.order && !only_left) {
    kept.places.kept_up += kept.places.order->has(slot);
    kept.places.order->erase(node);
  }
}

void Indexes::cleared() {
  for (auto it = kept_.begin(); it != kept_.end();) {
    if (it->second.declared) {
      it->second.column->clear();
      it->second.sorted.order.reset();
      it->second.places.order.reset();
      it->second.has_points = false;
      ++it;
    } else {
      it = kept_.erase(it);
    }
  }
  existing_ = Bits();
  is_dirty_ = Bits();
  is_left_ = Bits();
  std::vector<uint32_t>().swap(dirty_);
  watching_ = false;
}

}  // namespace weft::index
