// SetWatch: a live query whose result is all that meets its condition, with no window.
#pragma once
#include "query/order.h"
#include "query/watch.h"

namespace weft::query {

class SetWatch final : public Watch {
 public:
  SetWatch(Tracking& tracking, uint32_t its_subscription, Query query);
  Status start(Round& round) override;
  void refresh(Round& round) override;

 private:
  Query query_;
};

// Tells of `changes`: first what left, then what came or shows another state, in the order of `places`
// (of those that are in the result).
void tell(Round&, uint32_t subscription, const std::vector<Change>& changes, const Order& order, std::vector<Place> places);

}  // namespace weft::query
