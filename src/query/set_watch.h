// SetWatch: a live query whose result is all that meets its condition, with no window.
#pragma once
#include <functional>

#include "query/order.h"
#include "query/watch.h"

namespace weft::query {

class SetWatch final : public Watch {
 public:
  SetWatch(Tracking& tracking, uint32_t its_subscription, Query query);
  Status start(Round& round) override;
  void refresh(Round& round) override;
  bool meets(const Graph& graph, const Node& node) const override { return query_.matches(graph, node); }

 private:
  Query query_;
};

// Tells of `changes`: first what left, then what came or shows another state, in the order of their places.
void tell(Round&, uint32_t subscription, const std::vector<Change>& changes, const Order& order,
          const std::function<Place(const Node&)>& place_of);

}  // namespace weft::query
