// Messages: what replicas say to each other, and their one encoding.
//
//   message = [u8 protocol version = 1][u8 type][u8 flags][payload]       flags bit 0: payload deflated
//   payload = one MessagePack array, by position; fp = two entries: count, sum as bin 32
//    1 sync     [replica, watermark|nil, fp, floor|nil, modes, round, asks, held, epoch = 0]
//    2 live     [operations]                     one unit: applied in one step
//    3 delta    [operations, fp]                 fp: the server's, when it was made
//    4 full     [exchange, replica, watermark|nil, fp, in place, operations]
//    5 back     [exchange, operations, fp, moved]   answers full or difference: what only its sender held
//    6 done     [exchange, fp, moved]            answers back
//    7 request  []                               asks the one with the greater id to reconcile
//    8 bye      []                               the sender leaves
//    9 ranges   [exchange, bin]                  a message of sync/negentropy.h
//   10 difference [exchange, operations, [digest as bin 32…]]   what only the initiator held, and what it
//                                                lacks; answered by back
//   exchange = the initiator's count of its full states and reconciliations on this link; answers carry it
//   operations = array of operations as log/operation.h encodes them; stamps bin 16
//
// Invariants: 1. decode() reads hostile bytes: bounded, whole, and refuses what it does not know.
// 2. A message is deflated when that makes it smaller and it was longer than `compress_above`.
#pragma once
#include <cstdint>

#include "graph/graph.h"
#include "store/fields.h"

namespace weft {

inline constexpr uint8_t kProtocolVersion = 1;

enum class MessageType : uint8_t {
  kSync = 1, kLive = 2, kDelta = 3, kFull = 4, kBack = 5, kDone = 6, kRequest = 7, kBye = 8,
  kRanges = 9, kDifference = 10,
};
inline constexpr size_t kMessageTypes = 11;       // one more than the greatest
const char* message_name(MessageType type);       // "sync", "live", …

// What a replica is able to do, as bits of `modes`.
enum ModeBit : uint8_t { kOffersDelta = 1, kOffersFull = 2, kOffersReconcile = 4 };

struct SyncFields {
  uint64_t replica = 0;
  Stamp watermark;             // kNoStamp: nothing applied yet
  Fingerprint fingerprint;
  Stamp floor;
  uint8_t modes = kOffersDelta | kOffersFull;
  uint8_t round = 0;           // 1: after a delta
  bool asks = true;            // an answer is wanted
  uint64_t held = 0;           // quarantined or refused; for status only
};

struct Message {
  MessageType type = MessageType::kBye;
  SyncFields sync;             // sync; of full: replica, watermark and fingerprint
  Fingerprint fingerprint;     // delta, full, back, done
  bool in_place = false;       // full: stands in for a reconciliation
  bool moved = false;          // back, done: the sender's fingerprint changed during the exchange
  Operations operations;       // live, delta, full, back, difference
  uint64_t exchange = 0;       // full, back, done, ranges, difference
  Buffer ranges;               // ranges
  std::vector<Digest> need;    // difference
  size_t raw_bytes = 0;        // before deflating
};

// `raw_bytes` receives the length before deflating.
Buffer encode(const Message& message, size_t compress_above, size_t* raw_bytes = nullptr);

// Errors: UNSUPPORTED_VERSION, UNKNOWN_MESSAGE, MALFORMED, TOO_LARGE, and what Operation::decode gives.
Result<Message> decode(ByteView bytes);

}  // namespace weft
