#include "index/indexes.h"

#include <algorithm>

namespace weft::index {

std::vector<const Column*> Indexes::look(const Graph& graph, const std::vector<FieldPath>& paths) {
  ++looks_;
  catch_up(graph);
  std::vector<const Column*> found;
  std::vector<Column*> fresh;
  for (const FieldPath& path : paths) {
    Kept& kept = columns_[dotted(path)];
    kept.used = looks_;
    if (!kept.column) {
      kept.column = std::make_unique<Column>(path);
      kept.column->resize(graph.slot_count());
      fresh.push_back(kept.column.get());
    }
    found.push_back(kept.column.get());
  }
  if (!fresh.empty()) {
    read_all(graph, fresh);
    make_room(settings_.most_bytes);
  }
  return found;
}

void Indexes::catch_up(const Graph& graph) {
  const bool afresh = !watching_ || dirty_.size() * 2 > graph.node_count();
  std::vector<Column*> all;
  for (auto& [path, kept] : columns_) all.push_back(kept.column.get());
  existing_.resize(graph.slot_count());
  is_dirty_.resize(graph.slot_count());
  for (Column* column : all) column->resize(graph.slot_count());
  if (afresh) read_all(graph, all);
  else for (const uint32_t slot : dirty_) read(graph, slot, all);
  for (const uint32_t slot : dirty_) is_dirty_.remove(slot);
  dirty_.clear();
  watching_ = true;
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

// What this very look asked for stays, however large.
void Indexes::make_room(size_t most) {
  while (bytes() > most) {
    const auto oldest = std::min_element(columns_.begin(), columns_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    if (oldest == columns_.end() || oldest->second.used == looks_) return;
    columns_.erase(oldest);
  }
}

size_t Indexes::bytes() const {
  size_t bytes = 0;
  for (const auto& [path, kept] : columns_) bytes += kept.column->bytes();
  return bytes;
}

void Indexes::changed(uint32_t slot) {
  if (!watching_) return;
  is_dirty_.resize(std::max(is_dirty_.bytes() * 8, size_t{slot} + 1));
  if (is_dirty_.has(slot)) return;
  is_dirty_.add(slot);
  dirty_.push_back(slot);
}

void Indexes::cleared() {
  columns_.clear();
  existing_ = Bits();
  is_dirty_ = Bits();
  std::vector<uint32_t>().swap(dirty_);
  watching_ = false;
}

}  // namespace weft::index
