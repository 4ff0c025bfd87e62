// Aside: the graph as it will be with a large full state, built beside the one in use. It grows by a bounded number of
// operations a turn, out of what that one holds and what came; reads, writes, queries and other links go on with the
// one in use. Once it has everything the two are exchanged in one step.
//
// Invariants: 1. Until the exchange nothing of it shows: not in the graph, its watermark, clock, log, journal, quarantine,
// or to anybody. 2. What changes the graph in use meanwhile is noted in `meanwhile` and applied to both.
// 3. One is built at a time; it goes with its link, or import.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "core/origin.h"
#include "graph/graph.h"
#include "store/fields.h"
#include "sync/live_ranges.h"

namespace weft {

struct Aside {
  explicit Aside(uint64_t hash_seed) : graph(hash_seed) {}

  uint32_t link = 0;                    // 0: an import's
  uint32_t import = 0;
  Origin origin;
  bool replaces = false;
  std::unique_ptr<LiveRanges> ranges;   // outlives the graph that it watches; null: the graph in use has none either
  Graph graph;

  // ---- what goes in
  Operations ours;                      // live here when it began; none when it replaces
  size_t next_ours = 0, next_run = 0;   // of those, and of Staging::runs
  Operations meanwhile;
  size_t next_meanwhile = 0;
  bool compared = false;

  // ---- what comes of it, at the exchange
  Operations fresh;                     // theirs that changed the live set
  Operations only_ours;                 // for the answer
  Operations ahead;                     // for the quarantine
  std::vector<std::pair<OperationRef, bool>> conflicts;   // and whether the newcomer stands
  std::vector<Buffer> touched;          // ids, perhaps repeatedly
  Stamp greatest;                       // of all that was applied
  Buffer journal;                       // its group, but for the end
  std::vector<Buffer> for_tabs;         // messages, but for the last
};

}  // namespace weft
