#include "watcher.h"

#include "base/pack.h"

namespace weft::sim {

void Watcher::begin(Replica& replica) {
  *this = Watcher();
  const Result<uint32_t> subscribed = replica.subscribe("{}");
  WEFT_CHECK(subscribed.ok());
  subscription_ = *subscribed;
}

std::string Watcher::take(const Effect& event) {
  Unpacker in(event.payload);
  uint32_t size = 0;
  uint64_t action = 0;
  ByteView id;
  if (event.target != subscription_ || !in.array(size) || size != 6 || !in.uint(action)) return "an event cannot be read";
  const Buffer rest(ByteView(event.payload).substr(2));   // after the array's head and the action
  if (!in.str(id)) return "an event without an id";
  const auto found = shown_.find(Buffer(id));
  const bool there = found != shown_.end();
  switch (static_cast<Action>(action)) {
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
  shown_[Buffer(id)] = rest;
  return {};
}

bool Watcher::agrees(const Replica& replica) const {
  if (replica.graph().node_count() != shown_.size()) return false;
  for (const auto& [id, rest] : shown_) {
    Buffer now;
    if (!*replica.get(id, now) || ByteView(now).substr(1) != rest) return false;
  }
  return true;
}

}  // namespace weft::sim
