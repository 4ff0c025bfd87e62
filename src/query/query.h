// Query: a MongoDB-style filter with sort and window, parsed once (docs/queries.md).
#pragma once
#include <memory>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace weft {

namespace query {
struct Plan;
struct Trace;
class Texts;
}
namespace index {
class Indexes;
}

class Query {
 public:
  // `json`: the options of map() as JSON: { query, field, order, $near, $skip, $limit, $after, $before,
  // $count, $select }; null counts as not given. Special values:
  // {"$date": ms} {"$bigint": "5"} {"$binary": base64} {"$number": "NaN"|"Infinity"|"-Infinity"}.
  // `texts` must outlive the query; without them there is no `$regex`, and `$text` folds only ASCII.
  // Errors: INVALID_QUERY, UNKNOWN_OPERATOR, NOT_SUPPORTED_YET, each with the path of the offender
  // ("query.$or[1].age.$gtt"); TOO_DEEP, TOO_LARGE.
  static Result<Query> parse(ByteView json, query::Texts* texts = nullptr);
  // With `$edge`: whether the node is a start.
  bool matches(const Graph&, const Node&) const;
  bool has_walks() const;                                  // $edge
  bool has_window() const;                                 // $limit, $skip, $after, $before
  bool counts() const;                                     // $count
  bool selects() const;                                    // $select
  // Appends what the result shows of a node's value: all of it, or what `$select` names.
  void show(ByteView value, Buffer& out) const;
  // Before-than in result order; total (ties by id, or creation stamp then id).
  bool before(const Graph&, const Node& a, const Node& b) const;
  // Errors: CURSOR_NOT_FOUND. With indexes the same result, sooner.
  Result<std::vector<const Node*>> run(const Graph&) const;
  Result<std::vector<const Node*>> run(const Graph&, index::Indexes&) const;
  Result<std::vector<const Node*>> run(const Graph&, index::Indexes*) const;   // nullptr: none
  // What meets the condition (with `$edge`: the starts), in no order.
  std::vector<const Node*> matching(const Graph&, index::Indexes*) const;
  Result<std::vector<const Node*>> run(const Graph&, index::Indexes&, query::Trace&) const;
  // How many run() gives. Errors: CURSOR_NOT_FOUND.
  Result<size_t> count(const Graph&, index::Indexes&) const;
  // The second half of run(): sorts and cuts the window. `matching`: all nodes that match, in any order.
  Result<std::vector<const Node*>> arrange(const Graph&, const std::vector<const Node*>& matching) const;
  Result<std::vector<const Node*>> arrange(const Graph&, const std::vector<Reached>& matching) const;

  const query::Plan& plan() const { return *plan_; }
  void set_window(size_t skip, size_t limit);              // SIZE_MAX: no limit; cursors stay

  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;
  ~Query();

 private:
  explicit Query(std::unique_ptr<query::Plan>);
  std::unique_ptr<query::Plan> plan_;
};

}  // namespace weft
