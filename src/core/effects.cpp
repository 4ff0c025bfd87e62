// What leaves the core, and when.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/pack.h"
#include "core/replica_state.h"

namespace weft {
namespace {

void pack_shown(Buffer& out, const Shown& node) {
  pack_array(out, 5);
  pack_str(out, node.id);
  if (node.value.empty()) pack_nil(out);
  else out += node.value;
  pack_array(out, static_cast<uint32_t>(node.edges.size()));
  for (const Buffer& edge : node.edges) pack_str(out, edge);
  pack_uint(out, node.timestamp.physical_ms());
  pack_uint(out, node.timestamp.logical());
}

}  // namespace

// The wall clock may step back; what is due then is still due after as long a wait as before.
void Replica::State::set_time(uint64_t wall_ms) {
  if (wall_ms < wall_ms_) {
    const uint64_t back = wall_ms_ - wall_ms;
    rest_.step_back(back);
    for (auto& [id, ticket] : tickets_) ticket.due_ms -= std::min(ticket.due_ms, back);
    for (auto& [id, session] : sessions_)
      if (session.staging) session.staging->due_ms -= std::min(session.staging->due_ms, back);
    wake_ms_.reset();
  }
  wall_ms_ = wall_ms;
}

void Replica::State::tick() {
  if (wake_ms_ && wall_ms_ >= *wake_ms_) wake_ms_.reset();
  release_quarantine();
  expire_tickets();
  expire_staging();
  work();
  prove_after_rest();
}

// One round of events for all that was touched since the last.
void Replica::State::refresh_queries() {
  if (!touched_.empty()) {
    std::unordered_set<ByteView> seen;
    std::vector<Buffer> once;
    for (const Buffer& id : touched_)
      if (seen.insert(id).second) once.push_back(id);
    std::vector<LiveEvent> events;
    queries_.refresh(once, touched_links_, graph_, events);
    emit_events(events);
  }
  touched_.clear();
  touched_links_ = {};
}

bool Replica::State::settle() {
  refresh_queries();
  tell_links();
  emit_wake();
  return outbox_.has_effects();
}

// One effect for all. A node is packed once for all who are told the same of it.
void Replica::State::emit_events(const std::vector<LiveEvent>& events) {
  if (events.empty()) return;
  std::vector<uint32_t> heads = {static_cast<uint32_t>(events.size())};
  heads.reserve(1 + 2 * events.size());
  std::unordered_map<const Shown*, uint32_t> places;
  Buffer nodes;
  for (const LiveEvent& event : events) {
    const auto [at, is_new] = places.emplace(event.node.get(), static_cast<uint32_t>(places.size()));
    if (is_new) pack_shown(nodes, *event.node);
    heads.push_back(event.subscription);
    heads.push_back(at->second << 2 | event.action);
  }
  Buffer payload;
  payload.reserve(heads.size() * sizeof(uint32_t) + nodes.size());
  payload.append(reinterpret_cast<const char*>(heads.data()), heads.size() * sizeof(uint32_t));
  payload += nodes;
  outbox_.put(EffectKind::kEvents, 0, std::move(payload));
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
  for (const auto& [id, ticket] : tickets_) sooner(ticket.due_ms);
  if (has_work()) sooner(wall_ms_);   // in a turn of its own
  // A time that has passed without a tick is told again: after a jump forward the host's timer may still be far off.
  if (!due || (wake_ms_ && *wake_ms_ <= *due && *wake_ms_ > wall_ms_)) return;
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
