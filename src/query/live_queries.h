// LiveQueries: keeps each subscription's last result and turns touched ids into events that, applied
// in order, always rebuild the result of running the query afresh: a set of nodes by id, to which
// `initial` and `added` add, in which `updated` replaces, from which `removed` takes away; its order is
// the query's sort rule (Query::before).
//
// Invariants: 1. Events come by subscription, ascending; within one: `removed`, then `added` and
// `updated` in result order. 2. `updated` is told exactly when value, edges or timestamp differ from
// what was told last. 3. Nothing touched costs nothing; a touched node costs one match per query.
#pragma once
#include <memory>
#include <vector>

#include "query/query.h"

namespace weft {

struct LiveEvent {
  uint32_t subscription;
  uint8_t action;          // core/replica.h Action: 0 initial, 1 added, 2 updated, 3 removed
  Buffer id;
  Buffer value;            // MessagePack; empty for removed
  std::vector<Buffer> edges;
  Stamp timestamp;         // for removed: of the remove or clear, or the node's own if it merely left
};

class LiveQueries {
 public:
  LiveQueries();
  ~LiveQueries();
  Result<uint32_t> add(Query query, const Graph&, std::vector<LiveEvent>& events);   // queues `initial`
  // get(id, callback). `initial` with an empty value stands for null; a node that comes back is `added`.
  uint32_t add_node(ByteView id, const Graph&, std::vector<LiveEvent>& events);
  void remove(uint32_t subscription);
  bool empty() const;
  // `touched`: ids whose visible state may have changed since the last call, each once.
  void refresh(const std::vector<Buffer>& touched, const Graph&, std::vector<LiveEvent>& events);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft
