// Work that takes several turns, so that no turn is long: each tick does one piece of it, and asks to be woken at once
// while there is more. Kinds take turns too.
#include <algorithm>
#include <array>

#include "core/replica_state.h"

namespace weft {

bool Replica::State::has_work() const {
  if (aside_ || !retired_.empty() || fingerprint_is_behind()) return true;
  if (std::any_of(imports_.begin(), imports_.end(), [](const auto& entry) { return entry.second->staging.whole; })) return true;
  return std::any_of(sessions_.begin(), sessions_.end(), [this](const auto& entry) {
    const Session& session = entry.second;
    return !session.sending.empty() || session.applies() || session.awaits_ranges || waits_to_greet(session) || may_resume(session);
  });
}

void Replica::State::work() {
  using Piece = bool (State::*)();
  static constexpr std::array<Piece, 7> kPieces{&State::retire_graph, &State::digest_slice, &State::build_ranges, &State::greet, &State::resume_one, &State::build_aside, &State::send_some};
  for (size_t tried = 0; tried < kPieces.size(); ++tried) {
    const size_t at = next_piece_++ % kPieces.size();
    if (!(this->*kPieces[at])()) continue;
    ++turns_;
    return;
  }
}

// A graph that was exchanged for another is taken apart in a turn of its own.
bool Replica::State::retire_graph() {
  if (retired_.empty()) return false;
  retired_.pop_back();
  return true;
}

// A fingerprint needs the digest of every operation. Of those that no full state brought, and nobody asked about yet,
// there may be many: a handshake waits for them, and what comes by a link waits behind it.
bool Replica::State::fingerprint_is_behind() const { return !sessions_.empty() && graph_.undigested() > options_.part_operations; }

bool Replica::State::digest_slice() {
  if (!fingerprint_is_behind()) return false;
  graph_.digest_some(options_.part_operations);
  status_moved_ = status_moved_ || !fingerprint_is_behind();
  return true;
}

bool Replica::State::waits_to_greet(const Session& session) const { return !session.greeted && !session.dropped; }

// The first word on the links that waited for it.
bool Replica::State::greet() {
  if (fingerprint_is_behind()) return false;
  bool greeted = false;
  for (auto& [id, session] : sessions_) {
    if (!waits_to_greet(session)) continue;
    send_greeting(session);
    greeted = true;
  }
  return greeted;
}

bool Replica::State::may_resume(const Session& session) const { return !session.parked.empty() && !keeps_waiting(session); }

bool Replica::State::resume_one() {
  const auto one = std::find_if(sessions_.begin(), sessions_.end(), [this](const auto& entry) { return may_resume(entry.second); });
  if (one == sessions_.end()) return false;
  resume(one->first);
  return true;
}

// Whether what comes by this link is to wait. Nothing is answered before the first word was said.
bool Replica::State::keeps_waiting(const Session& session) const {
  return session.ticket != 0 || session.applies() || session.awaits_ranges || !session.greeted || fingerprint_is_behind();
}

}  // namespace weft
