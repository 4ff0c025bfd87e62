// The crypto module's door: plain C functions over one fixed inbox. js/crypto/crypto.js is its only caller.
//
// 1. The host writes the arguments at the inbox's start, calls, and reads the result from the inbox's start at once.
// 2. Everything is checked here: a length past the inbox is refused.
// 3. A secret key does not stay: whoever was given one wipes the inbox before returning.
// 4. No JavaScript is called; the module imports nothing it needs to work.
#include <emscripten.h>

#include <cstring>
#include <optional>

#include "base/limits.h"
#include "net/event.h"
#include "net/schnorr.h"

namespace {

using namespace weft;

constexpr size_t kHeadBytes = 32 + 32 + 64;
constexpr size_t kInboxBytes = kHeadBytes + limits::kMaxEventBytes;
uint8_t inbox[kInboxBytes];
std::optional<Schnorr> schnorr;

template <class Bytes>
Bytes read_bytes(size_t offset) {
  Bytes bytes;
  std::memcpy(bytes.data(), inbox + offset, bytes.size());
  return bytes;
}

template <class Bytes>
void write_bytes(size_t offset, const Bytes& bytes) {
  std::memcpy(inbox + offset, bytes.data(), bytes.size());
}

void wipe(void* data, size_t length) {
  volatile uint8_t* bytes = static_cast<volatile uint8_t*>(data);
  for (size_t i = 0; i < length; ++i) bytes[i] = 0;
}

Result<Event> event_at(size_t offset, size_t length) {
  if (length > kInboxBytes - offset) return make_error(Code::kTooLarge, "event: too large");
  return decode_event_draft({reinterpret_cast<const char*>(inbox + offset), length});
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE uint8_t* weft_crypto_inbox() { return inbox; }
EMSCRIPTEN_KEEPALIVE size_t weft_crypto_inbox_bytes() { return kInboxBytes; }

// In: seed 32. Must be called first, once; the functions below answer INTERNAL (or kMalformed) before it.
EMSCRIPTEN_KEEPALIVE void weft_crypto_start() {
  schnorr.emplace(read_bytes<Bytes32>(0));
  wipe(inbox, 32);
}

// In: secret 32. Out: public key 32. Returns a Code.
EMSCRIPTEN_KEEPALIVE int weft_crypto_public_key() {
  if (!schnorr) return static_cast<int>(Code::kInternal);
  Bytes32 secret = read_bytes<Bytes32>(0);
  wipe(inbox, 32);
  const Result<Bytes32> key = schnorr->public_key(secret);
  wipe(secret.data(), secret.size());
  if (!key) return static_cast<int>(key.error().code);
  write_bytes(0, *key);
  return 0;
}

// In: secret 32, aux 32, draft. Out: id 32, signature 64. Returns a Code.
EMSCRIPTEN_KEEPALIVE int weft_crypto_sign_event(size_t draft_bytes) {
  if (!schnorr) return static_cast<int>(Code::kInternal);
  Bytes32 secret = read_bytes<Bytes32>(0);
  const Bytes32 aux = read_bytes<Bytes32>(32);
  wipe(inbox, 64);
  const Result<Event> event = event_at(64, draft_bytes);
  if (!event) {
    wipe(secret.data(), secret.size());
    return static_cast<int>(event.error().code);
  }
  const Result<EventProof> proof = sign_event(*schnorr, *event, secret, aux);
  wipe(secret.data(), secret.size());
  if (!proof) return static_cast<int>(proof.error().code);
  write_bytes(0, proof->id);
  write_bytes(32, proof->signature);
  return 0;
}

// In: public key 32, id 32, signature 64, draft. Returns an EventVerdict.
EMSCRIPTEN_KEEPALIVE int weft_crypto_verify_event(size_t draft_bytes) {
  const Result<Event> event = event_at(kHeadBytes, draft_bytes);
  if (!schnorr || !event) return static_cast<int>(EventVerdict::kMalformed);
  const EventProof proof{read_bytes<Bytes32>(32), read_bytes<Bytes64>(64)};
  return static_cast<int>(verify_event(*schnorr, *event, read_bytes<Bytes32>(0), proof));
}

}  // extern "C"
