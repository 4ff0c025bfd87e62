// A Nostr event (NIP-01): its id is the SHA-256 of a canonical JSON text, its signature is BIP-340 over the id.
//
// The host hands an event over field by field, as a *draft* (all numbers little-endian, all text UTF-8):
//
//   draft = created_at:u64 kind:u32 tag_count:u16 tag{tag_count} text(content)
//   tag   = item_count:u16 text{item_count}
//   text  = length:u32 byte{length}
//
// so no JSON is parsed here, and what the host's JSON parser took for a string is what is hashed.
//
// 1. A draft is decoded whole or refused: no trailing bytes, nothing above the bounds in base/limits.h.
// 2. The views in an Event borrow the draft's bytes.
// 3. The canonical text escapes what JSON.stringify escapes and nothing else: \" \\ \b \f \n \r \t, and other
//    control characters below U+0020 as \u00xx with lower-case digits. (NIP-01 lists the first seven and calls for
//    the rest verbatim, which would not be JSON; the implementations in use agree on this instead.)
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "net/schnorr.h"

namespace weft {

struct Event {
  uint64_t created_at = 0;  // seconds since 1970, below 2^53
  uint32_t kind = 0;        // at most 65535
  std::vector<std::vector<std::string_view>> tags;
  std::string_view content;
};

struct EventProof {
  Bytes32 id;
  Bytes64 signature;
};

// Numbers cross the wasm boundary (js/crypto/crypto.js names them).
enum class EventVerdict : int { kValid = 0, kMalformed = 1, kWrongId = 2, kBadSignature = 3 };

// TOO_LARGE or MALFORMED when it is not a draft within bounds.
Result<Event> decode_event_draft(ByteView draft);

// [0,"<public key>",<created_at>,<kind>,[["…",…],…],"<content>"] without spaces.
std::string canonical_event_json(const Event& event, const Bytes32& public_key);

Bytes32 event_id(const Event& event, const Bytes32& public_key);

Result<EventProof> sign_event(const Schnorr& schnorr, const Event& event, const Bytes32& secret,
                              const Bytes32& aux);

// Never kMalformed: that is said of a draft.
EventVerdict verify_event(const Schnorr& schnorr, const Event& event, const Bytes32& public_key,
                          const EventProof& proof);

}  // namespace weft
