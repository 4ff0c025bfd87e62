// Status as JSON text; the shapes stand in docs/protocol.md.
#include "core/json_text.h"
#include "core/replica_state.h"

namespace weft {
namespace {

void add_fingerprint(JsonText& json, const std::optional<Fingerprint>& fingerprint) {
  json.key("fingerprint");
  if (!fingerprint) json.null();
  else json.text(hex(ByteView(reinterpret_cast<const char*>(fingerprint->sum.data()), fingerprint->sum.size())));
}

void add_stamp(JsonText& json, ByteView name, const Stamp& stamp) {
  json.key(name);
  if (stamp.is_none()) {
    json.null();
    return;
  }
  json.object().number("physical", stamp.physical_ms()).number("logical", stamp.logical());
  json.text("replica", hex(stamp.replica)).end();
}

void add_traffic(JsonText& json, ByteView name, const std::array<Traffic, kMessageTypes>& traffic) {
  json.key(name).object();
  for (size_t type = 1; type < kMessageTypes; ++type) {
    const Traffic& counts = traffic[type];
    json.key(message_name(static_cast<MessageType>(type))).object();
    json.number("messages", counts.messages).number("operations", counts.operations);
    json.number("bytes", counts.bytes).number("rawBytes", counts.raw_bytes).end();
  }
  json.end();
}

void add_refused(JsonText& json, uint64_t operations, const std::map<Code, uint64_t>& messages) {
  json.key("refused").object().number("operations", operations);
  for (const auto& [code, times] : messages) json.number(code_name(code), times);
  json.end();
}

void add_session(JsonText& json, const Session& session, LinkState state, bool waits) {
  json.object().number("link", session.link).key("tab").boolean(session.tab).key("replica");
  if (session.peer == 0) json.null();
  else json.text(hex(session.peer));
  json.text("mode", sync_mode_name(session.mode)).text("state", link_state_name(state));
  json.key("lastProved");
  if (session.proved_ms == 0) json.null();
  else json.number(session.proved_ms);
  json.number("held", session.peer_held).number("outOfTurn", session.out_of_turn).number("overBudget", session.over_budget);
  add_traffic(json, "sent", session.sent);
  add_traffic(json, "received", session.received);
  json.number("fullInPlaceOfReconcile", session.full_in_place).number("rounds", session.rounds);
  json.key("judging").boolean(session.ticket != 0).key("applying").boolean(session.applies());
  json.key("waiting").boolean(waits);
  json.number("parked", session.parked_bytes).end();
}

void add_indexes(JsonText& json, const index::Indexes& indexes) {
  json.key("indexes").array();
  for (const index::Standing& one : indexes.standing()) {
    json.object().text("field", one.path).key("declared").boolean(one.declared).key("sorted").boolean(one.sorted);
    json.number("entries", one.entries).number("places", one.places).number("bytes", one.bytes).number("uses", one.uses).end();
  }
  json.end();
}

}  // namespace

// None while it is being taken in slices: who asks how things are does not wait for it.
std::optional<Fingerprint> Replica::State::known_fingerprint() const {
  if (fingerprint_is_behind()) return std::nullopt;
  return graph_.fingerprint();
}

Buffer Replica::State::status_json() const {
  const GraphCounts counts = graph_.counts();
  JsonText json;
  json.object().text("id", hex(options_.replica_id)).number("nodes", counts.nodes).number("links", counts.links);
  json.number("operations", counts.live_operations).number("bytes", counts.live_bytes);
  add_fingerprint(json, known_fingerprint());
  add_stamp(json, "watermark", watermark_);
  json.key("oplog").object().number("used", oplog_.size()).number("capacity", oplog_.capacity());
  add_stamp(json, "floor", oplog_.floor());
  json.end();
  json.key("quarantine").object().number("held", quarantine_.size()).number("dropped", quarantine_.dropped()).end();
  json.key("clockAhead").array();
  for (const auto& [replica, waiting] : quarantine_.replicas()) json.text(hex(replica));
  json.end();
  add_refused(json, refused_operations_, refused_);
  json.key("tombstones").object().number("removes", counts.removes).number("unlinks", counts.unlinks);
  json.number("clears", counts.clears).number("bytes", counts.tombstone_bytes).end();
  add_indexes(json, indexes_);
  json.number("conflicts", conflicts_).number("fullInPlaceOfReconcile", full_in_place_);
  return json.end().take();
}

Buffer Replica::State::sync_status_json() const {
  const std::optional<Fingerprint> now = known_fingerprint();
  JsonText json;
  json.object().number("count", graph_.live_count());
  add_fingerprint(json, now);
  add_stamp(json, "watermark", watermark_);
  json.number("turns", turns_);
  add_refused(json, refused_operations_, refused_);
  json.key("peers").array();
  for (const auto& [id, session] : sessions_)
    add_session(json, session, now ? session.state(*now) : session.state_at(version_), keeps_waiting(session) || !session.parked.empty());
  return json.end().end().take();
}

}  // namespace weft
