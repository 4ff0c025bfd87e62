#include "query/set_watch.h"

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
  std::vector<Place> places;
  for (const Concern& concern : concerns_) {
    Touched& touched = *concern.touched;
    const bool meets = touched.node() && query_.matches(round.graph, *touched.node());
    if (meets && !concern.is_held) held_.add(round.track(touched));
    if (!meets && concern.is_held) held_.remove(*touched.tracked());
    if (meets) places.push_back(query_.plan().order.place(round.graph, *touched.node()));
    if (meets || concern.is_held) changes.push_back({&touched, concern.is_held, meets});
  }
  tell(round, subscription, changes, query_.plan().order, std::move(places));
}

void tell(Round& round, uint32_t subscription, const std::vector<Change>& changes, const Order& order, std::vector<Place> places) {
  std::unordered_map<const Node*, const Change*> by_node;
  for (const Change& change : changes) {
    if (!change.is) round.events.push_back(change.touched->removed(subscription));
    else by_node.emplace(change.touched->node(), &change);
  }
  order.sort(places, places.size());
  for (const Place& place : places) {
    const Change& change = *by_node.at(place.node);
    if (!change.was) round.events.push_back(change.touched->event(subscription, kAdded));
    else if (change.touched->is_changed()) round.events.push_back(change.touched->event(subscription, kUpdated));
  }
}

}  // namespace weft::query
