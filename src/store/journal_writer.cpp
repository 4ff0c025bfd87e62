#include "store/crc32c.h"
#include "store/journal.h"
#include "store/journal_format.h"

namespace weft {
namespace {

// Begins a frame; end_frame() fills in what is known only then.
size_t begin_frame(Buffer& journal, RecordType type, bool more) {
  const size_t start = journal.size();
  journal.append(kFrameHead, '\0');
  journal.push_back(static_cast<char>(type));
  journal.push_back(static_cast<char>(more ? kMoreFollows : 0));
  return start;
}

void end_frame(Buffer& journal, size_t start) {
  const ByteView record = ByteView(journal).substr(start + kFrameHead);
  const uint32_t crc = crc32c(record);
  write_u32(&journal[start], static_cast<uint32_t>(record.size()));
  write_u32(&journal[start + 4], crc);
}

// The end of the run that begins at `from` and fits one record; at least one operation.
size_t run_end(const Operations& operations, size_t from) {
  size_t bytes = 0, end = from;
  while (end < operations.size() && (end == from || bytes + operations[end]->bytes().size() <= limits::kRecordBytes))
    bytes += operations[end++]->bytes().size();
  return end;
}

// Room for what follows, so that a whole state is not copied again and again while it grows.
void reserve_for(Buffer& journal, const Operations& operations, size_t beside_each) {
  size_t bytes = kFrameHead + 64;
  for (const OperationRef& operation : operations) bytes += operation->bytes().size() + beside_each;
  const size_t records = bytes / limits::kRecordBytes + 1;
  if (records > 1) journal.reserve(journal.size() + bytes + 2 * records * (kFrameHead + 16));
}

void pack_run(Buffer& journal, const Operations& operations, size_t from, size_t end) {
  pack_array(journal, static_cast<uint32_t>(end - from));
  for (size_t i = from; i < end; ++i) journal.append(operations[i]->bytes());
}

void pack_digests(Buffer& journal, const Operations& operations, size_t from, size_t end) {
  pack_array(journal, static_cast<uint32_t>(end - from));
  for (size_t i = from; i < end; ++i) {
    if (!operations[i]->has_digest()) {
      pack_nil(journal);
      continue;
    }
    const Digest& digest = operations[i]->digest();
    pack_bin(journal, ByteView(reinterpret_cast<const char*>(digest.data()), digest.size()));
  }
}

void pack_state(Buffer& journal, const JournalState& state) {
  pack_array(journal, 4);
  pack_stamp(journal, state.watermark);
  pack_stamp(journal, state.floor);
  pack_uint(journal, state.clock);
  pack_array(journal, static_cast<uint32_t>(state.window.size()));
  for (const Stamp& stamp : state.window) pack_stamp(journal, stamp);
}

void append_live_run(Buffer& journal, const Operations& live, size_t from, size_t end, bool more) {
  const size_t start = begin_frame(journal, RecordType::kLive, more);
  pack_array(journal, 2);
  pack_run(journal, live, from, end);
  pack_digests(journal, live, from, end);
  end_frame(journal, start);
}

}  // namespace

void append_header(Buffer& journal, uint64_t version) {
  const size_t start = begin_frame(journal, RecordType::kHeader, false);
  pack_array(journal, 3);
  pack_str(journal, kMagic);
  pack_uint(journal, version);
  pack_uint(journal, 0);  // epoch
  end_frame(journal, start);
}

void append_reset(Buffer& journal) { end_frame(journal, begin_frame(journal, RecordType::kReset, true)); }

void append_packed(Buffer& journal, ByteView columns) {
  const size_t start = begin_frame(journal, RecordType::kPacked, true);
  journal += columns;
  end_frame(journal, start);
}

void append_operations(Buffer& journal, const Operations& operations, bool reset) {
  if (reset) append_reset(journal);
  reserve_for(journal, operations, 0);
  size_t from = 0;
  do {
    const size_t end = run_end(operations, from);
    const size_t start = begin_frame(journal, RecordType::kOperations, end < operations.size());
    pack_run(journal, operations, from, end);
    end_frame(journal, start);
    from = end;
  } while (from < operations.size());
}

void append_state(Buffer& journal, const JournalState& state) {
  const size_t start = begin_frame(journal, RecordType::kState, true);
  pack_state(journal, state);
  end_frame(journal, start);
}

void append_live(Buffer& journal, const Operations& live, bool more) { append_live_run(journal, live, 0, live.size(), more); }

void append_snapshot(Buffer& journal, const Operations& live, const JournalState& state) {
  append_state(journal, state);
  reserve_for(journal, live, sizeof(Digest) + 2);
  size_t from = 0;
  do {
    const size_t end = run_end(live, from);
    append_live_run(journal, live, from, end, end < live.size());
    from = end;
  } while (from < live.size());
}

}  // namespace weft
