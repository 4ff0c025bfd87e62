// The journal: read whole or in pieces it says the same, and what it says can be written and read again.
// The first byte tells what the rest is: a journal as it is, or records that get their length and checksum here
// (a fuzzer does not guess checksums): [type][flags][length: u16][payload]…, and a torn end.
#include "store/journal.h"

#include "input.h"
#include "store/crc32c.h"
#include "store/journal_format.h"
#include "targets.h"

namespace weft::fuzz {
namespace {

void append_frame(Buffer& journal, ByteView record) {
  char head[kFrameHead];
  write_u32(head, static_cast<uint32_t>(record.size()));
  write_u32(head + 4, crc32c(record));
  journal.append(head, kFrameHead);
  journal.append(record);
}

Buffer framed(Input& in, bool torn) {
  Buffer journal;
  append_header(journal);
  while (!in.at_end()) {
    Buffer record(in.bytes(2));
    const uint16_t length = in.word();
    record += in.bytes(length);
    append_frame(journal, record);
  }
  if (torn) journal.resize(journal.size() - std::min<size_t>(journal.size(), 3));
  return journal;
}

Result<Journal> read(ByteView bytes, size_t piece) {
  JournalReader reader;
  for (size_t at = 0; at < bytes.size(); at += piece)
    if (Status fed = reader.feed(bytes.substr(at, piece)); !fed) return fed.error();
  return reader.finish();
}

bool equal(const Operations& a, const Operations& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const OperationRef& x, const OperationRef& y) { return x->bytes() == y->bytes(); });
}

bool equal(const Journal& a, const Journal& b) {
  if (a.state.has_value() != b.state.has_value() || (a.version == 0) != (b.version == 0)) return false;
  if (a.state && (a.state->watermark != b.state->watermark || a.state->floor != b.state->floor ||
                  a.state->clock != b.state->clock || a.state->window != b.state->window))
    return false;
  return equal(a.live, b.live) && equal(a.operations, b.operations);
}

Buffer written(const Journal& journal) {
  Buffer out;
  append_header(out);
  if (journal.state) append_snapshot(out, journal.live, *journal.state);
  if (!journal.operations.empty()) append_operations(out, journal.operations, false);
  return out;
}

}  // namespace

void journal(ByteView input) {
  Input in(input);
  const uint8_t how = in.byte();
  const size_t piece = 1 + in.below(40);
  const Buffer bytes = how % 2 == 0 ? Buffer(in.rest()) : framed(in, how % 4 == 3);
  const Result<Journal> whole = read(bytes, bytes.size() + 1), pieces = read(bytes, piece);
  WEFT_CHECK(whole.ok() == pieces.ok());
  if (!whole) {
    WEFT_CHECK(whole.error().code == pieces.error().code);
    return;
  }
  WEFT_CHECK(equal(*whole, *pieces) && whole->warning == pieces->warning);
  const Buffer again = written(*whole);
  const Result<Journal> reread = read(again, again.size());
  WEFT_CHECK(reread.ok() && reread->warning.empty());
  if (whole->version != 0) WEFT_CHECK(equal(*reread, *whole));
}

}  // namespace weft::fuzz
