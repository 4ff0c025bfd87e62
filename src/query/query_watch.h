// QueryWatch: one live query. Remembers which nodes it told of and in what state, and says what changed.
//
// Within one refresh: first `removed`, then `added` and `updated` in result order. A query without a
// window looks only at what was touched. A window also keeps the ids of all that match, and is cut
// afresh when one of those was touched; while its cursor is not in the result, it is empty.
#pragma once
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "query/query.h"
#include "query/visible.h"

namespace weft::query {

class QueryWatch {
 public:
  QueryWatch(uint32_t subscription, Query query) : subscription_(subscription), query_(std::move(query)) {}

  // Tells `initial` for each node of the result, in its order. Errors: CURSOR_NOT_FOUND.
  Status start(const Graph&, std::vector<LiveEvent>& events);
  void refresh(const std::vector<Touched>&, const Graph&, std::vector<LiveEvent>& events);

 private:
  struct Change {
    const Touched* touched;
    uint8_t action;
  };
  void refresh_all(const std::vector<Touched>&, const Graph&, std::vector<LiveEvent>& events);
  void refresh_window(const std::vector<Touched>&, const Graph&, std::vector<LiveEvent>& events);
  bool is_cut() const { return query_.has_window() || query_.has_walks(); }   // afresh, when concerned
  bool update_matching(const std::vector<Touched>&, const Graph&);
  std::vector<const Node*> cut_window(const Graph&) const;
  // Whether a node that is in the result is to be told of, and how; remembers that it was.
  bool note(const Touched&, uint8_t& action);

  uint32_t subscription_;
  Query query_;
  std::unordered_map<Buffer, Told> told_;       // the result
  std::unordered_set<Buffer> matching_;         // with a window: all that match
  std::vector<Buffer> window_;                  // with a window: the result's ids in order
};

}  // namespace weft::query
