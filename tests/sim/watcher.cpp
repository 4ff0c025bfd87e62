#include "watcher.h"

namespace weft::sim {

void Watcher::begin(Replica& replica) {
  *this = Watcher();
  const Result<uint32_t> subscribed = replica.subscribe("{}");
  WEFT_CHECK(subscribed.ok());
  subscription_ = *subscribed;
}

std::string Watcher::take(const Effect& events) {
  for (const test::Told& event : test::told(events))
    if (std::string odd = hear(event); !odd.empty()) return odd;
  return {};
}

std::string Watcher::hear(const test::Told& event) {
  if (event.subscription != subscription_) return "an event of another subscription";
  const auto found = shown_.find(event.id);
  const bool there = found != shown_.end();
  switch (event.action) {
    case Action::kInitial:
    case Action::kAdded:
      if (there) return "an event adds what is shown already";
      break;
    case Action::kUpdated:
      if (!there) return "an event updates what is not shown";
      break;
    case Action::kRemoved:
      if (!there) return "an event removes what is not shown";
      shown_.erase(found);
      return {};
  }
  shown_[event.id] = event.node;
  return {};
}

bool Watcher::agrees(const Replica& replica) const {
  if (replica.graph().node_count() != shown_.size()) return false;
  for (const auto& [id, node] : shown_) {
    Buffer now;
    if (!*replica.get(id, now) || now != node) return false;
  }
  return true;
}

}  // namespace weft::sim
