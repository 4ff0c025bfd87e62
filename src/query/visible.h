// Visible: what a listener is told of a node, and whether that differs from what it was told last.
#pragma once
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "query/live_queries.h"

namespace weft::query {

inline constexpr uint8_t kInitial = 0, kAdded = 1, kUpdated = 2, kRemoved = 3;   // Action of core/replica.h

// Stands for a state that was told, in 24 bytes instead of a copy of it. The timestamp is exact; the
// hash is not proof against someone who chooses both states, who could at most hide a change whose
// timestamp stays the same (an older patch that arrives late).
struct Told {
  Stamp timestamp;
  uint64_t hash = 0;
  friend bool operator==(const Told& a, const Told& b) { return a.timestamp == b.timestamp && a.hash == b.hash; }
};

struct Visible {
  Buffer value;
  std::vector<Buffer> edges;
  Stamp timestamp;
  uint64_t hash = 0;

  static Visible of(const Graph&, const Node&);
  Told told() const { return {timestamp, hash}; }
};

// An id of a refresh. What it shows is worked out when first asked for, once for all subscriptions.
class Touched {
 public:
  Touched(const Buffer& id, const Graph& graph) : id_(id), graph_(graph), node_(graph.find(id)) {}
  const Buffer& id() const { return id_; }
  const Node* node() const { return node_; }      // nullptr: does not exist now
  const Visible& visible() const {                // of a node that exists
    if (!visible_) visible_ = Visible::of(graph_, *node_);
    return *visible_;
  }
  LiveEvent event(uint32_t subscription, uint8_t action) const;
  LiveEvent removed(uint32_t subscription) const;

 private:
  const Buffer& id_;
  const Graph& graph_;
  const Node* node_;
  mutable std::optional<Visible> visible_;
};

}  // namespace weft::query
