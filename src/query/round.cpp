#include "query/round.h"

namespace weft::query {

const Shown& Touched::shown() const {
  if (shown_) return *shown_;
  const auto shown = std::make_shared<Shown>();
  shown->id = id_;
  graph_.value(*node_, shown->value);
  shown->timestamp = graph_.timestamp(*node_);
  hash_ = hash_bytes(shown->value, 0);
  graph_.for_each_edge(*node_, [&](ByteView target) {
    shown->edges.emplace_back(target);
    hash_ = hash_bytes(target, hash_);
  });
  shown_ = shown;
  return *shown_;
}

bool Touched::is_changed() const {
  if (!may_differ_) return false;
  const Told now{shown().timestamp, hash_};
  return !tracked_ || !tracked_->told || !(*tracked_->told == now);
}

LiveEvent Touched::event(uint32_t subscription, uint8_t action) const {
  shown();
  return {subscription, action, shown_};
}

LiveEvent Touched::removed(uint32_t subscription) const {
  if (!removed_) {
    const auto removed = std::make_shared<Shown>();
    removed->id = id_;
    removed->timestamp = node_ ? graph_.timestamp(*node_) : graph_.removed_at(id_);
    removed_ = removed;
  }
  return {subscription, kRemoved, removed_};
}

Touched* Round::touch(ByteView id) {
  Tracked* tracked = tracking.find(id);
  if (tracked && tracked->touched) return nullptr;
  Touched& touched = touched_.emplace_back(id, tracked, graph, true);
  if (tracked) tracked->touched = &touched;
  return &touched;
}

Tracked& Round::track(Touched& touched) {
  if (touched.tracked_) return *touched.tracked_;
  Tracked& tracked = tracking.track(touched.id_);
  touched.tracked_ = &tracked;
  tracked.touched = &touched;
  return tracked;
}

Touched& Round::part(Tracked& tracked) {
  if (!tracked.touched) tracked.touched = &others_.emplace_back(tracked.id, &tracked, graph, false);
  return *tracked.touched;
}

// Whoever shows a node that was touched has asked what it shows now: if nobody did, nobody shows it.
Round::~Round() {
  const auto remember = [](Touched& touched, bool forget) {
    if (!touched.tracked_) return;
    std::optional<Told>& told = touched.tracked_->told;
    if (touched.shown_) told = Told{touched.shown_->timestamp, touched.hash_};
    else if (forget) told.reset();
    touched.tracked_->touched = nullptr;
  };
  for (Touched& touched : touched_) remember(touched, true);
  for (Touched& other : others_) remember(other, false);
}

}  // namespace weft::query
