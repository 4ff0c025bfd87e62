// LiveQueries: keeps each subscription's result and turns what was touched into events that, applied in
// order, always rebuild the result of running the query afresh: a set of nodes by id, to which
// `initial` and `added` add, in which `updated` replaces, from which `removed` takes away; its order is
// the query's sort rule.
//
// Invariants: 1. Events come by subscription, ascending; within one: `removed`, then `added` and
// `updated` in result order. 2. `updated` is told exactly when value, edges or timestamp differ from
// what was told last. 3. A change is shown only to the subscriptions it can concern: those that hold
// the node, and those whose conditions its fields can meet now (interests.h). The others cost nothing.
#pragma once
#include <memory>
#include <vector>

#include "query/query.h"

namespace weft {

// What a listener is told of a node; one for all who are told the same.
struct Shown {
  Buffer id;
  Buffer value;                 // MessagePack; empty: there is no node, or it left the result
  std::vector<Buffer> edges;
  Stamp timestamp;              // for removed: of the remove or clear, or the node's own if it merely left
};

struct LiveEvent {
  uint32_t subscription;
  uint8_t action;               // core/replica.h Action: 0 initial, 1 added, 2 updated, 3 removed
  std::shared_ptr<const Shown> node;
};

class LiveQueries {
 public:
  // `hash_seed` as of Graph: against ids chosen to collide. `indexes`: of the graph, where queries are
  // run from; not owned.
  explicit LiveQueries(uint64_t hash_seed = 0, index::Indexes* indexes = nullptr);
  ~LiveQueries();
  // Queues `initial`. What was touched before was refreshed before. Errors: CURSOR_NOT_FOUND.
  Result<uint32_t> add(Query query, const Graph&, std::vector<LiveEvent>& events);
  // get(id, callback). `initial` with an empty value stands for null; a node that comes back is `added`.
  uint32_t add_node(ByteView id, const Graph&, std::vector<LiveEvent>& events);
  void remove(uint32_t subscription);
  bool empty() const;
  bool follows_links() const;   // some `$edge` is live: refresh() wants the links, too
  // `touched`: ids whose visible state may have changed since the last call, and `links` that may have come
  // or gone; both perhaps repeatedly.
  void refresh(const std::vector<Buffer>& touched, const TouchedLinks& links, const Graph&,
               std::vector<LiveEvent>& events);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft
