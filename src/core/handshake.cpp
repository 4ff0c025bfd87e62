// The handshake, delta, and proof after rest; the rules stand in sync/planner.h and docs/protocol.md.
#include "core/replica_state.h"

namespace weft {

Claim Replica::State::claim() const { return claim_of(graph_.fingerprint()); }

SyncFields Replica::State::sync_fields() const {
  SyncFields sync;
  sync.replica = options_.replica_id;
  sync.watermark = watermark_;
  sync.claim = claim();
  sync.floor = oplog_.floor();
  if (options_.reconcile) sync.modes |= kOffersReconcile;
  sync.held = quarantine_.size() + refused_operations_;
  return sync;
}

void Replica::State::send_sync(Session& session, uint8_t round, bool asks) {
  Message message;
  message.type = MessageType::kSync;
  message.sync = sync_fields();
  message.sync.round = round;
  message.sync.asks = asks;
  session.sync_out.clear();
  if (asks) session.sync_out.set(message.sync.claim, wall_ms_);
  send(session, message);
}

void Replica::State::on_sync(Session& session, const SyncFields& theirs) {
  session.peer_held = theirs.held;
  session.peer_modes = theirs.modes;
  if (!theirs.asks) hear(session);   // it found itself equal to what we had told: all it held was here, whatever moved since
  const SyncView view{sync_fields(), session.sync_out.claim(wall_ms_),
                      oplog_.any_live_above(theirs.watermark, [this](const Operation& o) { return graph_.is_live(o); })};
  const Step step = plan(theirs, view);
  // A full state under way will tell more; its end compares again.
  if ((!session.sending.empty() || session.staging) && step != Step::kProved && step != Step::kProvedAnswer) return;
  switch (step) {
    case Step::kNothing: return;
    case Step::kProvedAnswer:
      if (theirs.round == 0) session.mode = SyncMode::kInSync;
      set_mark(session, true);
      return send_sync(session, theirs.round, false);
    case Step::kProved:
      if (theirs.round == 0) session.mode = SyncMode::kInSync;
      return set_mark(session, true);
    case Step::kAsk: return send_sync(session, 0, true);
    case Step::kDelta: return send_delta(session, theirs.watermark);
    case Step::kFull: return send_full(session, false);
    case Step::kReconcile: return start_reconcile(session);
    case Step::kRequest: {
      Message request;
      request.type = MessageType::kRequest;
      return send(session, request);
    }
  }
}

void Replica::State::send_delta(Session& session, const Stamp& watermark) {
  Sending delta;
  delta.message.type = MessageType::kDelta;
  delta.message.exchange = kOfDelta;
  delta.operations =
      oplog_.live_above(watermark, [this](const Operation& operation) { return graph_.is_live(operation); });
  session.mode = SyncMode::kDelta;
  begin_sending(session, std::move(delta));
}

// The fingerprint is the proof, not the watermark: unequal, a second round follows, never a second delta. Who
// is to start what comes then does so at once.
void Replica::State::on_delta(Session& session, const Message& delta, const Origin& origin) {
  session.sync_out.clear();
  session.mode = SyncMode::kDelta;
  ingest_all(delta.operations, origin);
  const bool equal = claim() == delta.claim;
  if (equal) set_mark(session, true);
  const bool starts = session.peer != 0 && session.peer < options_.replica_id;
  if (equal || !starts) return send_sync(session, 1, !equal);
  session.sync_out.set(claim(), wall_ms_);   // what follows is the question
  start_reconcile(session);
}

void Replica::State::on_request(Session& session) {
  if (session.peer == 0 || session.peer >= options_.replica_id)
    return refuse(session, make_error(Code::kMalformed, "a request from the one who is to start"));
  if (!session.sending.empty()) return;   // its end compares again
  start_reconcile(session);
}

void Replica::State::set_mark(Session& session, bool proved) {
  session.mark = Mark{graph_.fingerprint(), proved, version_};
  hear(session);
  session.sync_out.clear();
  session.full_out.clear();
  if (proved) session.proved_ms = wall_ms_;
  marks_moved_ = true;
}

void Replica::State::forget_mark(Session& session) {
  session.mark.reset();
  session.sync_out.clear();
  session.full_out.clear();
  rest_.changed(wall_ms_);
  rest_.want(wall_ms_);
  marks_moved_ = true;
}

void Replica::State::forget_marks() {
  for (auto& entry : sessions_) forget_mark(entry.second);
}

// Both sides compare once more: equal; or unequal though neither moved, which is as good as it gets
// (a quarantine, a judge that refused); or else nothing is known, and proof after rest goes on.
// "Moved" is told by version, not by fingerprint, which can return to an old value by a replacement.
void Replica::State::end_exchange(Session& session, Exchange& exchange, const Message& theirs) {
  const bool still = !exchange.moved(version_);
  exchange.start.reset();
  if (theirs.claim == claim()) set_mark(session, true);
  else if (still && !theirs.moved) set_mark(session, false);
  else forget_mark(session);
}

// Not while something is under way that tells as much: the greeting, a verdict, a full state, the question itself.
bool Replica::State::asks_for_proof(const Session& session) const {
  const bool busy = session.ticket != 0 || !session.sending.empty() || session.staging || session.awaits_ranges;
  return session.greeted && !busy && !session.sync_out.covers(claim(), wall_ms_);
}

void Replica::State::prove_after_rest() {
  const std::optional<uint64_t> due = rest_.due_ms();
  if (!due || wall_ms_ < *due || fingerprint_is_behind()) return;
  const Fingerprint now = graph_.fingerprint();
  bool wanted = false;
  for (auto& [id, session] : sessions_) {
    if (session.dropped || session.state(now) != LinkState::kStale) continue;
    wanted = true;
    if (asks_for_proof(session)) send_sync(session, 0, true);
  }
  rest_.attempted(wall_ms_, wanted);
}

}  // namespace weft
