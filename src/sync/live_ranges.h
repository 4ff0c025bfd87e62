// LiveRanges: a range tree that follows a graph's live set, by watching which operations are digested.
#pragma once
#include "graph/graph.h"
#include "sync/range_tree.h"

namespace weft {

class LiveRanges : public DigestObserver {
 public:
  const RangeTree& tree() const { return tree_; }

  void attached(const std::vector<const Operation*>& digested) override;
  void added(const Operation& operation) override;
  void removed(const Operation& operation) override;
  void cleared() override;

 private:
  RangeTree tree_;
};

}  // namespace weft
