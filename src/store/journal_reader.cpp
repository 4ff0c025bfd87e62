#include <algorithm>
#include <iterator>

#include "log/columns.h"
#include "store/crc32c.h"
#include "store/journal.h"
#include "store/journal_format.h"

namespace weft {
namespace {

// What record_follows() may spend on checksums before it takes the journal for corrupt.
constexpr uint64_t kSearchBytes = uint64_t{256} << 20;

Error corrupt(const Buffer& where, const char* what) {
  return make_error(Code::kCorruptStore, std::string("the journal is damaged: ") + what + where);
}

bool known_type(uint8_t type) {
  return type >= static_cast<uint8_t>(RecordType::kHeader) && type <= static_cast<uint8_t>(RecordType::kPacked);
}

bool sound(ByteView record, uint32_t crc) {
  return record.size() >= kRecordHead && known_type(static_cast<uint8_t>(record[0])) && crc32c(record) == crc;
}

bool is_torn_header(ByteView bytes) {
  for (uint64_t version = kOldestJournalVersion; version <= kJournalVersion; ++version) {
    Buffer header;
    append_header(header, version);
    if (ByteView(header).substr(0, bytes.size()) == bytes) return true;
  }
  return false;
}

void move_to(Operations& all, Operations& more) {
  if (all.empty()) all.swap(more);
  else all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Buffer JournalReader::where() const { return " at byte " + std::to_string(offset_ + at_); }

JournalReader::Frame JournalReader::next(ByteView& record) {
  const ByteView rest = ByteView(rest_).substr(at_);
  if (rest.size() < kFrameHead) return Frame::kIncomplete;
  const uint32_t length = read_u32(rest.data());
  if (length < kRecordHead || length > kMaxRecordBytes) return Frame::kBroken;
  if (rest.size() - kFrameHead < length) return Frame::kIncomplete;
  record = rest.substr(kFrameHead, length);
  return sound(record, read_u32(rest.data() + 4)) ? Frame::kRecord : Frame::kBroken;
}

Status JournalReader::feed(ByteView bytes) {
  rest_.append(bytes);
  ByteView record;
  while (!broken_) {
    const Frame frame = next(record);
    if (frame == Frame::kIncomplete) break;
    if (frame == Frame::kRecord) {
      Status taken = take(record);
      if (taken) {
        at_ += kFrameHead + record.size();
        continue;
      }
      if (taken.error().code == Code::kUnsupportedVersion) return taken;
    }
    broken_ = true;  // the last record or damage in the middle: what follows will tell
  }
  if (broken_) return record_follows() ? Status(corrupt(where(), "a record cannot be read")) : ok_status();
  rest_.erase(0, at_);
  offset_ += at_;
  at_ = 0;
  return ok_status();
}

// Whether any sound record begins after the first byte that is not understood.
bool JournalReader::record_follows() const {
  const ByteView rest = rest_;
  uint64_t spent = 0;
  for (size_t at = at_ + 1; at + kFrameHead + kRecordHead <= rest.size(); ++at) {
    const uint32_t length = read_u32(rest.data() + at);
    if (length < kRecordHead || length > rest.size() - at - kFrameHead) continue;
    if (!known_type(static_cast<uint8_t>(rest[at + kFrameHead]))) continue;
    if (sound(rest.substr(at + kFrameHead, length), read_u32(rest.data() + at + 4))) return true;
    if ((spent += length) > kSearchBytes) return true;
  }
  return false;
}

Result<Journal> JournalReader::finish() {
  const size_t left = rest_.size() - at_;
  if (left > 0) {
    if (journal_.version == 0 && !is_torn_header(ByteView(rest_).substr(at_))) return corrupt(where(), "it does not begin as a journal does");
    if (record_follows()) return corrupt(where(), "a record cannot be read");
    journal_.warning = std::to_string(left) + " bytes of a record that was not written whole were cut off" + where();
  }
  if (!open_) return std::move(journal_);
  if (group_.state) return corrupt(where(), "a snapshot is not whole");
  if (journal_.warning.empty()) journal_.warning = "the end of a batch is missing; the batch was cut off" + where();
  return std::move(journal_);
}

Status JournalReader::take(ByteView record) {
  const auto type = static_cast<RecordType>(record[0]);
  const auto flags = static_cast<uint8_t>(record[1]);
  const ByteView payload = record.substr(kRecordHead);
  if (journal_.version == 0 && type != RecordType::kHeader) return corrupt(where(), "the header is missing");
  if ((flags & ~kMoreFollows) != 0) return corrupt(where(), "a flag is not known");
  Status taken = ok_status();
  switch (type) {
    case RecordType::kHeader:
      return open_ || flags != 0 ? Status(corrupt(where(), "a header inside a batch")) : take_header(payload);
    case RecordType::kReset:
      if (open_ || flags == 0 || !payload.empty()) return corrupt(where(), "a reset out of place");
      replaces_ = true;
      break;
    case RecordType::kOperations: case RecordType::kPacked: taken = take_operations(payload, type == RecordType::kPacked); break;
    case RecordType::kState:
      taken = open_ || flags == 0 ? Status(corrupt(where(), "a snapshot out of place")) : take_state(payload);
      break;
    case RecordType::kLive: taken = take_live(payload); break;
  }
  if (!taken) return taken;
  open_ = (flags & kMoreFollows) != 0;
  if (!open_) close_group();
  return ok_status();
}

Status JournalReader::take_operations(ByteView payload, bool packed) {
  if (group_.state) return corrupt(where(), "a snapshot is not whole");
  FieldReader in(payload);
  Result<Operations> operations = packed ? unpack_columns(payload) : in.operations(Bytes::kOurs);
  if (!operations || (!packed && !in.finished())) return corrupt(where(), "an operation cannot be read");
  move_to(group_.operations, *operations);
  return ok_status();
}

Status JournalReader::take_header(ByteView payload) {
  FieldReader in(payload);
  in.array_of(3);
  const ByteView magic = in.text();
  const uint64_t version = in.integer(), epoch = in.integer();
  if (!in.finished() || magic != kMagic) return corrupt(where(), "the header cannot be read");
  if (version < kOldestJournalVersion || version > kJournalVersion || epoch != 0)
    return make_error(Code::kUnsupportedVersion, "the journal was written by another version of weft");
  journal_.version = version;
  return ok_status();
}

Status JournalReader::take_state(ByteView payload) {
  FieldReader in(payload);
  JournalState state;
  in.array_of(4);
  state.watermark = in.stamp();
  state.floor = in.stamp();
  state.clock = in.integer();
  for (uint32_t left = in.array(); left > 0 && in.ok(); --left) state.window.push_back(in.stamp());
  if (!in.finished()) return corrupt(where(), "a snapshot's state cannot be read");
  group_.state = std::move(state);
  return ok_status();
}

Status JournalReader::take_live(ByteView payload) {
  if (!group_.state) return corrupt(where(), "a part of a snapshot out of place");
  FieldReader in(payload);
  in.array_of(2);
  Result<Operations> live = in.operations(Bytes::kOurs);
  if (!live) return corrupt(where(), "an operation cannot be read");
  if (in.array() != live->size()) in.fail();
  for (const OperationRef& operation : *live) {
    if (in.nil()) continue;
    const ByteView bytes = in.bin_of(sizeof(Digest));
    if (!in.ok()) break;
    Digest digest;
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    operation->adopt_digest(digest);
  }
  if (!in.finished()) return corrupt(where(), "a snapshot's digests cannot be read");
  move_to(group_.live, *live);
  return ok_status();
}

void JournalReader::close_group() {
  if (replaces_ || group_.state) {
    journal_.operations.clear();
    journal_.live = std::move(group_.live);
    journal_.state = std::move(group_.state);
  }
  move_to(journal_.operations, group_.operations);
  group_ = Journal();
  replaces_ = false;
}

}  // namespace weft
