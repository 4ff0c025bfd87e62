// Execution: a plan run with what is kept beside the graph. Decides by counting, as it goes:
//
//   ids        the condition names the ids that can meet it
//   range      sorted orders narrow the nodes down; those are asked
//   walk       a window: nodes are asked in the result's own order until it is full
//   columns    all nodes are asked, by columns; with a sorted order at hand nothing is sorted after
//   nodes      all are asked one by one: there are too few to keep anything for them
#pragma once
#include "index/indexes.h"
#include "query/plan.h"

namespace weft::query {

// What was done, for explain.
struct Trace {
  const char* way = "nodes";
  std::vector<Buffer> fields;      // dotted paths whose order of values was read to find nodes
  std::vector<Buffer> places;      // ... whose order of places was
  size_t counted = 0;              // entries in the ranges, before one was read
  size_t asked = 0;                // nodes that the condition was asked about
  bool in_order = false;           // the order was there already: nothing was sorted
  size_t met = 0;                  // of these met it, as far as they were asked
  size_t found = 0;                // that the result has
};

// What meets the condition (with `$edge`: the starts), in no order.
std::vector<const Node*> matching(const Plan&, const Graph&, index::Indexes&);
Result<std::vector<const Node*>> execute(const Plan&, const Graph&, index::Indexes&, Trace&);
// How many execute() would give.
Result<size_t> count(const Plan&, const Graph&, index::Indexes&);

}  // namespace weft::query
