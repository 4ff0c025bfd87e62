// Places: the nodes in the order of their places by one path (point.h), as the codes of points (cell.h):
// what regions and the nearest nodes are found by. A node is in it once for each different code it has.
//
// Invariant: it says what it was last told; a node is taken out by what is noted here, whatever became of
// its value meanwhile.
#pragma once
#include <unordered_map>
#include <vector>

#include "index/bits.h"
#include "index/cell.h"
#include "index/column.h"
#include "index/sorted.h"

namespace weft::index {

class Places {
 public:
  struct Span {
    Sorted::Position from, to;
    size_t count = 0;
  };

  // `values`: of the path.
  void build(const Graph&, const Column& values, const Bits& existing);
  void insert(const Graph&, const Node&, const ValueView& value);
  void erase(const Node&);                    // which may not be in it

  const Sorted& sorted() const { return sorted_; }
  size_t size() const { return sorted_.size(); }
  size_t bytes() const;
  bool has(uint32_t slot) const { return slot < first_.size() && noted_.has(slot); }

  Span in(const Cell&) const;
  // With every point in one of the boxes, and some around them.
  std::vector<Span> covering(const std::vector<Box>&) const;

 private:
  std::vector<uint64_t> codes(const Graph&, const Node&, const ValueView& value) const;   // sorted, each once
  void note(uint32_t slot, std::vector<uint64_t> codes);

  Sorted sorted_;
  Bits noted_;                                // the slots that are in it
  std::vector<uint64_t> first_;               // by slot: the code
  std::unordered_map<uint32_t, std::vector<uint64_t>> others_;   // by slot: further ones, where there are
};

}  // namespace weft::index
