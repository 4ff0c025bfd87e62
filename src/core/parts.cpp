// Full states go in parts, each a message of its own, so that neither side is ever busy with one for long. The sender
// packs the live set as it was at the beginning, a part a turn, while writes go on. The receiver checks each part as
// it comes, asks its judge and stages it. Once the last is there the whole is applied: one that fits a part in one step,
// a larger one aside (core/aside.h). When the link goes, so does what was staged: the next connection begins again. What
// is staged is bounded for all links together.
#include <algorithm>

#include "base/limits.h"
#include "core/replica_state.h"
#include "log/columns.h"

namespace weft {

// A new full state takes the place of one that was not completed.
bool Replica::State::accept_first(Session& session, const Message& full) {
  if (!accept_peer(session, full.sync.replica)) return false;
  if (full.exchange == kToAllTabs && !session.tab) {
    refuse(session, make_error(Code::kMalformed, "a full state for tabs, from a peer"));
    return false;
  }
  give_up_staging(session);
  session.full_in.reset();
  if (!full.last) session.full_in = full.exchange;
  if (full.exchange != kToAllTabs) session.sync_out.clear();
  return true;
}

bool Replica::State::accept_next(Session& session, const Message& part) {
  if (part.last && session.full_in == part.exchange) session.full_in.reset();
  if (!session.staging || session.staging->full.exchange != part.exchange) return false;   // of one given up
  if (part.part == session.staging->next_part) return true;
  refuse(session, make_error(Code::kMalformed, "a part of a full state that is not the next one"));
  return false;
}

void Replica::State::stage_first(Session& session, Message full) {
  Staging& staging = session.staging.emplace();
  Message part;
  std::swap(part.operations, full.operations);
  std::swap(part.columns, full.columns);
  part.last = full.last, part.lost = full.lost;
  staging.full = std::move(full);
  stage(session, std::move(part));
}

void Replica::State::stage_next(Session& session, Message part) {
  ++session.staging->next_part;
  stage(session, std::move(part));
}

void Replica::State::stage(Session& session, Message part) {
  Staging& staging = *session.staging;
  size_t bytes = part.columns.size();
  for (const OperationRef& operation : part.operations) {
    bytes += sizeof(Operation) + operation->bytes().size();
    operation->digest();   // now, so that the step which applies them all is short
  }
  staging.lost |= part.lost;
  staging.bytes += bytes;
  staged_bytes_ += bytes;
  if (staged_bytes_ > limits::kMaxStagedBytes)
    return refuse(session, make_error(Code::kTooLarge, "full states that are larger than what may wait"));
  Operations& all = staging.full.operations;
  const size_t from = all.size();
  all.insert(all.end(), part.operations.begin(), part.operations.end());
  staging.runs.push_back({from, all.size(), std::move(part.columns)});
  staging.due_ms = wall_ms_ + limits::kPartTimeoutMs;
  if (part.last) apply_staged(session);
}

void Replica::State::apply_staged(Session& session) {
  on_whole(session, session.staging->full);
  session.staging->whole = session.staging->full.operations.size() > options_.part_operations;
  if (session.applies()) return persist_staged(session);
  const Staging staging = take_staging(session);
  on_full(session, staging.full, origin_of(session.link));
}

Staging Replica::State::take_staging(Session& session) {
  Staging staging = std::move(*session.staging);
  staged_bytes_ -= staging.bytes;
  session.staging.reset();
  return staging;
}

void Replica::State::give_up_staging(Session& session) {
  if (!session.staging) return;
  if (aside_ && aside_->link == session.link) aside_.reset();
  take_staging(session);
}

// Needs no wake of its own: a link that waits for a part is not proved, so its rests are. Its sender is told nothing:
// proof after rest begins a new exchange.
void Replica::State::expire_staging() {
  for (auto& [id, session] : sessions_)
    if (session.staging && !session.applies() && session.ticket == 0 && wall_ms_ >= session.staging->due_ms) give_up_staging(session);
}

}  // namespace weft
