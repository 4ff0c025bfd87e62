#include "index/indexes.h"

#include <algorithm>

namespace weft::index {
namespace {

constexpr uint64_t kIdleFactor = 4;   // an order kept up so many times over without use is dropped

}  // namespace

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

bool Indexes::wish(const Graph& graph, const FieldPath& path, size_t nodes) {
  const auto found = kept_.find(dotted(path));
  if (found == kept_.end() || found->second.sorted) return false;
  uint64_t& wished = found->second.wished;
  wished += nodes;
  if (wished < uint64_t{settings_.sort_after} * graph.node_count()) return false;
  wished = 0;
  return true;
}

void Indexes::sort(const Graph& graph, const FieldPath& path) {
  look(graph, {path});
  sort(graph, kept_[dotted(path)]);
  make_room();
}

std::vector<Standing> Indexes::standing() const {
  std::vector<Standing> all;
  for (const auto& [path, kept] : kept_)
    all.push_back({path, kept.declared, kept.sorted != nullptr, kept.sorted ? kept.sorted->size() : 0, kept.bytes(), kept.uses});
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
  for (auto& [path, kept] : kept_)
    if (kept.sorted && !kept.declared && kept.kept_up > kIdleFactor * kept.sorted->size()) kept.sorted.reset();
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
  if (found == kept_.end() || !found->second.sorted) return nullptr;
  Kept& kept = found->second;
  kept.uses += kept.sorted_used != now_;
  kept.used = kept.sorted_used = now_;
  kept.kept_up = 0;
  return kept.sorted.get();
}

void Indexes::catch_up(const Graph& graph) {
  ++now_;
  drop_idle();
  const bool afresh = !watching_ || dirty_.size() * 2 > graph.node_count();
  existing_.resize(graph.slot_count());
  is_dirty_.resize(graph.slot_count());
  const std::vector<Column*> all = columns();
  for (Column* column : all) column->resize(graph.slot_count());
  if (afresh) {
    read_all(graph, all);
    for (auto& [path, kept] : kept_)
      if (kept.sorted) sort(graph, kept);
  }
  for (const uint32_t slot : dirty_) {
    is_dirty_.remove(slot);
    if (afresh) continue;
    read(graph, slot, all);
    put_back(graph, slot);
  }
  dirty_.clear();
  watching_ = true;
  sort_declared(graph);
}

std::vector<Column*> Indexes::columns() const {
  std::vector<Column*> all;
  for (const auto& [path, kept] : kept_) all.push_back(kept.column.get());
  return all;
}

void Indexes::read(const Graph& graph, uint32_t slot, const std::vector<Column*>& columns) {
  const Node* node = graph.at(slot);
  existing_.set(slot, node != nullptr);
  for (Column* column : columns) {
    if (node) column->read(slot, graph, *node);
    else column->forget(slot);
  }
}

void Indexes::read_all(const Graph& graph, const std::vector<Column*>& columns) {
  for (uint32_t slot = 0; slot < graph.slot_count(); ++slot) read(graph, slot, columns);
}

void Indexes::sort(const Graph& graph, Kept& kept) {
  if (!kept.sorted) kept.sorted = std::make_unique<Sorted>();
  std::vector<std::pair<const Node*, Key>> values;
  values.reserve(graph.node_count());
  existing_.for_each([&](uint32_t slot) { values.emplace_back(graph.at(slot), kept.column->key(slot)); });
  kept.sorted->build(values);
  kept.kept_up = 0;
}

void Indexes::sort_declared(const Graph& graph) {
  for (auto& [path, kept] : kept_)
    if (kept.declared && !kept.sorted) sort(graph, kept);
}

void Indexes::put_back(const Graph& graph, uint32_t slot) {
  const Node* node = graph.at(slot);
  if (!node) return;
  for (auto& [path, kept] : kept_) {
    if (!kept.sorted) continue;
    kept.sorted->insert(*node, kept.column->key(slot));
    ++kept.kept_up;
  }
}

// ---- what the graph tells

void Indexes::changed(const Node& node) {
  if (!watching_) return;
  const uint32_t slot = Graph::slot(node);
  if (slot >= is_dirty_.size()) is_dirty_.resize(slot + 1);
  if (is_dirty_.has(slot)) return;
  is_dirty_.add(slot);
  dirty_.push_back(slot);
  if (!existing_.has(slot)) return;
  for (auto& [path, kept] : kept_) {
    if (!kept.sorted) continue;
    kept.sorted->erase(node, kept.column->key(slot));
    ++kept.kept_up;
  }
}

void Indexes::cleared() {
  for (auto it = kept_.begin(); it != kept_.end();) {
    if (it->second.declared) {
      it->second.column->clear();
      it->second.sorted.reset();
      ++it;
    } else {
      it = kept_.erase(it);
    }
  }
  existing_ = Bits();
  is_dirty_ = Bits();
  std::vector<uint32_t>().swap(dirty_);
  watching_ = false;
}

}  // namespace weft::index
