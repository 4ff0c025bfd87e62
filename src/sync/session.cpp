#include "sync/session.h"

#include "base/limits.h"

namespace weft {
namespace {

void count(Traffic& traffic, size_t operations, size_t bytes, size_t raw_bytes) {
  ++traffic.messages;
  traffic.operations += operations;
  traffic.bytes += bytes;
  traffic.raw_bytes += raw_bytes;
}

}  // namespace

const char* sync_mode_name(SyncMode mode) {
  switch (mode) {
    case SyncMode::kNone: return "none";
    case SyncMode::kInSync: return "inSync";
    case SyncMode::kDelta: return "deltaSync";
    case SyncMode::kFull: return "syncReceive";
    case SyncMode::kReconcile: return "reconcile";
  }
  return "none";
}

const char* link_state_name(LinkState state) {
  switch (state) {
    case LinkState::kStale: return "stale";
    case LinkState::kSettled: return "settled";
    case LinkState::kProved: return "proved";
  }
  return "stale";
}

// A link does not lose messages, but a peer may discard one (a verdict that never came).
std::optional<Claim> Outstanding::claim(uint64_t now_ms) const {
  const bool lost = now_ms < since_ms_ || now_ms - since_ms_ >= limits::kMaxProveAfterMs;
  return lost ? std::nullopt : claim_;
}

bool Outstanding::covers(const Claim& wanted, uint64_t now_ms) const {
  const std::optional<Claim> current = claim(now_ms);
  return current && *current == wanted;
}

LinkState Session::state(const Fingerprint& now) const {
  if (!mark || mark->fingerprint != now) return LinkState::kStale;
  return mark->proved ? LinkState::kProved : LinkState::kSettled;
}

LinkState Session::state_at(uint64_t version) const {
  if (!mark || mark->version != version) return LinkState::kStale;
  return mark->proved ? LinkState::kProved : LinkState::kSettled;
}

void Session::count_sent(MessageType type, size_t operations, size_t bytes, size_t raw_bytes) {
  count(sent[static_cast<size_t>(type)], operations, bytes, raw_bytes);
}

void Session::count_received(const Message& message, size_t bytes) {
  count(received[static_cast<size_t>(message.type)], message.operations.size(), bytes, message.raw_bytes);
}

}  // namespace weft
