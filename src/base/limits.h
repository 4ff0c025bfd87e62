// Every bound of the core, with its reason. Nothing hostile may cost more than these.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weft::limits {

inline constexpr size_t kMaxIdBytes = 1024;                       // contract (docs/data-model.md)
inline constexpr size_t kMaxLabelBytes = 256;                     // contract
inline constexpr size_t kMaxDepth = 128;                          // contract: nesting of a value
inline constexpr size_t kMaxValueBytes = size_t{16} << 20;        // contract: one encoded value
inline constexpr size_t kMaxProofBytes = 4096;                    // a signature and a path of 2^n operations
inline constexpr size_t kMaxOperationBytes = 2 * kMaxValueBytes + (size_t{64} << 10);  // fields, as much in deleted names, ids, proof
inline constexpr size_t kMaxMessageBytes = size_t{256} << 20;     // a full state, inflated: 1M nodes of 250 B
inline constexpr size_t kPartOperations = 4096;                   // packed, and applied, without a pause: some ten ms
inline constexpr size_t kFirstPartOperations = 256;               // later ones grow: a page that was just opened runs slow code
inline constexpr size_t kPartBytes = size_t{1} << 20;             // a part of a full state ends above it
inline constexpr size_t kMaxPartBytes = kMaxOperationBytes + kPartBytes;   // the last operation may be a large one
inline constexpr size_t kMaxStagedBytes = size_t{256} << 20;      // operations of full states that are not complete yet
inline constexpr uint64_t kPartTimeoutMs = 30'000;                // a full state whose next part does not come
inline constexpr size_t kMaxInflateRatio = 1100;                  // deflate cannot do better than about 1032
inline constexpr size_t kMaxMessageRatio = 100;                   // of a message longer than kMaxOperationBytes inflated
inline constexpr size_t kRecordBytes = size_t{256} << 10;         // a journal record is cut near this
inline constexpr size_t kQuarantineOperations = 1000;             // waiting for the wall clock
inline constexpr size_t kParkedBytes = size_t{32} << 20;          // queued behind a verdict, per link
inline constexpr size_t kResumedBytes = size_t{128} << 10;        // taken of it in one turn
inline constexpr size_t kParkedOverhead = 64;                     // what keeping one message costs beside its bytes
inline constexpr uint64_t kStrays = 200;                          // messages out of turn, per link and kStrayWindowMs;
inline constexpr uint64_t kStrayWindowMs = 60'000;                // exchanges that overlap make an honest peer's few
inline constexpr uint64_t kAnswerOperations = 1'000'000;           // packed in full states, per link and kAnswerWindowMs,
inline constexpr uint64_t kAnswerStates = 4;                      // or so many times the graph, if that is more
inline constexpr uint64_t kAnswerWindowMs = 60'000;
inline constexpr uint64_t kVerdictTimeoutMs = 30'000;             // a judge that does not answer
inline constexpr uint64_t kDefaultMaxDriftMs = 2 * 60 * 60 * 1000;
inline constexpr size_t kDefaultOplogSize = 1000;
inline constexpr size_t kDefaultCompressAbove = 512;
inline constexpr uint64_t kDefaultProveAfterMs = 1000;
inline constexpr uint64_t kMaxProveAfterMs = 30'000;
inline constexpr size_t kMaxQueryBytes = size_t{1} << 20;
inline constexpr size_t kMaxQueryDepth = 32;
inline constexpr size_t kMaxIndexBytes = size_t{48} << 20;        // beside the graph; in WebAssembly a column takes 17 bytes a node, its order 24 more, places 32
inline constexpr size_t kMaxColumnBytes = size_t{32} << 20;       // beside the graph: 17 bytes a node and path in WebAssembly
inline constexpr size_t kMaxQueryOperators = 4096;                // conditions of one query: each is asked of every node
inline constexpr size_t kFoldedBytes = size_t{32} << 20;          // texts kept folded for $text: 100,000 of 150 B
inline constexpr size_t kMaxEventBytes = size_t{96} << 10;         // a Nostr event: relays take 64 KB, tags beside
inline constexpr size_t kMaxEventTags = 64;                       // ours have one; others' are only verified
inline constexpr size_t kMaxEventTagItems = 64;

}  // namespace weft::limits
