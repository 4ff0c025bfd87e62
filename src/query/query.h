// Query: a MongoDB-style filter with sort and window, parsed once, run by scan.
#pragma once
#include <memory>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace weft {

class Query {
 public:
  // `json`: the options of map() as JSON: { query, field, order, $limit, $skip, … }. Special values:
  // {"$date": ms} {"$bigint": "5"} {"$binary": base64} {"$number": "NaN"|"Infinity"|"-Infinity"}.
  // Errors: INVALID_QUERY, UNKNOWN_OPERATOR (path names it), NOT_SUPPORTED_YET, TOO_DEEP, TOO_LARGE.
  static Result<Query> parse(ByteView json);
  bool matches(const Graph&, const Node&) const;
  bool has_window() const;                                 // $limit, $skip, $after, $before
  // Before-than in result order; total (ties by id, or creation stamp then id).
  bool before(const Graph&, const Node& a, const Node& b) const;
  // Errors: CURSOR_NOT_FOUND.
  Result<std::vector<const Node*>> run(const Graph&) const;

  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;
  ~Query();

 private:
  Query();
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace weft
