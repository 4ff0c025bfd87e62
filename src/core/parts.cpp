// Full states go in parts, each a message of its own, so that neither side is ever busy with one for long. The sender
// packs the live set as it was at the beginning, a part a turn, while writes go on. The receiver checks each part as
// it comes and stages it; the whole is applied, in one step, once the last is there. When the link goes, so does what
// was staged: the next connection begins again. What is staged is bounded for all links together.
#include <algorithm>

#include "base/limits.h"
#include "core/replica_state.h"
#include "log/columns.h"

namespace weft {

void Replica::State::send_next_part(Session& session) {
  Sending& sending = *session.sending;
  Message& message = sending.full;
  const size_t to = sending.next + part_size(sending.operations, sending.next, options_.part_operations);
  const auto at = [&](size_t index) { return sending.operations.begin() + static_cast<std::ptrdiff_t>(index); };
  message.operations.assign(at(sending.next), at(to));
  message.last = to == sending.operations.size();
  sending.next = to;
  send(session, message);
  session.full_out.set(message.claim, wall_ms_);
  if (session.dropped || message.last) return session.sending.reset();
  message.type = MessageType::kPart;
  ++message.part;
}

void Replica::State::send_parts() {
  for (auto& [id, session] : sessions_)
    if (session.sending) send_next_part(session);
}

// A new full state takes the place of one that was not completed.
void Replica::State::stage_first(Session& session, Message full) {
  give_up_staging(session);
  session.sync_out.clear();
  Staging& staging = session.staging.emplace();
  Message part;
  std::swap(part.operations, full.operations);
  part.last = full.last;
  staging.full = std::move(full);
  stage(session, staging, part);
}

void Replica::State::stage_next(Session& session, Message part) {
  if (!session.staging || session.staging->full.exchange != part.exchange) return;   // of one given up
  Staging& staging = *session.staging;
  if (part.part != staging.next_part)
    return refuse(session, make_error(Code::kMalformed, "a part of a full state that is not the next one"));
  ++staging.next_part;
  stage(session, staging, part);
}

void Replica::State::stage(Session& session, Staging& staging, const Message& part) {
  size_t bytes = 0;
  for (const OperationRef& operation : part.operations) {
    bytes += sizeof(Operation) + operation->bytes().size();
    operation->digest();   // now, so that the step which applies them all is short
  }
  staging.bytes += bytes;
  staged_bytes_ += bytes;
  if (staged_bytes_ > limits::kMaxStagedBytes)
    return refuse(session, make_error(Code::kTooLarge, "full states that are larger than what may wait"));
  Operations& all = staging.full.operations;
  all.insert(all.end(), part.operations.begin(), part.operations.end());
  staging.due_ms = wall_ms_ + limits::kPartTimeoutMs;
  if (!part.last) return;
  Message full = std::move(staging.full);
  give_up_staging(session);
  consider(session.link, std::move(full));
}

void Replica::State::give_up_staging(Session& session) {
  if (!session.staging) return;
  staged_bytes_ -= session.staging->bytes;
  session.staging.reset();
}

// Needs no wake of its own: a link that waits for a part is not proved, so its rests are. Its sender is told nothing:
// proof after rest begins a new exchange.
void Replica::State::expire_staging() {
  for (auto& [id, session] : sessions_)
    if (session.staging && session.ticket == 0 && wall_ms_ >= session.staging->due_ms) give_up_staging(session);
}

}  // namespace weft
