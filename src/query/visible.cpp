#include "query/visible.h"

#include "base/hash.h"

namespace weft::query {

Visible Visible::of(const Graph& graph, const Node& node) {
  Visible visible;
  graph.value(node, visible.value);
  visible.timestamp = graph.timestamp(node);
  visible.hash = hash_bytes(visible.value, 0);
  graph.for_each_edge(node, [&](ByteView target) {
    visible.edges.emplace_back(target);
    visible.hash = hash_bytes(target, visible.hash);
  });
  return visible;
}

LiveEvent Touched::event(uint32_t subscription, uint8_t action) const {
  const Visible& now = visible();
  return {subscription, action, id_, now.value, now.edges, now.timestamp};
}

LiveEvent Touched::removed(uint32_t subscription) const {
  return {subscription, kRemoved, id_, {}, {}, node_ ? graph_.timestamp(*node_) : graph_.removed_at(id_)};
}

}  // namespace weft::query
