#include "query/live_queries.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "query/query_watch.h"
#include "query/visible.h"

namespace weft {

using query::QueryWatch;
using query::Told;
using query::Touched;
using query::Visible;

namespace {

// get(id, callback).
struct NodeWatch {
  Buffer id;
  std::optional<Told> told;   // nothing: it was told that there is no such node

  void refresh(uint32_t subscription, const Touched& touched, std::vector<LiveEvent>& events) {
    if (!touched.node()) {
      if (told) events.push_back(touched.removed(subscription));
      told.reset();
      return;
    }
    const Told now = touched.visible().told();
    if (told && *told == now) return;
    events.push_back(touched.event(subscription, told ? query::kUpdated : query::kAdded));
    told = now;
  }
};

}  // namespace

struct LiveQueries::State {
  uint32_t last = 0;
  std::map<uint32_t, QueryWatch> queries;
  std::map<uint32_t, NodeWatch> nodes;
  std::unordered_map<Buffer, std::vector<uint32_t>> watching;   // id → `nodes` that watch it

  // The node watches that `touched` concerns, by subscription.
  std::map<uint32_t, const Touched*> concerned(const std::vector<Touched>& touched) const {
    std::map<uint32_t, const Touched*> found;
    if (nodes.empty()) return found;
    for (const Touched& one : touched) {
      const auto at = watching.find(one.id());
      if (at == watching.end()) continue;
      for (const uint32_t subscription : at->second) found.emplace(subscription, &one);
    }
    return found;
  }
};

LiveQueries::LiveQueries() : state_(std::make_unique<State>()) {}
LiveQueries::~LiveQueries() = default;

Result<uint32_t> LiveQueries::add(Query query, const Graph& graph, std::vector<LiveEvent>& events) {
  const uint32_t subscription = state_->last + 1;
  QueryWatch watch(subscription, std::move(query));
  if (const Status status = watch.start(graph, events); !status) return status.error();
  state_->last = subscription;
  state_->queries.emplace(subscription, std::move(watch));
  return subscription;
}

uint32_t LiveQueries::add_node(ByteView id, const Graph& graph, std::vector<LiveEvent>& events) {
  const uint32_t subscription = ++state_->last;
  NodeWatch watch{Buffer(id), {}};
  LiveEvent initial{subscription, query::kInitial, watch.id, {}, {}, {}};
  if (const Node* node = graph.find(id)) {
    Visible now = Visible::of(graph, *node);
    watch.told = now.told();
    initial.value = std::move(now.value);
    initial.edges = std::move(now.edges);
    initial.timestamp = now.timestamp;
  }
  events.push_back(std::move(initial));
  state_->watching[watch.id].push_back(subscription);
  state_->nodes.emplace(subscription, std::move(watch));
  return subscription;
}

void LiveQueries::remove(uint32_t subscription) {
  state_->queries.erase(subscription);
  const auto found = state_->nodes.find(subscription);
  if (found == state_->nodes.end()) return;
  const auto watching = state_->watching.find(found->second.id);
  std::vector<uint32_t>& all = watching->second;
  all.erase(std::find(all.begin(), all.end(), subscription));
  if (all.empty()) state_->watching.erase(watching);
  state_->nodes.erase(found);
}

bool LiveQueries::empty() const { return state_->queries.empty() && state_->nodes.empty(); }

void LiveQueries::refresh(const std::vector<Buffer>& ids, const Graph& graph, std::vector<LiveEvent>& events) {
  if (ids.empty() || empty()) return;
  std::vector<Touched> touched;
  touched.reserve(ids.size());
  for (const Buffer& id : ids) touched.emplace_back(id, graph);

  const std::map<uint32_t, const Touched*> concerned = state_->concerned(touched);
  auto node = concerned.begin();
  const auto tell_nodes_below = [&](uint32_t subscription) {
    for (; node != concerned.end() && node->first < subscription; ++node)
      state_->nodes.at(node->first).refresh(node->first, *node->second, events);
  };
  for (auto& [subscription, watch] : state_->queries) {
    tell_nodes_below(subscription);
    watch.refresh(touched, graph, events);
  }
  tell_nodes_below(UINT32_MAX);
}

}  // namespace weft
