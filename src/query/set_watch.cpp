#include "query/set_watch.h"

#include <algorithm>

#include "query/plan.h"

namespace weft::query {

SetWatch::SetWatch(Tracking& tracking, uint32_t its_subscription, Query query)
    : Watch(tracking, its_subscription), query_(std::move(query)) {
  interests = query::interests(query_.plan().condition);
}

Status SetWatch::start(Round& round) {
  const auto result = query_.run(round.graph, round.indexes);
  if (!result) return result.error();
  for (const Node* node : *result)
    round.events.push_back(round.part(held_.add(round.graph.id(*node))).event(subscription, kInitial));
  return ok_status();
}

void SetWatch::refresh(Round& round) {
  std::vector<Change> changes;
  for (const Concern& concern : concerns_) {
    Touched& touched = *concern.touched;
    if (concern.meets && !concern.is_held) held_.add(*touched.tracked());
    if (!concern.meets && concern.is_held) held_.remove(*touched.tracked());
    changes.push_back({&touched, concern.is_held, concern.meets});
  }
  const Order& order = query_.plan().order;
  tell(round, subscription, changes, order, [&](const Node& node) { return order.place(round.graph, node); });
}

void tell(Round& round, uint32_t subscription, const std::vector<Change>& changes, const Order& order,
          const std::function<Place(const Node&)>& place_of) {
  std::vector<std::pair<Place, const Change*>> shown;
  for (const Change& change : changes) {
    if (!change.is) round.events.push_back(change.touched->removed(subscription));
    else if (!change.was || change.touched->is_changed()) shown.emplace_back(place_of(*change.touched->node()), &change);
  }
  const auto is_before = [&](const auto& a, const auto& b) { return order.before(a.first, b.first); };
  if (!std::is_sorted(shown.begin(), shown.end(), is_before)) std::sort(shown.begin(), shown.end(), is_before);
  for (const auto& [place, change] : shown)
    round.events.push_back(change->touched->event(subscription, change->was ? kUpdated : kAdded));
}

}  // namespace weft::query
