// Plan: what map() was asked, read once: the condition, the order and the window.
// A window is cut from the sorted result: cursors first, then `$skip`, then `$limit`. With `$before`
// alone both count back from the cursor, so that the page before it is the one that ends at it.
#pragma once
#include <optional>
#include <vector>

#include "query/condition.h"
#include "query/edge.h"
#include "query/order.h"
#include "query/project.h"

namespace weft::query {

struct Plan {
  Condition condition;                   // of nothing: met by every node
  std::vector<Walk> walks;               // of what meets it, in turn; none: what meets it is the result
  Order order;
  std::optional<Buffer> after, before;   // cursors: node ids
  size_t skip = 0;
  std::optional<size_t> limit;
  bool counts = false;                   // `$count`: how many there are, no nodes
  std::optional<Selection> select;       // nothing: whole values
  std::unique_ptr<Texts> own_texts;      // where none were given

  // Errors as Query::parse.
  static Result<Plan> parse(ByteView json, Texts* texts);
  bool has_window() const { return limit || skip > 0 || after || before; }
  // Sorts and cuts. `matching` in any order. Errors: CURSOR_NOT_FOUND.
  Result<std::vector<const Node*>> arrange(const Graph&, const std::vector<const Node*>& matching) const;
  Result<std::vector<const Node*>> arrange(const Graph&, const std::vector<Reached>& matching) const;
  Result<std::vector<const Node*>> arrange(const Graph&, std::vector<Place> matching) const;
};

}  // namespace weft::query
