// What leaves the core, and when.
#include <algorithm>
#include <unordered_set>

#include "base/pack.h"
#include "core/replica_state.h"

namespace weft {
// The wall clock may step back; what is due then is still due after as long a wait as before.
void Replica::State::set_time(uint64_t wall_ms) {
  if (wall_ms < wall_ms_) {
    const uint64_t back = wall_ms_ - wall_ms;
    rest_.step_back(back);
    for (auto& [id, ticket] : tickets_) ticket.due_ms -= std::min(ticket.due_ms, back);
    wake_ms_.reset();
  }
  wall_ms_ = wall_ms;
}

void Replica::State::tick() {
  if (wake_ms_ && wall_ms_ >= *wake_ms_) wake_ms_.reset();
  release_quarantine();
  expire_tickets();
  prove_after_rest();
}

bool Replica::State::settle() {
  if (!touched_.empty()) {
    std::unordered_set<ByteView> seen;
    std::vector<Buffer> once;
    for (const Buffer& id : touched_)
      if (seen.insert(id).second) once.push_back(id);
    std::vector<LiveEvent> events;
    queries_.refresh(once, graph_, events);
    touched_.clear();
    emit_events(events);
  }
  tell_links();
  emit_wake();
  return outbox_.has_effects();
}

// [action, id, value|nil, [edges…], physical, logical]
void Replica::State::emit_events(const std::vector<LiveEvent>& events) {
  for (const LiveEvent& event : events) {
    Buffer payload;
    pack_array(payload, 6);
    pack_uint(payload, event.action);
    pack_str(payload, event.id);
    if (event.value.empty()) pack_nil(payload);
    else payload += event.value;
    pack_array(payload, static_cast<uint32_t>(event.edges.size()));
    for (const Buffer& edge : event.edges) pack_str(payload, edge);
    pack_uint(payload, event.timestamp.physical_ms());
    pack_uint(payload, event.timestamp.logical());
    outbox_.put(EffectKind::kEvent, event.subscription, std::move(payload));
  }
}

// Everything applied since the last time: one record, one message to the peers, one to the tabs.
void Replica::State::close_unit() {
  if (!outbox_.unit_is_open()) return;
  const OpenUnit unit = outbox_.take_unit();
  if (!unit.journal.empty()) append_record(unit.journal, false);
  broadcast_live(unit.peers, false);
  broadcast_live(unit.tabs, true);
}

std::vector<Effect> Replica::State::take_effects(bool with_outgoing) {
  settle();
  if (with_outgoing) close_unit();
  reports_ = 0;
  return outbox_.take(with_outgoing);
}

void Replica::State::emit_wake() {
  std::optional<uint64_t> due = rest_.due_ms();
  const auto sooner = [&due](uint64_t at) { due = due ? std::min(*due, at) : at; };
  if (quarantine_.due_ms()) sooner(*quarantine_.due_ms());
  if (!tickets_.empty()) sooner(tickets_.begin()->second.due_ms);  // ids and due times grow together
  if (!due || (wake_ms_ && *wake_ms_ <= *due)) return;
  wake_ms_ = due;
  outbox_.put(EffectKind::kWake, 0, {}, *due);
}

void Replica::State::tell_links() {
  if (marks_moved_) {
    for (auto& [id, session] : sessions_) {
      const LinkState state = session.state_at(version_);
      if (state == session.told) continue;
      session.told = state;
      outbox_.put(EffectKind::kSyncChange, id, {});
    }
  }
  if (status_moved_) outbox_.put(EffectKind::kSyncChange, 0, {});
  marks_moved_ = status_moved_ = false;
}

void Replica::State::notice(const char* code, const std::string& message, Details details) {
  status_moved_ = true;
  Buffer payload;
  pack_array(payload, 3);
  pack_str(payload, code);
  pack_str(payload, message);
  pack_map(payload, static_cast<uint32_t>(details.size()));
  for (const auto& [name, value] : details) {
    pack_str(payload, name);
    pack_str(payload, value);
  }
  outbox_.put(EffectKind::kNotice, 0, std::move(payload));
}

}  // namespace weft
