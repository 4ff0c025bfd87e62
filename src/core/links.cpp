// Links: bytes in from peers and tabs, bytes out to them.
#include "base/limits.h"
#include "base/pack.h"
#include "core/json_text.h"
#include "core/replica_state.h"

namespace weft {

Session* Replica::State::find_session(LinkId id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : &found->second;
}

// Fingerprints that never rest prove nothing, but one exchange brings what was there before it, and live messages
// what came since.
bool Replica::State::has_taken(LinkId id, uint64_t messages) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() || (found->second.heard && found->second.taken >= messages);
}

void Replica::State::hear(Session& session) {
  session.heard = true;
  status_moved_ = true;
}

Status Replica::State::link_open(LinkId id, const LinkOptions& link_options) {
  if (id == kTabBroadcast) return make_error(Code::kInvalidArgument, "0 is no link's number", "link");
  if (find_session(id)) return make_error(Code::kInvalidArgument, "a link of this number is open", "link");
  close_unit();  // the sync that follows tells of it
  Session& session = sessions_[id];
  session.link = id;
  session.tab = link_options.tab;
  session.bridge = link_options.bridge;
  ++(session.tab ? tab_links_ : peer_links_);
  rest_.want(wall_ms_);
  status_moved_ = true;
  if (!fingerprint_is_behind()) send_greeting(session);
  return ok_status();
}

void Replica::State::send_greeting(Session& session) {
  session.greeted = true;
  send_sync(session, 0, true);
}

void Replica::State::link_close(LinkId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  if (found->second.ticket != 0) close_ticket(found->second.ticket);
  give_up_staging(found->second);
  --(found->second.tab ? tab_links_ : peer_links_);
  sessions_.erase(found);
  status_moved_ = true;
}

void Replica::State::receive(LinkId id, ByteView bytes) {
  Session* session = find_session(id);
  if (!session || session->dropped) return;
  if (keeps_waiting(*session) || !session->parked.empty()) return park(*session, bytes);
  process(id, bytes);
}

// Past the bound the link is asked to stop; past twice the bound it is one that does not.
void Replica::State::park(Session& session, ByteView bytes) {
  if (!session.parked.empty() && session.parked_bytes + bytes.size() + limits::kParkedOverhead > 2 * limits::kParkedBytes)
    return drop(session, make_error(Code::kOverflow, "too much arrived while a verdict was awaited"));
  session.parked.emplace_back(bytes);
  session.parked_bytes += bytes.size() + limits::kParkedOverhead;
  if (session.paused || session.parked_bytes <= limits::kParkedBytes) return;
  session.paused = true;
  outbox_.put(EffectKind::kPauseLink, session.link, {}, 1);
}

void Replica::State::process(LinkId id, ByteView bytes) {
  Session& session = *find_session(id);
  Result<Message> decoded = decode(bytes);
  if (!decoded) return refuse(session, decoded.error());
  Message& message = *decoded;
  if (message.type == MessageType::kRanges && !has_ranges()) return await_ranges(session, bytes);
  session.count_received(message, bytes.size());
  ++session.taken;
  status_moved_ = true;
  if (is_out_of_turn(session, message) && !bear_with(session))
    return refuse(session, make_error(Code::kOverflow, "more messages out of turn than an honest peer sends"));
  switch (message.type) {
    case MessageType::kSync:
      if (accept_peer(session, message.sync.replica)) on_sync(session, message.sync);
      return;
    case MessageType::kFull:
      if (accept_first(session, message)) consider(id, std::move(message));
      return;
    case MessageType::kPart:
      if (accept_next(session, message)) consider(id, std::move(message));
      return;
    case MessageType::kLive: case MessageType::kDelta: case MessageType::kBack: case MessageType::kDifference: case MessageType::kMore:
      consider(id, std::move(message));
      return;
    case MessageType::kDone: return on_done(session, message);
    case MessageType::kRequest: return on_request(session);
    case MessageType::kRanges: return on_ranges(session, message);
    case MessageType::kBye: return drop(session, make_error(Code::kLinkLost, "the other side said goodbye"));
  }
}

// What nobody asked for. It changes nothing, or no more than it would in its turn: only its number tells.
bool Replica::State::is_out_of_turn(const Session& session, const Message& message) const {
  switch (message.type) {
    case MessageType::kSync: return !message.sync.asks && !session.sync_out.is_set();
    case MessageType::kLive: return message.operations.empty();
    case MessageType::kDelta: return !session.sync_out.is_set();
    case MessageType::kBack: return !session.initiated.is_current(message.exchange);
    case MessageType::kDone: case MessageType::kDifference: return !session.answering.is_current(message.exchange);
    case MessageType::kMore: return more_is_out_of_turn(session, message);
    case MessageType::kPart: return session.full_in != message.exchange;   // the rest of one that was given up is honest
    case MessageType::kRanges:
      return session.peer < options_.replica_id && !session.initiated.is_current(message.exchange);
    case MessageType::kFull: case MessageType::kRequest: case MessageType::kBye: return false;
  }
  return false;
}

// Counts one message out of turn; false when it is one too many. A wall clock that steps back forgives.
bool Replica::State::bear_with(Session& session) {
  ++session.out_of_turn;
  if (wall_ms_ < session.patience_ms || wall_ms_ - session.patience_ms >= limits::kStrayWindowMs) {
    session.patience_ms = wall_ms_;
    session.strays = 0;
  }
  return ++session.strays <= limits::kStrays;
}

// A link's peer keeps its id while the link lives, and it is not ours.
bool Replica::State::accept_peer(Session& session, uint64_t replica) {
  if (replica == options_.replica_id || (session.peer != 0 && session.peer != replica)) {
    refuse(session, make_error(Code::kInvalidArgument, "the peer goes by a replica id that is not its own"));
    return false;
  }
  session.peer = replica;
  return true;
}

void Replica::State::refuse(Session& session, const Error& error) {
  ++refused_[error.code];
  notice(code_name(error.code), error.message, {{"link", std::to_string(session.link)}, {"path", error.path}});
  drop(session, error);
}

void Replica::State::drop(Session& session, const Error& error) {
  session.dropped = true;
  session.parked.clear();
  session.parked_bytes = 0;
  if (session.ticket != 0) close_ticket(session.ticket);
  session.ticket = 0;
  session.mark.reset();
  session.sending.clear();
  session.awaits_ranges = session.starts_then = false;
  give_up_staging(session);
  status_moved_ = true;
  Buffer payload;
  pack_array(payload, 2);
  pack_str(payload, code_name(error.code));
  pack_str(payload, error.message);
  outbox_.put(EffectKind::kDropLink, session.link, std::move(payload));
}

// What was applied before goes out before: order on a link is the order of what happened.
void Replica::State::send(Session& session, const Message& message) {
  close_unit();
  if (session.dropped) return;
  size_t raw_bytes = 0;
  Buffer bytes = encode(message, options_.compress_above, &raw_bytes);
  session.count_sent(message.type, message.operations.size(), bytes.size(), raw_bytes);
  outbox_.put_outgoing(EffectKind::kSend, session.link, std::move(bytes));
}

// One encoding for all; tabs take one post together.
void Replica::State::broadcast_live(const Operations& operations, bool tabs) {
  if (operations.empty() || open_links(tabs) == 0) return;
  Message message;
  message.type = MessageType::kLive;
  message.operations = operations;
  size_t raw_bytes = 0;
  const Buffer bytes = encode(message, options_.compress_above, &raw_bytes);
  if (tabs) outbox_.put_outgoing(EffectKind::kSend, kTabBroadcast, bytes);
  for (auto& [id, session] : sessions_) {
    if (session.tab != tabs || session.dropped) continue;
    session.count_sent(MessageType::kLive, operations.size(), bytes.size(), raw_bytes);
    if (!tabs) outbox_.put_outgoing(EffectKind::kSend, id, bytes);
  }
}

}  // namespace weft
