#include "core/held.h"

namespace weft {

void Held::begin(uint32_t generation) {
  if (generation == generation_) return;
  generation_ = generation;
  for (Read& read : read_) read.kept = false;
}

void Held::forget() { std::vector<Read>().swap(read_); }

uint32_t Held::handle(const Graph& graph, const Node& node) {
  const uint32_t slot = graph.slot(node), version = graph.version(node);
  if (slot >= read_.size()) read_.resize(graph.slot_count());
  Read& read = read_[slot];
  if (read.version != version) {
    read = Read{version, false};
    return kUnkept;
  }
  const bool held = read.kept;
  read.kept = true;
  return slot << 1 | uint32_t{held};
}

}  // namespace weft
