// Drafts of Nostr events: bounded, whole, and hashed as text that does not depend on anything else.
#include "net/event.h"

#include "targets.h"

namespace weft::fuzz {

void event(ByteView input) {
  const Result<Event> draft = decode_event_draft(input);
  if (!draft) {
    WEFT_CHECK(draft.error().code == Code::kMalformed || draft.error().code == Code::kTooLarge);
    return;
  }
  const Bytes32 key{};
  const std::string text = canonical_event_json(*draft, key);
  for (const char c : text) WEFT_CHECK(static_cast<unsigned char>(c) >= 0x20);
  WEFT_CHECK(event_id(*draft, key) == event_id(*draft, key));
}

}  // namespace weft::fuzz
