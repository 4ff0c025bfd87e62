// Matching of texts by a column: beginnings by the leading bits, parts and patterns by all texts together.
#pragma once
#include "index/bits.h"
#include "index/column.h"
#include "query/condition.h"

namespace weft::query {

// Those of `among` whose value in the column meets a test of texts (kStartsWith, kEndsWith, kContains, kLike, kReads),
// as it is or, of an array, by any entry.
index::Bits text_match(const Condition&, const index::Column&, const index::Bits& among);

}  // namespace weft::query
