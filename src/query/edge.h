// `$edge`: from the nodes that meet the rest of a query on along links, any number of them in a row.
//
//   { type: "team", $edge: { type: "person", $depth: 2, $direction: "in", $label: "belongs to",
//                            $edge: { … } } }
//
// A walk leads to every node that 1 to `$depth` links of `$label` in `$direction` lead to from a start;
// those that meet its condition are its matches. It goes on through nodes that do not meet it, never
// through ones that do not exist. A start is a match only if a link leads to it. The matches of one
// walk are the starts of the next; those of the last are the result.
#pragma once
#include <vector>

#include "query/condition.h"

namespace weft::query {

struct Walk {
  WalkRule rule;
  Condition condition;
};

// Takes `$edge` out of a query; none: no walks. `path` is where the query stands in the input, for
// errors: INVALID_QUERY and those of compile().
Result<std::vector<Walk>> take_walks(Json& query, const std::string& path, Texts& texts);

// The matches of the last walk.
std::vector<Reached> follow(const std::vector<Walk>&, const Graph&, std::vector<const Node*> starts);

}  // namespace weft::query
