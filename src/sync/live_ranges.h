// LiveRanges: a range tree that follows a graph's live set, by watching which operations are digested. What was
// digested before it began to watch goes into the tree in slices; until it is whole the tree answers nothing.
#pragma once
#include <unordered_set>
#include <vector>

#include "graph/graph.h"
#include "sync/range_tree.h"

namespace weft {

class LiveRanges : public DigestObserver {
 public:
  const RangeTree& tree() const { return tree_; }
  bool is_whole() const { return pending_.empty(); }
  size_t pending() const { return pending_.size(); }
  void build_some(size_t most);

  void attached(const std::vector<const Operation*>& digested) override;
  void added(const Operation& operation) override;
  void removed(const Operation& operation) override;
  void cleared() override;

 private:
  void build(const std::vector<OperationRef>& operations);

  RangeTree tree_;
  std::vector<OperationRef> pending_;          // from before; still to be put into the tree …
  std::unordered_set<const Operation*> gone_;  // … but for those that died meanwhile
};

}  // namespace weft
