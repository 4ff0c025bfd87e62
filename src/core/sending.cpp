// What is too large for one message goes in pieces, one a turn, while writes go on: the parts of a full state, and what
// a delta, a difference or a back brings. Those need not come whole, so their pieces are applied as they come, and the
// message itself, which says what it all came to, is the last. What fits a piece is one message, sent at once.
#include <algorithm>

#include "base/limits.h"
#include "core/replica_state.h"
#include "log/columns.h"

namespace weft {
namespace {

// Half a part: a piece is applied, logged and written down in the turn in which it comes.
constexpr size_t kPieceOperations = limits::kPartOperations / 2, kPieceBytes = limits::kPartBytes / 4;

// The first ones are small: whoever takes a full state has often just been opened, and its engine has not compiled
// the code yet that reads it. Small parts pack worse, so they do not stay small: every second one may be twice as large.
size_t most_operations(uint64_t part, size_t at_most) {
  constexpr uint64_t kDoublings = 8;
  return std::min(at_most, limits::kFirstPartOperations << std::min(part / 2, kDoublings));
}

}  // namespace

void Replica::State::begin_sending(Session& session, Sending sending) {
  const bool is_full = sending.message.type == MessageType::kFull;
  const bool in_turn = !is_full && sending.operations.size() > kPieceOperations;   // to find them was enough for one
  session.sending.push_back(std::move(sending));
  if (session.sending.size() == 1 && !in_turn) send_next(session);
}

void Replica::State::send_next(Session& session) {
  const MessageType type = session.sending.front().message.type;
  if (type == MessageType::kFull || type == MessageType::kPart) send_next_part(session);
  else send_next_piece(session);
}

// Of one link; those that send take turns.
bool Replica::State::send_some() {
  const auto sends = [](const auto& entry) { return !entry.second.sending.empty(); };
  auto next = std::find_if(sessions_.upper_bound(last_sender_), sessions_.end(), sends);
  if (next == sessions_.end()) next = std::find_if(sessions_.begin(), sessions_.end(), sends);
  if (next == sessions_.end()) return false;
  last_sender_ = next->first;
  send_next(next->second);
  return true;
}

// The operations that come next: so many at most, and they end with the one that brings them to so many bytes.
Operations Replica::State::take_piece(Sending& sending, size_t most, size_t bytes) {
  const auto from = sending.operations.begin() + static_cast<std::ptrdiff_t>(sending.next);
  const size_t size = part_size(sending.operations, sending.next, most, bytes);
  sending.next += size;
  return Operations(from, from + static_cast<std::ptrdiff_t>(size));
}

void Replica::State::send_next_part(Session& session) {
  Sending& sending = session.sending.front();
  Message& message = sending.message;
  message.operations = take_piece(sending, most_operations(message.part, options_.part_operations), limits::kPartBytes);
  message.last = sending.is_done();
  send(session, message);
  session.full_out.set(message.claim, wall_ms_);
  if (message.last) return session.sending.pop_front();
  message.type = MessageType::kPart;
  ++message.part;
}

void Replica::State::send_next_piece(Session& session) {
  Sending& sending = session.sending.front();
  Message piece = sending.message;
  const size_t most = std::min(kPieceOperations, options_.part_operations);
  piece.operations = take_piece(sending, most, kPieceBytes);
  const auto needs = sending.need.begin() + static_cast<std::ptrdiff_t>(sending.next_need);
  const size_t needed = std::min(most, sending.need.size() - sending.next_need);
  piece.need.assign(needs, needs + static_cast<std::ptrdiff_t>(needed));
  sending.next_need += needed;
  if (sending.is_done()) session.sending.pop_front();
  else piece.type = MessageType::kMore;
  if (piece.type == MessageType::kBack || piece.type == MessageType::kDelta) conclude(session, piece);
  send(session, piece);
}

// What the last one says of how it went is true when it goes out: live messages went out between the pieces.
void Replica::State::conclude(Session& session, Message& last) {
  last.claim = claim();
  if (last.type == MessageType::kDelta) return;
  const bool current = session.answering.is_current(last.exchange);
  last.moved = !current || session.answering.moved(version_);
  if (current) session.answering.answered = version_;
}

void Replica::State::send_back(Session& session, uint64_t exchange, Operations operations) {
  if (session.answering.is_current(exchange)) hear(session);
  if (!affords(session, operations.size())) return;
  Sending back;
  back.message.type = MessageType::kBack;
  back.message.exchange = exchange;
  back.operations = std::move(operations);
  begin_sending(session, std::move(back));
}

// What its sender lacks goes to it at once; nothing is kept for the end.
void Replica::State::on_more(Session& session, const Message& more, const Origin& origin) {
  ingest_all(more.operations, origin);
  Sending answer;
  answer.message.type = MessageType::kMore;
  answer.message.exchange = more.exchange;
  answer.operations = graph_.live_among(more.need);
  if (!answer.operations.empty() && affords(session, answer.operations.size())) begin_sending(session, std::move(answer));
}

// Of an exchange that was overtaken there may be many, and they are honest: with operations they are like live ones, and
// what they ask for is counted where it is answered.
bool Replica::State::more_is_out_of_turn(const Session& session, const Message& more) const {
  const uint64_t latest = std::max(session.initiated.number, session.answering.number);
  return (more.operations.empty() && more.need.empty()) || more.exchange > latest;
}

// A judge forgot a piece: the exchange is to end without a mark.
void Replica::State::lose_some(Session& session, uint64_t exchange) {
  for (Exchange* one : {&session.initiated, &session.answering})
    if (one->is_current(exchange)) one->lost = true;
}

}  // namespace weft
