#include "query/tracking.h"

#include <algorithm>
#include <functional>

#include "base/result.h"

namespace weft::query {

Tracked* Tracking::find(ByteView id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second.get();
}

Tracked& Tracking::track(ByteView id) {
  if (Tracked* known = find(id)) return *known;
  auto tracked = std::make_unique<Tracked>(id);
  Tracked& fresh = *tracked;
  all_.emplace(fresh.id, std::move(tracked));
  idle_.push_back(&fresh);
  return fresh;
}

void Tracking::sweep() {
  std::sort(idle_.begin(), idle_.end());   // one may have been let go more than once
  idle_.erase(std::unique(idle_.begin(), idle_.end()), idle_.end());
  for (Tracked* tracked : idle_)
    if (tracked->holders.empty()) all_.erase(all_.find(tracked->id));
  idle_.clear();
}

Held::~Held() {
  for (Tracked* tracked : all_) let_go(*tracked);
}

std::vector<Tracked::Holder>::iterator Held::holder_of(Tracked& tracked) const {
  return std::lower_bound(tracked.holders.begin(), tracked.holders.end(), &owner_,
                          [](const Tracked::Holder& holder, const Watch* watch) { return std::less<>()(holder.watch, watch); });
}

bool Held::has(const Tracked& tracked) const {
  Tracked& it = const_cast<Tracked&>(tracked);   // only looked at
  const auto at = holder_of(it);
  return at != it.holders.end() && at->watch == &owner_;
}

Tracked& Held::add(ByteView id) {
  Tracked& tracked = tracking_.track(id);
  add(tracked);
  return tracked;
}

void Held::add(Tracked& tracked) {
  const auto at = holder_of(tracked);
  if (at != tracked.holders.end() && at->watch == &owner_) {
    ++at->uses;
    return;
  }
  tracked.holders.insert(at, {&owner_, static_cast<uint32_t>(all_.size()), 1});
  all_.push_back(&tracked);
}

void Held::remove(Tracked& tracked) {
  const auto at = holder_of(tracked);
  WEFT_CHECK(at != tracked.holders.end() && at->watch == &owner_);
  if (--at->uses > 0) return;
  const uint32_t place = at->place;
  let_go(tracked);
  if (place + 1 < all_.size()) {
    all_[place] = all_.back();
    holder_of(*all_[place])->place = place;
  }
  all_.pop_back();
}

void Held::let_go(Tracked& tracked) {
  tracked.holders.erase(holder_of(tracked));
  if (tracked.holders.empty()) tracking_.idle_.push_back(&tracked);
}

}  // namespace weft::query
