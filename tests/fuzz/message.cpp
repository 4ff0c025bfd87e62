// Messages: what is accepted has one text (two, with the deflated one), and both say the same. What is packed in
// columns may have been packed otherwise.
#include "sync/message.h"

#include "targets.h"

namespace weft::fuzz {

void message(ByteView input) {
  const Result<Message> decoded = decode(input);
  if (!decoded) return;
  size_t raw_bytes = 0;
  const Buffer plain = encode(*decoded, SIZE_MAX, &raw_bytes);
  WEFT_CHECK(raw_bytes == plain.size());
  // Bits of `modes` that this version does not know are not kept.
  const bool deflated = input[2] != 0;
  const bool packed = decoded->type == MessageType::kFull || decoded->type == MessageType::kPart;
  if (!deflated && !packed && decoded->type != MessageType::kSync) WEFT_CHECK(plain == input);
  for (const Buffer& text : {plain, encode(*decoded, 0)}) {
    const Result<Message> again = decode(text);
    WEFT_CHECK(again.ok() && again->raw_bytes == plain.size() && again->operations.size() == decoded->operations.size());
    WEFT_CHECK(encode(*again, SIZE_MAX) == plain);
  }
}

}  // namespace weft::fuzz
