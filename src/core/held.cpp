#include "core/held.h"

namespace weft {

void Held::begin(uint32_t generation) {
  if (generation == generation_) return;
  generation_ = generation;
  std::vector<uint32_t>().swap(versions_);
}

uint32_t Held::handle(const Graph& graph, const Node& node) {
  const uint32_t slot = graph.slot(node), version = graph.version(node);
  if (slot >= versions_.size()) versions_.resize(graph.slot_count());
  const bool held = versions_[slot] == version;
  versions_[slot] = version;
  return slot << 1 | uint32_t{held};
}

}  // namespace weft
