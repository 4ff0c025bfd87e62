#include "query/edge_watch.h"

#include "query/set_watch.h"

namespace weft::query {

EdgeWatch::EdgeWatch(Tracking& tracking, uint32_t its_subscription, Query query)
    : Watch(tracking, its_subscription), query_(std::move(query)) {
  const Plan& plan = query_.plan();
  interests = query::interests(plan.condition);
  for (const Walk& walk : plan.walks) reaches_.push_back(std::make_unique<Reach>(walk.rule, held_));
  if (plan.has_window()) window_.emplace(plan, held_, subscription);
}

Status EdgeWatch::start(Round& round) {
  for (const Node* node : query_.matching(round.graph, round.indexes))
    reaches_[0]->set_start(round.tracking.track(round.graph.id(*node)), true);
  (void)walk_on(round);
  end_round();
  if (window_) return window_->start(round, *this);
  const auto result = first(round, SIZE_MAX);
  if (!result) return result.error();
  for (const Node* node : *result)
    round.events.push_back(round.part(*round.tracking.find(round.graph.id(*node))).event(subscription, kInitial));
  return ok_status();
}

void EdgeWatch::refresh(Round& round) {
  move_starts();
  const std::vector<Change> changes = walk_on(round);
  if (window_) {
    window_->refresh(round, *this, changes);
  } else {
    tell(round, subscription, changes, query_.plan().order, [&](const Node& node) { return place(round.graph, node); });
  }
  end_round();
}

void EdgeWatch::move_starts() {
  for (const Concern& concern : concerns_) {
    Touched& touched = *concern.touched;
    const Reach::Mark* mark = reaches_[0]->find(*touched.tracked());
    if (concern.meets != (mark && mark->is_start)) reaches_[0]->set_start(*touched.tracked(), concern.meets);
  }
}

std::vector<Change> EdgeWatch::walk_on(Round& round) {
  const std::vector<Walk>& walks = query_.plan().walks;
  std::vector<Change> changes;
  for (size_t i = 0; i < walks.size(); ++i) {
    Reach& reach = *reaches_[i];
    for (const TouchedLinks::Ends* ends : links_) reach.link_touched(*ends);
    if (round.all_links) reach.all_links_touched();
    reach.settle(round.graph);
    for (const Concern& concern : concerns_)
      if (Reach::Mark* mark = reach.find(*concern.touched->tracked())) reach.note(*mark);
    for (Reach::Mark* mark : reach.moved()) {
      const Node* node = mark->distance > 0 ? round.graph.find(mark->node->id) : nullptr;
      const bool was = mark->is_match;
      mark->is_match = node && holds(walks[i].condition, round.graph, *node);
      if (i + 1 == walks.size()) {
        if (was || mark->is_match) changes.push_back({&round.part(*mark->node), was, mark->is_match});
      } else if (was != mark->is_match) {
        reaches_[i + 1]->set_start(*mark->node, mark->is_match);
      }
    }
  }
  return changes;
}

void EdgeWatch::end_round() {
  for (const auto& reach : reaches_) reach->end_round();
}

Place EdgeWatch::place(const Graph& graph, const Node& node) const {
  const Reach::Mark* mark = reaches_.back()->find(*held_.tracking().find(graph.id(node)));
  return query_.plan().order.place(graph, Reached{&node, mark->distance});
}

Result<std::vector<const Node*>> EdgeWatch::first(const Round& round, size_t limit) {
  std::vector<Reached> matches;
  reaches_.back()->for_each([&](const Reach::Mark& mark) {
    if (mark.is_match) matches.push_back({round.graph.find(mark.node->id), mark.distance});
  });
  query_.set_window(0, limit);
  return query_.arrange(round.graph, matches);
}

}  // namespace weft::query
