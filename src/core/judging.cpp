// Judging: operations from elsewhere come in as tickets. Without a judge the core answers itself at
// once; with one, the host is asked and the link is parked until the verdict.
#include <algorithm>
#include <set>

#include "base/limits.h"
#include "base/pack.h"
#include "core/json_text.h"
#include "core/replica_state.h"

namespace weft {
namespace {

const char* judged_as(const Ticket& ticket, const Session* session) {
  if (ticket.link == 0) return "import";
  if (ticket.origin.source == Source::kTab) return "tab";
  switch (ticket.message.type) {
    case MessageType::kDelta: return sync_mode_name(SyncMode::kDelta);
    case MessageType::kFull: case MessageType::kPart: return sync_mode_name(SyncMode::kFull);
    case MessageType::kBack: case MessageType::kDifference: return sync_mode_name(session->mode);
    case MessageType::kMore: return sync_mode_name(ticket.message.exchange == kOfDelta ? SyncMode::kDelta : session->mode);
    default: return "live";
  }
}

void pack_raw_or_nil(Buffer& out, ByteView encoded) {
  if (encoded.empty()) pack_nil(out);
  else out.append(encoded);
}

void pack_text_or_nil(Buffer& out, bool present, ByteView text) {
  if (present) pack_str(out, text);
  else pack_nil(out);
}

// [kind, id, value|fields|nil, deleted|nil, label|nil, target|nil, physical, logical, replica as hex]
void pack_summary(Buffer& out, const Operation& operation) {
  const Kind kind = operation.kind();
  const bool names = kind == Kind::kCreate || kind == Kind::kPatch, links = kind >= Kind::kLink;
  pack_array(out, 9);
  pack_uint(out, static_cast<uint64_t>(kind));
  pack_text_or_nil(out, kind != Kind::kClear, operation.id());
  const bool valued = kind == Kind::kReplace || kind == Kind::kLink;
  pack_raw_or_nil(out, names ? operation.fields() : valued ? operation.value() : ByteView());
  pack_raw_or_nil(out, names ? operation.deleted() : ByteView());
  pack_text_or_nil(out, links, links ? operation.label() : ByteView());
  pack_text_or_nil(out, links, links ? operation.target() : ByteView());
  pack_uint(out, operation.stamp().physical_ms());
  pack_uint(out, operation.stamp().logical());
  pack_str(out, hex(operation.stamp().replica));
}

// Of the operations that were judged those with a 1 in `keep`; empty: none. Returns how many are gone.
size_t leave_only(Ticket& ticket, ByteView keep) {
  Operations& operations = ticket.message.operations;
  const size_t before = operations.size();
  for (size_t i = 0; i < ticket.judged.size(); ++i)
    if (keep.empty() || keep[i] != 1) operations[ticket.judged[i]] = nullptr;
  operations.erase(std::remove_if(operations.begin(), operations.end(), [](const OperationRef& o) { return !o; }), operations.end());
  const size_t gone = before - operations.size();
  if (gone > 0) ticket.message.columns.clear();
  return gone;
}

bool is_part(const Message& message) { return message.type == MessageType::kFull || message.type == MessageType::kPart; }

}  // namespace

Origin Replica::State::origin_of(uint32_t link) const {
  if (link == 0) return Origin{Source::kImport};
  const Session& session = sessions_.at(link);
  return Origin{session.tab ? Source::kTab : Source::kPeer, session.bridge};
}

// What is held already, content and all, was judged when it came.
std::vector<size_t> Replica::State::unheld(const Operations& operations) const {
  std::vector<size_t> indexes;
  for (size_t i = 0; i < operations.size(); ++i)
    if (!graph_.is_live(*operations[i])) indexes.push_back(i);
  return indexes;
}

uint32_t Replica::State::consider(uint32_t link, Message message, uint32_t number) {
  Ticket ticket;
  ticket.link = link;
  ticket.origin = origin_of(link);
  if (judge_) ticket.judged = unheld(message.operations);
  if (ticket.judged.empty()) {
    finish(link, message, ticket.origin);
    return 0;
  }
  ticket.message = std::move(message);
  ticket.due_ms = wall_ms_ + limits::kVerdictTimeoutMs;
  persist_at_receipt(ticket);
  const uint32_t id = number != 0 ? number : next_ticket_++;
  emit_judge(id, ticket);
  if (Session* session = find_session(link)) session->ticket = id;
  tickets_.emplace(id, std::move(ticket));
  return id;
}

// The store's owner keeps what other tabs wrote, whatever its own judge says of it.
void Replica::State::persist_at_receipt(Ticket& ticket) {
  if (!store_owner_ || ticket.origin.source != Source::kTab) return;
  for (const size_t index : ticket.judged) outbox_.add(ticket.message.operations[index], true, false, false);
  ticket.origin.persisted = true;
}

void Replica::State::emit_judge(uint32_t id, const Ticket& ticket) {
  Buffer payload;
  pack_array(payload, 3);
  pack_str(payload, judged_as(ticket, find_session(ticket.link)));
  pack_array(payload, static_cast<uint32_t>(ticket.judged.size()));
  std::set<ByteView> ids;
  for (const size_t index : ticket.judged) {
    const Operation& operation = *ticket.message.operations[index];
    pack_summary(payload, operation);
    if (operation.kind() != Kind::kClear) ids.insert(operation.id());
  }
  Buffer states;
  uint32_t count = 0;
  for (const ByteView node_id : ids) {
    const Node* node = graph_.find(node_id);
    if (!node) continue;
    pack_node(*node, states);
    ++count;
  }
  pack_array(payload, count);
  payload += states;
  outbox_.put(EffectKind::kJudge, id, std::move(payload));
}

Status Replica::State::verdict(uint32_t id, ByteView keep) {
  const auto found = tickets_.find(id);
  if (found == tickets_.end()) return make_error(Code::kInvalidArgument, "no such ticket waits for a verdict", "ticket");
  Ticket ticket = std::move(found->second);
  tickets_.erase(found);
  const bool fits = keep.size() == ticket.judged.size();
  if (!fits) notice(code_name(Code::kMiddlewareFailed), "a verdict of the wrong length drops its whole batch");
  refused_operations_ += leave_only(ticket, fits ? keep : ByteView());
  status_moved_ = true;
  if (Session* session = find_session(ticket.link)) session->ticket = 0;
  finish(ticket.link, ticket.message, ticket.origin);
  if (ticket.link == 0)
    notice("IMPORTED", "an import was judged and applied",
           {{"ticket", std::to_string(id)}, {"applied", std::to_string(ticket.message.operations.size())}});
  resume(ticket.link);
  return ok_status();
}

// No mark is set, so proof after rest brings again what was lost here.
void Replica::State::close_ticket(uint32_t id) {
  tickets_.erase(id);
}

void Replica::State::expire_tickets() {
  std::vector<uint32_t> expired;
  for (const auto& [id, ticket] : tickets_)
    if (wall_ms_ >= ticket.due_ms) expired.push_back(id);
  for (const uint32_t id : expired) expire(id);
}

// The batch is discarded. Of a full state that is one part: the others stand, and what the exchange then ends with is
// no mark, so that proof after rest brings the part again, to be judged alone.
void Replica::State::expire(uint32_t id) {
  notice(code_name(Code::kTimeout), "a judge did not answer; its batch is discarded", {{"ticket", std::to_string(id)}});
  Ticket ticket = std::move(tickets_.at(id));
  close_ticket(id);
  Session* session = find_session(ticket.link);
  if (!session) return;
  session->ticket = 0;
  forget_mark(*session);
  if (is_part(ticket.message)) {
    leave_only(ticket, {});
    ticket.message.lost = true;
    finish(ticket.link, ticket.message, ticket.origin);
  }
  if (ticket.message.type == MessageType::kMore) lose_some(*session, ticket.message.exchange);
  resume(ticket.link);
}

// The messages that waited, until one of them has to wait too; more than a few have further turns.
void Replica::State::resume(uint32_t link) {
  Session* session = find_session(link);
  for (size_t taken = 0; session && !keeps_waiting(*session) && !session->parked.empty() && taken < limits::kResumedBytes;) {
    const Buffer bytes = std::move(session->parked.front());
    session->parked.pop_front();
    session->parked_bytes -= bytes.size() + limits::kParkedOverhead;
    taken += bytes.size() + limits::kParkedOverhead;
    process(link, bytes);
  }
  if (!session || !session->paused || session->parked_bytes > limits::kParkedBytes) return;
  session->paused = false;
  outbox_.put(EffectKind::kPauseLink, link, {}, 0);
}

// What a message's operations were waiting for has come: apply them, and go on with the handshake.
void Replica::State::finish(uint32_t link, Message& message, const Origin& origin) {
  Session* session = find_session(link);
  if (!session) return ingest_all(message.operations, origin);
  switch (message.type) {
    case MessageType::kDelta: return on_delta(*session, message, origin);
    case MessageType::kFull: return stage_first(*session, std::move(message));
    case MessageType::kPart: return stage_next(*session, std::move(message));
    case MessageType::kBack: return on_back(*session, message, origin);
    case MessageType::kDifference: return on_difference(*session, message, origin);
    case MessageType::kMore: return on_more(*session, message, origin);
    default: return ingest_all(message.operations, origin);
  }
}

}  // namespace weft
