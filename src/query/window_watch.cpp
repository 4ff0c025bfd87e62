#include "query/window_watch.h"

namespace weft::query {

WindowWatch::WindowWatch(Tracking& tracking, uint32_t its_subscription, Query query)
    : Watch(tracking, its_subscription), query_(std::move(query)), window_(query_.plan(), held_, subscription) {
  interests = query::interests(query_.plan().condition);
}

Status WindowWatch::start(Round& round) { return window_.start(round, *this); }

void WindowWatch::refresh(Round& round) {
  std::vector<Change> changes;
  for (const Concern& concern : concerns_) changes.push_back({concern.touched, concern.is_held, concern.meets});
  window_.refresh(round, *this, changes);
}

Place WindowWatch::place(const Graph& graph, const Node& node) const { return query_.plan().order.place(graph, node); }

Result<std::vector<const Node*>> WindowWatch::first(const Round& round, size_t limit) {
  query_.set_window(0, limit);
  return query_.run(round.graph, round.indexes);
}

}  // namespace weft::query
