#include "query/node_watch.h"

namespace weft::query {

Status NodeWatch::start(Round& round) {
  const Touched& now = round.part(node_);
  was_there_ = now.node() != nullptr;
  if (was_there_) {
    round.events.push_back(now.event(subscription, kInitial));
    return ok_status();
  }
  const auto nothing = std::make_shared<Shown>();
  nothing->id = node_.id;
  round.events.push_back({subscription, kInitial, nothing});
  return ok_status();
}

void NodeWatch::refresh(Round& round) {
  const Touched& now = *concerns_.front().touched;
  const bool is_there = now.node() != nullptr;
  if (is_there && (!was_there_ || now.is_changed()))
    round.events.push_back(now.event(subscription, was_there_ ? kUpdated : kAdded));
  if (was_there_ && !is_there) round.events.push_back(now.removed(subscription));
  was_there_ = is_there;
}

}  // namespace weft::query
