// Messages: what replicas say to each other, and their one encoding.
//
//   message = [u8 protocol version = 1][u8 type][u8 flags][payload]       flags bit 0: payload deflated
//   payload = one MessagePack array, by position; claim = two entries: count, hash as bin 16
//    1 sync     [replica, says, watermark, writer, claim, floor] or with one entry more: held, when not 0
//               says: bit 0 asks, bit 1 second round, from bit 2 on modes · watermark, writer: a stamp's two
//               halves, writer 0 when it is the sender, both 0 for none · floor: in seconds, rounded up
//    2 live     [operations]                     one unit: applied in one step
//    3 delta    [operations, claim]              claim: the server's, when it was made
//    4 full     [exchange, replica, watermark|nil, claim, in place, last, columns as bin]   the first part of a full state
//    5 back     [exchange, operations, claim, moved] answers full or difference: what only its sender held
//    6 done     [exchange, claim, moved]         answers back
//    7 request  []                               asks the one with the greater id to reconcile
//    8 bye      []                               the sender leaves
//    9 ranges   [exchange, bin]                  a message of sync/negentropy.h
//   10 difference [exchange, operations, [digest as bin 32…]]   what only the initiator held, and what it
//                                                lacks; answered by back
//   11 part     [exchange, number, last, columns as bin]      a further part of it: numbers 1, 2, …
//   12 more     [exchange, operations, [digest as bin 32…]]   some of what a difference, a back or (exchange 0) a
//                                                delta brings, ahead of it; what it lacks is answered by more
//   full and part of exchange 0: to all tabs at once, and answered by nothing
//   exchange = the initiator's count of its full states and reconciliations on this link; answers carry it
//   operations = array of operations as log/operation.h encodes them; stamps bin 16
//   columns = operations packed as log/columns.h has it
//
// Invariants: 1. decode() reads hostile bytes: bounded, whole, and refuses what it does not know.
// 2. A message is deflated when that makes it smaller and it was longer than `compress_above`.
#pragma once
#include <array>
#include <cstdint>

#include "graph/graph.h"
#include "store/fields.h"

namespace weft {

inline constexpr uint8_t kProtocolVersion = 1;
inline constexpr uint64_t kToAllTabs = 0;          // the exchange of a full state that nothing answers
inline constexpr uint64_t kOfDelta = 0;            // the exchange of what goes ahead of a delta

enum class MessageType : uint8_t {
  kSync = 1, kLive = 2, kDelta = 3, kFull = 4, kBack = 5, kDone = 6, kRequest = 7, kBye = 8,
  kRanges = 9, kDifference = 10, kPart = 11, kMore = 12,
};
inline constexpr size_t kMessageTypes = 13;       // one more than the greatest
const char* message_name(MessageType type);       // "sync", "live", …

// What a replica is able to do, as bits of `modes`.
enum ModeBit : uint8_t { kOffersDelta = 1, kOffersFull = 2, kOffersReconcile = 4 };

// A fingerprint as a message carries it: the count, and the first 16 bytes of SHA-256 over the sum.
struct Claim {
  uint64_t count = 0;
  std::array<uint8_t, 16> hash{};
  friend bool operator==(const Claim& a, const Claim& b) { return a.count == b.count && a.hash == b.hash; }
  friend bool operator!=(const Claim& a, const Claim& b) { return !(a == b); }
};
Claim claim_of(const Fingerprint& fingerprint);

struct SyncFields {
  uint64_t replica = 0;
  Stamp watermark;             // kNoStamp: nothing applied yet
  Claim claim;
  Stamp floor;                 // arrives as the next whole second at or above it
  uint8_t modes = kOffersDelta | kOffersFull;
  uint8_t round = 0;           // 1: after a delta
  bool asks = true;            // an answer is wanted
  uint64_t held = 0;           // quarantined or refused; for status only
};

struct Message {
  MessageType type = MessageType::kBye;
  SyncFields sync;             // sync; of full: replica and watermark
  Claim claim;                 // delta, full, back, done
  bool in_place = false;       // full: stands in for a reconciliation
  bool moved = false;          // back, done: the sender's fingerprint changed during the exchange
  bool last = true;            // full, part: no part follows
  bool lost = false;           // full, part; never on the wire: a judge forgot it, so that what was new of it is gone
  Operations operations;       // live, delta, full, back, difference, part, more
  uint64_t exchange = 0;       // full, back, done, ranges, difference, part, more
  uint64_t part = 0;           // part: its number
  Buffer columns;              // full, part: the operations as they are packed; to be sent and empty: packed then
  Buffer ranges;               // ranges
  std::vector<Digest> need;    // difference, more
  size_t raw_bytes = 0;        // before deflating
};

// `raw_bytes` receives the length before deflating.
Buffer encode(const Message& message, size_t compress_above, size_t* raw_bytes = nullptr);

// Errors: UNSUPPORTED_VERSION, UNKNOWN_MESSAGE, MALFORMED, TOO_LARGE, and what Operation::decode gives.
Result<Message> decode(ByteView bytes);

}  // namespace weft
