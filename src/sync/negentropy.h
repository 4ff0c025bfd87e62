// Range-based set reconciliation (Meyer, "Range-Based Set Reconciliation", 2023) in the Negentropy V1
// message format, so that it can be tested against other implementations.
//
//   message   [0x61] range*
//   range     bound mode payload          the range reaches from the bound before it up to its own
//   bound     varint(clock) varint(length) prefix
//             clock: 0 is "the end", else 1 + the difference to the bound before it
//   mode      varint: 0 skip · 1 fingerprint, 16 bytes · 2 ids, varint(count) and 32 bytes each
//   varint    base 128, most significant digit first, high bit on all but the last; 64 bits
//   fingerprint   the first 16 bytes of SHA-256(sum of the range's ids, little-endian ‖ varint(count))
//
// The timestamp is a stamp's 64-bit clock part, the id an operation's digest. The initiator learns what
// only it has and what only the other has; the responder keeps nothing between messages.
//
// A range that differs by one item which only its receiver holds need not be split: among its own items the
// receiver finds the one without which the fingerprint would be theirs, and names it alone. To the other end that is a
// message like any other.
#pragma once
#include <optional>
#include <vector>

#include "base/result.h"
#include "sync/range_tree.h"

namespace weft::negentropy {

struct Settings {
  size_t branching = 16;      // into how many ranges one that differs is split
  size_t frame_limit = 0;     // bytes of a message, 0: none; the format needs at least 4096
  size_t first_branching = 0; // ... and the whole, once; 0: as any other
  size_t search_limit = 0;    // how many items one message may cost to find single ones that are missing, 0: none
};

using Id = std::array<uint8_t, 32>;

// The first message of a reconciliation over `tree`.
Buffer initiate(const RangeTree& tree, const Settings& settings);

// The responder's answer. Errors: MALFORMED, TOO_LARGE. A version that is not ours is answered with
// ours alone ([0x61]), as the format asks.
Result<Buffer> respond(const RangeTree& tree, const Settings& settings, ByteView message);

struct Progress {
  std::vector<Id> have;             // only the initiator holds these
  std::vector<Id> need;             // only the responder does
  std::optional<Buffer> message;    // the next one to send; none: done
};
// The initiator's next step. Errors: MALFORMED, TOO_LARGE, UNSUPPORTED_VERSION.
Result<Progress> proceed(const RangeTree& tree, const Settings& settings, ByteView message);

}  // namespace weft::negentropy
