// The journal: what is written to disk, as one stream of bytes.
//
//   journal  = frame*
//   frame    = [u32 length LE][u32 CRC-32C of the record, LE][record]      length: of the record
//   record   = [u8 type][u8 flags][payload]                                flags bit 0: more follows
//   1 header    ["weft", major version, epoch]
//   2 ops       [operation…]
//   3 reset     (empty)         forget what came before; always followed by the ops that replace it
//   4 state     [watermark|nil, floor|nil, clock, [stamp…]]               begins a snapshot
//   5 live      [[operation…], [digest as bin 32 | nil…]]                   a part of a snapshot
//   6 packed    columns         operations as log/columns.h packs them: a part of a full state
//
// Version 2 brought packed records. Version 1 is read as ever; who adds to such a journal writes a header before.
//
// Invariants: 1. Records joined by "more follows" are one group; a group counts whole or not at all.
// 2. A snapshot is one group and stands for everything before it. 3. Operations stand in the order
// in which they were applied, so that replaying them rebuilds the oplog too. 4. Applying an operation
// twice is nothing, so an append that a snapshot overtook does no harm.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/fields.h"

namespace weft {

inline constexpr uint64_t kJournalVersion = 2, kOldestJournalVersion = 1;

struct JournalState {
  Stamp watermark, floor;
  uint64_t clock = 0;                  // clock part of the last stamp made or observed
  std::vector<Stamp> window;           // what the oplog holds that is still live, oldest first
};

// What a journal says, once read.
struct Journal {
  uint64_t version = 0;                // of its last header; 0: it has none
  std::optional<JournalState> state;   // of the last snapshot
  Operations live;                     // that snapshot's live set
  Operations operations;               // applied since, in order
  Buffer warning;                      // what was cut off at the end; empty: nothing
};

void append_header(Buffer& journal, uint64_t version = kJournalVersion);
// One group. `reset`: it replaces whatever the journal says so far.
void append_operations(Buffer& journal, const Operations& operations, bool reset);
// One of the records of a group that append_operations() ends.
void append_reset(Buffer& journal);
void append_packed(Buffer& journal, ByteView columns);
void append_snapshot(Buffer& journal, const Operations& live, const JournalState& state);
// The same in pieces: the state, then records of live operations, each of what fits limits::kRecordBytes; `more` in all
// but the last, of which there is one at least.
void append_state(Buffer& journal, const JournalState& state);
void append_live(Buffer& journal, const Operations& live, bool more);

// Fed with the stream in any pieces; nothing is to be used before finish().
class JournalReader {
 public:
  // Errors: UNSUPPORTED_VERSION, CORRUPT_STORE. After an error the reader is of no more use.
  Status feed(ByteView bytes);
  // A torn or foreign record at the end is cut off with a warning. Errors: CORRUPT_STORE.
  Result<Journal> finish();

 private:
  enum class Frame : uint8_t { kRecord, kIncomplete, kBroken };
  Frame next(ByteView& record);
  Status take(ByteView record);
  Status take_operations(ByteView payload, bool packed);
  Status take_header(ByteView payload);
  Status take_state(ByteView payload);
  Status take_live(ByteView payload);
  void close_group();
  bool record_follows() const;
  Buffer where() const;

  Journal journal_, group_;     // what is closed, and the group that is still open
  bool open_ = false, replaces_ = false, broken_ = false;
  Buffer rest_;                 // not parsed yet; begins at at_
  size_t at_ = 0;               // consumed of rest_
  uint64_t offset_ = 0;         // of rest_ in the stream
};

}  // namespace weft
