// Narrowing: which part of the nodes a condition can be met by at all, as ranges of sorted orders. How
// many entries they hold is known before one is read, so the narrowest way is chosen by counting.
//
// Invariant: every node that meets the condition has an entry in one of the ranges. Not the other way
// round: what is found in them is still asked.
#pragma once
#include <optional>
#include <vector>

#include "index/indexes.h"
#include "query/condition.h"

namespace weft::query {

struct Range {
  const index::Sorted* sorted;
  index::Sorted::Position from, to;
  Buffer path;                       // dotted
  bool is_of_places = false;         // not of values
};

struct Narrowed {
  std::vector<Range> ranges;         // the nodes of any
  size_t count = 0;                  // of their entries
};

// Nothing: no order helps.
std::optional<Narrowed> narrow(const Condition&, index::Indexes&);
// The conditions about fields (kAt, kPlacedWithin) of which each must hold, and that an order would narrow if there were one.
std::vector<const Condition*> narrowing(const Condition&);
// The ids a condition names, when only nodes of these ids can meet it.
std::optional<std::vector<Buffer>> named_ids(const Condition&);

}  // namespace weft::query
