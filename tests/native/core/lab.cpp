#include "core/lab.h"

#include <algorithm>

namespace weft::test {

Replica& Lab::open(LinkId id, const std::function<void(ReplicaOptions&)>& adjust) {
  ReplicaOptions options;
  options.replica_id = id;
  options.max_drift_ms = limits::kDefaultMaxDriftMs;
  if (adjust) adjust(options);
  Member& member = members_[id];
  member.replica = std::make_unique<Replica>(options);
  member.links.clear();
  member.wake_ms.reset();
  return *member.replica;
}

void Lab::put(LinkId id, ByteView node, uint64_t value) { put(id, node, {{"v", number(value)}}); }

void Lab::put(LinkId id, ByteView node, const std::vector<std::pair<Buffer, Buffer>>& fields) {
  const Status put = (*this)[id].put(node, map_of(fields), now(id));
  WEFT_CHECK(put.ok());
  collect(id);
}

void Lab::connect(LinkId a, LinkId b, bool tabs, bool a_bridges, bool b_bridges) {
  members_.at(a).links[b] = tabs;
  members_.at(b).links[a] = tabs;
  WEFT_CHECK((*this)[a].link_open(b, LinkOptions{tabs, a_bridges}, now(a)).ok());
  collect(a);
  WEFT_CHECK((*this)[b].link_open(a, LinkOptions{tabs, b_bridges}, now(b)).ok());
  collect(b);
}

void Lab::cut(LinkId a, LinkId b) {
  (*this)[a].link_close(b);
  (*this)[b].link_close(a);
  members_.at(a).links.erase(b);
  members_.at(b).links.erase(a);
  const auto gone = [&](const Sent& sent) {
    return (sent.from == a && sent.to == b) || (sent.from == b && sent.to == a);
  };
  under_way_.erase(std::remove_if(under_way_.begin(), under_way_.end(), gone), under_way_.end());
}

void Lab::collect(LinkId id) {
  Member& member = members_.at(id);
  for (Effect& effect : member.replica->take_effects(true, now(id))) {
    if (effect.kind == EffectKind::kSend) {
      for (const auto& [other, tab] : member.links)
        if (effect.target == other || (effect.target == kTabBroadcast && tab)) {
          under_way_.push_back({id, other, effect.payload});
          log.push_back(under_way_.back());
        }
    } else if (effect.kind == EffectKind::kPersist) {
      journal[id] += effect.payload;
    } else if (effect.kind == EffectKind::kWake) {
      member.wake_ms = effect.time_ms;
    } else {
      kept[id].push_back(std::move(effect));
    }
  }
}

bool Lab::deliver_one() {
  if (under_way_.empty()) return false;
  const Sent sent = under_way_.front();
  under_way_.pop_front();
  inject(sent.from, sent.to, sent.bytes);
  return true;
}

void Lab::deliver() {
  for (unsigned left = 10'000; deliver_one(); --left) WEFT_CHECK(left > 0);
}

void Lab::inject(LinkId from, LinkId to, ByteView bytes) {
  (*this)[to].receive(from, bytes, now(to));
  collect(to);
}

void Lab::pass(uint64_t ms) {
  now_ += ms;
  for (auto& [id, member] : members_) {
    if (!member.wake_ms || now(id) < *member.wake_ms) continue;
    member.wake_ms.reset();
    member.replica->tick(now(id));
    collect(id);
  }
}

void Lab::rest(unsigned wakes) {
  for (deliver(); wakes > 0; --wakes, deliver()) {
    std::optional<uint64_t> next;
    for (const auto& [id, member] : members_) {
      if (!member.wake_ms) continue;
      const uint64_t at = *member.wake_ms - static_cast<uint64_t>(member.skew);
      next = next ? std::min(*next, at) : at;
    }
    if (!next) return;
    pass(*next > now_ ? *next - now_ : 0);
  }
}

std::string Lab::state(LinkId id, LinkId link) {
  const Buffer status = (*this)[id].sync_status_json();
  const std::string key = "\"link\":" + std::to_string(link) + ",", state = "\"state\":\"";
  const size_t at = status.find(state, status.find(key)) + state.size();
  return status.substr(at, status.find('"', at) - at);
}

size_t Lab::count(MessageType type, LinkId from) const {
  return static_cast<size_t>(std::count_if(log.begin(), log.end(), [&](const Sent& sent) {
    return sent.type() == type && (from == 0 || sent.from == from);
  }));
}

std::optional<Buffer> Lab::value(LinkId id, ByteView node) {
  const Graph& graph = (*this)[id].graph();
  const Node* found = graph.find(node);
  if (!found) return std::nullopt;
  Buffer value;
  graph.value(*found, value);
  return value;
}

uint64_t Lab::number_of(LinkId id, ByteView node, ByteView field) {
  const Graph& graph = (*this)[id].graph();
  const Node* found = graph.find(node);
  WEFT_CHECK(found != nullptr);
  const ValueView value = graph.field(*found, field);
  return value.type() == Type::kNumber ? static_cast<uint64_t>(value.integer()) : UINT64_MAX;
}

std::vector<Effect> Lab::taken(LinkId id, EffectKind kind) {
  std::vector<Effect> taken, left;
  for (Effect& effect : kept[id]) (effect.kind == kind ? taken : left).push_back(std::move(effect));
  kept[id] = std::move(left);
  return taken;
}

}  // namespace weft::test
