// Round: one refresh. What was touched, seen by all subscriptions it concerns; what a node shows is
// worked out when first asked for, once for all.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "graph/graph.h"
#include "query/live_queries.h"
#include "query/tracking.h"

namespace weft::query {

inline constexpr uint8_t kInitial = 0, kAdded = 1, kUpdated = 2, kRemoved = 3;   // Action of core/replica.h

class Touched {
 public:
  // `id` outlives the round.
  Touched(ByteView id, Tracked* tracked, const Graph& graph, bool may_differ)
      : id_(id), tracked_(tracked), graph_(graph), node_(graph.find(id)), may_differ_(may_differ) {}
  ByteView id() const { return id_; }
  const Node* node() const { return node_; }      // nullptr: does not exist now
  Tracked* tracked() const { return tracked_; }   // nullptr: nobody holds it
  bool is_changed() const;                        // shows another state than was told; of a node that exists
  LiveEvent event(uint32_t subscription, uint8_t action) const;
  LiveEvent removed(uint32_t subscription) const;

 private:
  friend class Round;
  const Shown& shown() const;

  ByteView id_;
  Tracked* tracked_;
  const Graph& graph_;
  const Node* node_;
  bool may_differ_;                               // from what was told
  mutable std::shared_ptr<const Shown> shown_, removed_;
  mutable uint64_t hash_ = 0;                     // of shown_
};

class Round {
 public:
  Round(const Graph& its_graph, index::Indexes* its_indexes, Tracking& its_tracking, std::vector<LiveEvent>& its_events)
      : graph(its_graph), tracking(its_tracking), events(its_events), indexes(its_indexes) {}
  ~Round();                                       // remembers what was told
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  Touched* touch(ByteView id);                    // before anything else; nullptr: tracked, and touched before
  Tracked& track(Touched&);
  Touched& part(Tracked&);                        // also of a node that was not touched

  const Graph& graph;
  Tracking& tracking;
  std::vector<LiveEvent>& events;
  index::Indexes* const indexes;                  // nullptr: none
  bool all_links = false;                         // any link may have come or gone

 private:
  std::deque<Touched> touched_, others_;
};

}  // namespace weft::query
