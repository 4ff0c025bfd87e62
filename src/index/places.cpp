#include "index/places.h"

#include <algorithm>

namespace weft::index {
namespace {

constexpr size_t kMostSpans = 64;   // of one region
constexpr size_t kFew = 16;         // entries are read rather than told apart further

// One type, since only codes are compared.
Key key_of(uint64_t code) { return {Type::kNumber, true, code, ValueView()}; }
Entry entry_of(const Node& node, uint64_t code) { return {code, &node, {}, Type::kNumber, true, false}; }

bool touches(const Box& a, const Box& b) {
  return a.south <= b.north && b.south <= a.north && a.west <= b.east && b.west <= a.east;
}
bool encloses(const Box& outer, const Box& inner) {
  return outer.south <= inner.south && inner.north <= outer.north && outer.west <= inner.west && inner.east <= outer.east;
}

bool is_before(const Places::Span& a, const Places::Span& b) {
  return a.from.block != b.from.block ? a.from.block < b.from.block : a.from.index < b.from.index;
}

// Neighbours become one.
void join(std::vector<Places::Span>& spans) {
  std::sort(spans.begin(), spans.end(), is_before);
  size_t last = 0;
  for (size_t i = 1; i < spans.size(); ++i) {
    if (spans[last].to == spans[i].from) {
      spans[last].to = spans[i].to;
      spans[last].count += spans[i].count;
    } else {
      spans[++last] = spans[i];
    }
  }
  spans.resize(std::min(spans.size(), last + 1));
}

}  // namespace

// ---- what is where

std::vector<uint64_t> Places::codes(const Graph& graph, const Node& node, const ValueView& value) const {
  std::vector<uint64_t> codes;
  for_each_place(value, graph, node, [&](const Point& point) { codes.push_back(code_of(point)); });
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

void Places::note(uint32_t slot, std::vector<uint64_t> codes) {
  if (codes.empty()) return;
  if (slot >= first_.size()) first_.resize(std::max<size_t>(slot + 1, first_.size() * 5 / 4));
  noted_.resize(first_.size());
  noted_.add(slot);
  first_[slot] = codes[0];
  if (codes.size() == 1) return;
  codes.erase(codes.begin());
  others_[slot] = std::move(codes);
}

void Places::build(const Graph& graph, const Column& values, const Bits& existing) {
  noted_ = Bits();
  first_.assign(graph.slot_count(), 0);
  others_.clear();
  std::vector<Entry> all;
  existing.for_each([&](uint32_t slot) {
    const Node& node = *graph.at(slot);
    std::vector<uint64_t> found = codes(graph, node, values.value(slot));
    for (const uint64_t code : found) all.push_back(entry_of(node, code));
    note(slot, std::move(found));
  });
  sorted_.build(std::move(all));
}

void Places::insert(const Graph& graph, const Node& node, const ValueView& value) {
  std::vector<uint64_t> found = codes(graph, node, value);
  for (const uint64_t code : found) sorted_.insert(entry_of(node, code));
  note(Graph::slot(node), std::move(found));
}

void Places::erase(const Node& node) {
  const uint32_t slot = Graph::slot(node);
  if (!has(slot)) return;
  sorted_.erase(entry_of(node, first_[slot]));
  noted_.remove(slot);
  const auto others = others_.find(slot);
  if (others == others_.end()) return;
  for (const uint64_t code : others->second) sorted_.erase(entry_of(node, code));
  others_.erase(others);
}

size_t Places::bytes() const {
  size_t bytes = sorted_.bytes() + first_.capacity() * sizeof(uint64_t) + noted_.size() / 8;
  for (const auto& [slot, codes] : others_) bytes += codes.capacity() * sizeof(uint64_t) + 4 * sizeof(void*);
  return bytes;
}

// ---- looking

Places::Span Places::in(const Cell& cell) const {
  Span span{sorted_.lower(key_of(cell.first)), sorted_.upper(key_of(cell.last())), 0};
  if (span.from != span.to) span.count = sorted_.distance(span.from, span.to);
  return span;
}

// From the whole earth down, all cells of one size before the next: what lies within is taken, what lies on
// an edge is told apart further while that is worth it.
std::vector<Places::Span> Places::covering(const std::vector<Box>& boxes) const {
  std::vector<Span> spans;
  std::vector<Cell> cells = {Cell()};
  for (std::vector<Cell> smaller; !cells.empty(); cells.swap(smaller), smaller.clear()) {
    for (const Cell& cell : cells) {
      const Box box = cell.box();
      const auto touching = [&](const Box& wanted) { return touches(wanted, box); };
      if (std::none_of(boxes.begin(), boxes.end(), touching)) continue;
      const Span span = in(cell);
      if (span.count == 0) continue;
      const auto enclosing = [&](const Box& wanted) { return encloses(wanted, box); };
      const bool splits = cell.splits() && span.count > kFew && spans.size() + cells.size() + smaller.size() < kMostSpans &&
                          std::none_of(boxes.begin(), boxes.end(), enclosing);
      if (!splits) spans.push_back(span);
      else for (const Cell& quarter : cell.quarters()) smaller.push_back(quarter);
    }
  }
  join(spans);
  return spans;
}

}  // namespace weft::index
