#include "query/query_watch.h"

namespace weft::query {

Status QueryWatch::start(const Graph& graph, std::vector<LiveEvent>& events) {
  std::vector<const Node*> matching;
  if (!query_.has_walks())
    graph.for_each_node([&](const Node& node) {
      if (query_.matches(graph, node)) matching.push_back(&node);
    });
  const Result<std::vector<const Node*>> result = query_.has_walks() ? query_.run(graph) : query_.arrange(graph, matching);
  if (!result) return result.error();
  for (const Node* node : *result) {
    Visible now = Visible::of(graph, *node);
    const Buffer id(graph.id(*node));
    told_.emplace(id, now.told());
    if (is_cut()) window_.push_back(id);
    events.push_back({subscription_, kInitial, id, std::move(now.value), std::move(now.edges), now.timestamp});
  }
  if (is_cut())
    for (const Node* node : matching) matching_.emplace(graph.id(*node));
  return ok_status();
}

void QueryWatch::refresh(const std::vector<Touched>& touched, const Graph& graph, std::vector<LiveEvent>& events) {
  if (!is_cut()) refresh_all(touched, graph, events);
  else if (query_.has_walks() || update_matching(touched, graph)) refresh_window(touched, graph, events);
}

bool QueryWatch::note(const Touched& touched, uint8_t& action) {
  const Told now = touched.visible().told();
  const auto [at, is_new] = told_.try_emplace(touched.id(), now);
  action = is_new ? kAdded : kUpdated;
  if (!is_new && at->second == now) return false;
  at->second = now;
  return true;
}

void QueryWatch::refresh_all(const std::vector<Touched>& touched, const Graph& graph,
                             std::vector<LiveEvent>& events) {
  std::unordered_map<const Node*, Change> changes;
  std::vector<const Node*> changed;
  for (const Touched& one : touched) {
    if (!one.node() || !query_.matches(graph, *one.node())) {
      if (told_.erase(one.id()) > 0) events.push_back(one.removed(subscription_));
      continue;
    }
    uint8_t action;
    if (!note(one, action)) continue;
    changes.emplace(one.node(), Change{&one, action});
    changed.push_back(one.node());
  }
  if (changed.size() > 1) changed = *query_.arrange(graph, changed);   // no window: only sorts
  for (const Node* node : changed) {
    const Change& change = changes.at(node);
    events.push_back(change.touched->event(subscription_, change.action));
  }
}

bool QueryWatch::update_matching(const std::vector<Touched>& touched, const Graph& graph) {
  bool concerned = false;
  for (const Touched& one : touched) {
    if (one.node() && query_.matches(graph, *one.node())) {
      matching_.insert(one.id());
      concerned = true;
    } else if (matching_.erase(one.id()) > 0) {
      concerned = true;
    }
  }
  return concerned;
}

std::vector<const Node*> QueryWatch::cut_window(const Graph& graph) const {
  if (query_.has_walks()) {
    Result<std::vector<const Node*>> walked = query_.run(graph);
    return walked ? std::move(*walked) : std::vector<const Node*>();
  }
  std::vector<const Node*> matching;
  matching.reserve(matching_.size());
  for (const Buffer& id : matching_) matching.push_back(graph.find(id));
  Result<std::vector<const Node*>> result = query_.arrange(graph, matching);
  if (!result) return {};
  return std::move(*result);
}

void QueryWatch::refresh_window(const std::vector<Touched>& touched, const Graph& graph,
                                std::vector<LiveEvent>& events) {
  std::unordered_map<ByteView, const Touched*> by_id;
  for (const Touched& one : touched) by_id.emplace(one.id(), &one);
  const std::vector<const Node*> result = cut_window(graph);
  std::unordered_set<ByteView> shown;
  for (const Node* node : result) shown.insert(graph.id(*node));

  for (const Buffer& id : window_) {
    if (shown.count(id) > 0) continue;
    told_.erase(id);
    events.push_back(Touched(id, graph).removed(subscription_));
  }
  std::vector<Buffer> window;
  for (const Node* node : result) {
    const Buffer& id = window.emplace_back(graph.id(*node));
    const auto found = by_id.find(id);
    if (found == by_id.end() && told_.count(id) > 0) continue;   // was shown and was not touched
    const Touched fresh(id, graph);
    const Touched& one = found == by_id.end() ? fresh : *found->second;
    if (uint8_t action; note(one, action)) events.push_back(one.event(subscription_, action));
  }
  window_ = std::move(window);
}

}  // namespace weft::query
