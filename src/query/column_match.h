// Matching by columns: the same conditions as holds(), over all nodes at once instead of one by one.
#pragma once
#include "index/indexes.h"
#include "query/condition.h"

namespace weft::query {

// Those of `among` that meet the condition.
class ColumnMatch {
 public:
  // Looks up the columns of every field the condition asks about.
  ColumnMatch(const Condition&, const Graph&, index::Indexes&);
  index::Bits run(const index::Bits& among) const;

 private:
  using Bits = index::Bits;
  struct Part {                      // a condition beside what it takes to decide it for many
    const Condition* condition;
    size_t column = 0;               // of a kAt about a field: which of `columns_`
    int weight = 0;                  // roughly what one node costs; see weigh()
    std::vector<Part> parts;
  };
  Part part_of(const Condition&, std::vector<index::FieldPath>& paths);
  void weigh(Part&, const index::Column*) const;
  Bits at_node(const Part&, const Bits& among) const;
  Bits at_value(const Part&, const index::Column&, const Bits& among) const;
  template <class One>
  Bits combined(const Part&, const Bits& among, One one) const;

  const Graph& graph_;
  Part root_;
  std::vector<const index::Column*> columns_;
};

}  // namespace weft::query
