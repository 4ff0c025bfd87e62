#include "query/window.h"

#include <algorithm>

namespace weft::query {
namespace {

constexpr size_t kSpare = 64;   // leave before the query is run again; each costs a place in memory
constexpr size_t kNoLimit = SIZE_MAX;

size_t sum(size_t a, size_t b) { return a > kNoLimit - b ? kNoLimit : a + b; }

}  // namespace

Window::Window(const Plan& plan, Held& held, uint32_t subscription)
    : order_(plan.order), after_(plan.after), before_(plan.before), skip_(plan.skip), limit_(plan.limit.value_or(kNoLimit)),
      backwards_(before_ && !after_), wanted_(limit_ == 0 ? 0 : sum(skip_, limit_)), subscription_(subscription), held_(held) {
  if (after_) held_.add(*after_);
  if (before_) held_.add(*before_);
}

bool Window::is_cursor(ByteView id) const { return (after_ && *after_ == id) || (before_ && *before_ == id); }

Status Window::start(Round& round, Ordered& ordered) {
  if (const Status status = fill(round, ordered); !status) return status;
  tell(round, kInitial);
  return ok_status();
}

void Window::refresh(Round& round, Ordered& ordered, const std::vector<Change>& changes) {
  const bool moves_cursor = std::any_of(changes.begin(), changes.end(),
                                        [&](const Change& change) { return is_cursor(change.touched->id()); });
  if (!moves_cursor && !is_cut_) return;
  if (!moves_cursor) {
    take_out(round, changes);
    put_in(round, ordered, changes);
  }
  if (moves_cursor || (!is_all_ && kept_.size() < wanted_)) (void)fill(round, ordered);   // without its cursor: empty
  tell(round, kAdded);
}

Status Window::fill(Round& round, Ordered& ordered) {
  const size_t limit = sum(wanted_, kSpare);
  Result<std::vector<const Node*>> result = ordered.first(round, limit);
  is_cut_ = result.ok();
  std::vector<Tracked*> kept;
  if (is_cut_) {
    is_all_ = result->size() < limit;
    if (backwards_) std::reverse(result->begin(), result->end());
    for (const Node* node : *result) kept.push_back(&round.tracking.track(round.graph.id(*node)));
  }
  keep(round, std::move(kept));
  return is_cut_ ? ok_status() : Status(result.error());
}

void Window::keep(Round&, std::vector<Tracked*> kept) {
  for (Tracked* one : kept) held_.add(*one);   // first: what stays is never let go
  for (Tracked* one : kept_) held_.remove(*one);
  kept_ = std::move(kept);
}

void Window::take_out(Round& round, const std::vector<Change>& changes) {
  const uint64_t out = round.tracking.next_mark();
  bool any = false;
  for (const Change& change : changes) {
    if (!change.was) continue;
    change.touched->tracked()->mark = out;
    any = true;
  }
  if (!any) return;
  const auto from = std::stable_partition(kept_.begin(), kept_.end(), [&](const Tracked* one) { return one->mark != out; });
  for (auto at = from; at != kept_.end(); ++at) held_.remove(**at);
  kept_.erase(from, kept_.end());
}

bool Window::is_within(const Graph& graph, const Ordered& ordered, const Place& place) const {
  const auto cursor = [&](const std::optional<Buffer>& id) { return ordered.place(graph, *graph.find(*id)); };
  return (!after_ || order_.before(cursor(after_), place)) && (!before_ || order_.before(place, cursor(before_)));
}

void Window::put_in(Round& round, const Ordered& ordered, const std::vector<Change>& changes) {
  const Graph& graph = round.graph;
  const auto place_of = [&](const Tracked* one) { return ordered.place(graph, *graph.find(one->id)); };
  std::optional<Place> last;   // behind it nothing is known
  if (!is_all_ && !kept_.empty()) last = place_of(kept_.back());
  std::vector<std::pair<Place, Touched*>> coming;
  for (const Change& change : changes) {
    if (!change.is || (!is_all_ && !last)) continue;
    const Place place = ordered.place(graph, *change.touched->node());
    if (last && !precedes(place, *last)) continue;
    if (is_within(graph, ordered, place)) coming.emplace_back(place, change.touched);
  }
  if (coming.empty()) return;
  std::sort(coming.begin(), coming.end(), [&](const auto& a, const auto& b) { return precedes(a.first, b.first); });

  std::vector<Tracked*> kept;
  kept.reserve(kept_.size() + coming.size());
  auto from = kept_.begin();
  for (const auto& [place, touched] : coming) {
    const auto at = std::partition_point(from, kept_.end(), [&, &here = place](const Tracked* one) { return precedes(place_of(one), here); });
    kept.insert(kept.end(), from, at);
    kept.push_back(&round.track(*touched));
    held_.add(*kept.back());
    from = at;
  }
  kept.insert(kept.end(), from, kept_.end());
  kept_ = std::move(kept);
  if (kept_.size() <= sum(wanted_, 2 * kSpare)) return;
  is_all_ = false;
  for (size_t i = wanted_ + kSpare; i < kept_.size(); ++i) held_.remove(*kept_[i]);
  kept_.resize(wanted_ + kSpare);
}

std::vector<Tracked*> Window::shown_now() const {
  const auto at = [&](size_t place) { return kept_.begin() + static_cast<ptrdiff_t>(std::min(place, kept_.size())); };
  std::vector<Tracked*> shown(at(skip_), std::max(at(skip_), at(wanted_)));
  if (backwards_) std::reverse(shown.begin(), shown.end());
  return shown;
}

void Window::tell(Round& round, uint8_t action_of_new) {
  std::vector<Tracked*> shown = shown_now();
  const uint64_t old = round.tracking.next_mark(), stays = round.tracking.next_mark();
  for (Tracked* one : shown_) one->mark = old;
  for (Tracked* one : shown)
    if (one->mark == old) one->mark = stays;
  for (Tracked* one : shown_)
    if (one->mark == old) round.events.push_back(round.part(*one).removed(subscription_));
  for (Tracked* one : shown) {
    if (one->mark != stays) round.events.push_back(round.part(*one).event(subscription_, action_of_new));
    else if (one->touched && one->touched->is_changed()) round.events.push_back(one->touched->event(subscription_, kUpdated));
  }
  shown_ = std::move(shown);
}

}  // namespace weft::query
