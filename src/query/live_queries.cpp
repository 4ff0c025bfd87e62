#include "query/live_queries.h"

#include <algorithm>
#include <map>

#include "query/edge_watch.h"
#include "query/node_watch.h"
#include "query/set_watch.h"
#include "query/window_watch.h"

namespace weft {

using query::Round;
using query::Touched;
using query::Tracked;
using query::Watch;

struct LiveQueries::State {
  State(uint64_t hash_seed, index::Indexes* its_indexes) : indexes(its_indexes), tracking(hash_seed) {}

  index::Indexes* const indexes;
  uint32_t last = 0;
  uint32_t following_links = 0;
  query::Tracking tracking;
  query::InterestIndex interested;
  std::map<uint32_t, query::Selection> selections;      // of the subscriptions that `$select`
  std::map<uint32_t, std::unique_ptr<Watch>> watches;   // go before what they are held in

  std::unique_ptr<Watch> make(Query query);
  Status start(std::unique_ptr<Watch>, const Graph&, std::vector<LiveEvent>& events);
  void select(std::vector<LiveEvent>& events, size_t from) const;
  std::vector<Watch*> concerned(Round&, const std::vector<Buffer>& touched, const TouchedLinks& links);
};

std::unique_ptr<Watch> LiveQueries::State::make(Query query) {
  if (query.has_walks()) return std::make_unique<query::EdgeWatch>(tracking, last + 1, std::move(query));
  if (query.has_window()) return std::make_unique<query::WindowWatch>(tracking, last + 1, std::move(query));
  return std::make_unique<query::SetWatch>(tracking, last + 1, std::move(query));
}

Status LiveQueries::State::start(std::unique_ptr<Watch> watch, const Graph& graph, std::vector<LiveEvent>& events) {
  Status status = ok_status();
  {
    Round round(graph, indexes, tracking, events);
    status = watch->start(round);
  }
  if (status) {
    last = watch->subscription;
    following_links += watch->follows_links();
    interested.add(*watch, watch->interests);
    watches.emplace(last, std::move(watch));
  }
  watch.reset();
  tracking.sweep();
  return status;
}

// Leaves, of the events from `from` on, what their subscriptions show of the values.
void LiveQueries::State::select(std::vector<LiveEvent>& events, size_t from) const {
  for (size_t i = from; i < events.size() && !selections.empty(); ++i) {
    const auto found = selections.find(events[i].subscription);
    if (found == selections.end() || events[i].node->value.empty()) continue;
    Shown shown = *events[i].node;
    shown.value.clear();
    found->second.project(events[i].node->value, shown.value);
    events[i].node = std::make_shared<const Shown>(std::move(shown));
  }
}

// Each once, by subscription, knowing what concerns it. A node is asked by all who may want it while it is at hand.
std::vector<Watch*> LiveQueries::State::concerned(Round& round, const std::vector<Buffer>& touched, const TouchedLinks& links) {
  std::vector<Watch*> found;
  const auto concern = [&](Watch& watch, auto&&... what) {
    if (!watch.is_concerned()) found.push_back(&watch);
    watch.concern(what...);
  };
  const auto ask = [&](Watch& watch, Touched& one, bool is_held) {
    if (watch.knows(one)) return;
    const bool meets = one.node() && watch.meets(round.graph, *one.node());
    if (!meets && !is_held) return;
    round.track(one);
    concern(watch, one, is_held, meets);
  };
  for (const Buffer& id : touched) {
    Touched* const one = round.touch(id);
    if (!one) continue;
    if (one->tracked())
      for (const Tracked::Holder& holder : one->tracked()->holders) ask(*holder.watch, *one, true);
    if (one->node()) interested.visit(round.graph, *one->node(), [&](Watch& watch) { ask(watch, *one, false); });
  }
  for (const TouchedLinks::Ends& ends : links.ends)
    for (const Buffer* id : {&ends.first, &ends.second})
      if (const Tracked* end = following_links > 0 ? tracking.find(*id) : nullptr)
        for (const Tracked::Holder& holder : end->holders)
          if (holder.watch->follows_links()) concern(*holder.watch, ends);
  if (links.all && following_links > 0)
    for (const auto& [subscription, watch] : watches)
      if (watch->follows_links() && !watch->is_concerned()) found.push_back(watch.get());
  std::sort(found.begin(), found.end(), [](const Watch* a, const Watch* b) { return a->subscription < b->subscription; });
  return found;
}

LiveQueries::LiveQueries(uint64_t hash_seed, index::Indexes* indexes)
    : state_(std::make_unique<State>(hash_seed, indexes)) {}
LiveQueries::~LiveQueries() = default;

Result<uint32_t> LiveQueries::add(Query query, const Graph& graph, std::vector<LiveEvent>& events) {
  std::optional<query::Selection> selection = query.plan().select;
  const size_t from = events.size();
  const Status status = state_->start(state_->make(std::move(query)), graph, events);
  if (!status) return status.error();
  if (selection) state_->selections.emplace(state_->last, std::move(*selection));
  state_->select(events, from);
  return state_->last;
}

uint32_t LiveQueries::add_node(ByteView id, const Graph& graph, std::vector<LiveEvent>& events) {
  (void)state_->start(std::make_unique<query::NodeWatch>(state_->tracking, state_->last + 1, id), graph, events);   // cannot fail
  return state_->last;
}

void LiveQueries::remove(uint32_t subscription) {
  const auto found = state_->watches.find(subscription);
  if (found == state_->watches.end()) return;
  state_->following_links -= found->second->follows_links();
  state_->interested.remove(*found->second, found->second->interests);
  state_->watches.erase(found);
  state_->selections.erase(subscription);
  state_->tracking.sweep();
}

bool LiveQueries::empty() const { return state_->watches.empty(); }
bool LiveQueries::follows_links() const { return state_->following_links > 0; }

void LiveQueries::refresh(const std::vector<Buffer>& touched, const TouchedLinks& links, const Graph& graph,
                          std::vector<LiveEvent>& events) {
  if (empty()) return;
  const size_t from = events.size();
  {
    Round round(graph, state_->indexes, state_->tracking, events);
    round.all_links = links.all;
    for (Watch* watch : state_->concerned(round, touched, links)) {
      watch->refresh(round);
      watch->rest();
    }
  }
  state_->tracking.sweep();
  state_->select(events, from);
}

}  // namespace weft
