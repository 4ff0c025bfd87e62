#include "net/event.h"

#include "base/limits.h"
#include "base/sha256.h"

namespace weft {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;  // what a JSON number carries exactly
constexpr uint32_t kMaxKind = 65535;                           // NIP-01

// Reads a draft front to back; once something is missing, `ok` stays false and every read gives nothing.
class DraftReader {
 public:
  explicit DraftReader(ByteView bytes) : rest_(bytes) {}

  uint64_t number(size_t width) {
    const std::string_view bytes = take(width);
    uint64_t value = 0;
    for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return value;
  }
  std::string_view text() { return take(number(4)); }
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(uint64_t length) {
    if (!ok_ || length > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

void append_hex(std::string& out, const Bytes32& bytes) {
  for (const uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
}

// The letter after the backslash, or 0 when the character has no short escape.
char short_escape(char c) {
  switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (const char letter = short_escape(c)) {
      out += '\\';
      out += letter;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

ByteView view_of(const Bytes32& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Error malformed(const char* message) { return make_error(Code::kMalformed, message); }

}  // namespace

Result<Event> decode_event_draft(ByteView draft) {
  if (draft.size() > limits::kMaxEventBytes) return make_error(Code::kTooLarge, "event: too large");
  DraftReader reader(draft);
  Event event;
  event.created_at = reader.number(8);
  event.kind = static_cast<uint32_t>(reader.number(4));
  const uint64_t tag_count = reader.number(2);
  if (event.created_at > kMaxSafeInteger || event.kind > kMaxKind) return malformed("event: number out of range");
  if (tag_count > limits::kMaxEventTags) return make_error(Code::kTooLarge, "event: too many tags");
  event.tags.reserve(tag_count);
  for (uint64_t t = 0; t < tag_count && reader.ok(); ++t) {
    const uint64_t item_count = reader.number(2);
    if (item_count > limits::kMaxEventTagItems) return make_error(Code::kTooLarge, "event: tag has too many items");
    std::vector<std::string_view> items;
    for (uint64_t i = 0; i < item_count && reader.ok(); ++i) items.push_back(reader.text());
    event.tags.push_back(std::move(items));
  }
  event.content = reader.text();
  if (!reader.finished()) return malformed("event: cut short or followed by more");
  return event;
}

std::string canonical_event_json(const Event& event, const Bytes32& public_key) {
  std::string out;
  out.reserve(256 + event.content.size());
  out += "[0,\"";
  append_hex(out, public_key);
  out += "\"," + std::to_string(event.created_at) + ',' + std::to_string(event.kind) + ",[";
  for (size_t t = 0; t < event.tags.size(); ++t) {
    out += t == 0 ? "[" : ",[";
    for (size_t i = 0; i < event.tags[t].size(); ++i) {
      if (i > 0) out += ',';
      append_string(out, event.tags[t][i]);
    }
    out += ']';
  }
  out += "],";
  append_string(out, event.content);
  out += ']';
  return out;
}

Bytes32 event_id(const Event& event, const Bytes32& public_key) {
  return sha256(canonical_event_json(event, public_key));
}

Result<EventProof> sign_event(const Schnorr& schnorr, const Event& event, const Bytes32& secret,
                              const Bytes32& aux) {
  const Result<Bytes32> key = schnorr.public_key(secret);
  if (!key) return key.error();
  const Bytes32 id = event_id(event, *key);
  const Result<Bytes64> signature = schnorr.sign(view_of(id), secret, aux);
  if (!signature) return signature.error();
  return EventProof{id, *signature};
}

EventVerdict verify_event(const Schnorr& schnorr, const Event& event, const Bytes32& public_key,
                          const EventProof& proof) {
  if (event_id(event, public_key) != proof.id) return EventVerdict::kWrongId;
  return schnorr.verify(view_of(proof.id), public_key, proof.signature) ? EventVerdict::kValid
                                                                        : EventVerdict::kBadSignature;
}

}  // namespace weft
