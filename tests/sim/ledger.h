// Ledger: every operation ever made, and what each peer must still hold of them. The oracle of a run.
//
// A peer's holding grows by what it makes and by what reaches it, and shrinks in two ways only: a crash
// takes what was not flushed, and a full state with `fullState: "replace"` discards what was there. Both
// are entered here when they happen, so nothing else may be missing in the end.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace weft::sim {

class Ledger {
 public:
  // An operation made by a peer. False: its stamp was used before.
  bool made(uint32_t peer, const OperationRef& operation);
  bool knows(const Operation& operation) const;
  // A look at what a peer holds. False: something it held is neither there nor superseded.
  bool holds(uint32_t peer, const Graph& graph);
  // Whether an operation of that stamp has reached the peer: it is held, or superseded by what is.
  bool has_seen(uint32_t peer, const Stamp& stamp);
  // The peer now holds this and no more. What it made until now may be gone everywhere.
  void begins_anew(uint32_t peer, const Graph& graph, bool something_lost);

  size_t size() const { return made_.size(); }
  // An operation of the graph that nobody made, as text; empty: none.
  std::string invented(const Graph& graph) const;
  // What must be in force at the end: all that was made and not lost with its maker, and what is there.
  std::vector<OperationRef> due(const Graph& graph) const;

 private:
  struct Entry {
    OperationRef operation;
    uint32_t peer = 0;
    bool lost = false;          // by its maker; others may hold it
  };
  std::map<Stamp, Entry> made_;
  std::map<uint32_t, Graph> held_;
  std::map<uint32_t, std::vector<Stamp>> by_peer_;   // not lost yet
};

}  // namespace weft::sim
