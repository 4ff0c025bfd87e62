#include "store/journal.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/columns.h"
#include "store/crc32c.h"

namespace weft {
namespace {

OperationRef upsert(uint64_t clock, const std::string& id, size_t weight = 3) {
  Buffer fields, none;
  pack_map(fields, 1);
  pack_str(fields, "text");
  pack_str(fields, std::string(weight, 'x'));
  pack_array(none, 0);
  return Operation::create(Stamp{clock, 7}, id, fields, none);
}

Operations several(uint64_t first, size_t count, size_t weight = 3) {
  Operations operations;
  for (size_t i = 0; i < count; ++i) operations.push_back(upsert(first + i, "node" + std::to_string(first + i), weight));
  return operations;
}

Result<Journal> read(ByteView bytes, size_t piece = SIZE_MAX) {
  JournalReader reader;
  for (size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at))
    if (Status fed = reader.feed(bytes.substr(at, std::min(piece, bytes.size() - at))); !fed) return fed.error();
  return reader.finish();
}

std::vector<uint64_t> clocks(const Operations& operations) {
  std::vector<uint64_t> clocks;
  for (const OperationRef& operation : operations) clocks.push_back(operation->stamp().clock);
  return clocks;
}

Buffer sample() {
  Buffer journal;
  append_header(journal);
  append_operations(journal, several(1, 2), false);
  append_operations(journal, several(3, 1), false);
  append_operations(journal, several(4, 3), false);
  return journal;
}

TEST(Crc32c, KnownAnswers) {  // RFC 3720, appendix B.4
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
}

TEST(Crc32c, OfAnyLengthIsThatOfOneBitAfterAnother) {
  std::string bytes;
  for (uint32_t i = 0; i < 100; ++i) bytes += static_cast<char>(i * 2654435761u >> 13);
  for (size_t length = 0; length <= bytes.size(); ++length) {
    uint32_t crc = ~uint32_t{0};
    for (size_t i = 0; i < length; ++i) {
      crc ^= static_cast<uint8_t>(bytes[i]);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    EXPECT_EQ(crc32c(bytes.substr(0, length)), ~crc) << length;
  }
}

TEST(Journal, GivesBackWhatWasAppendedInOrderWhateverThePieces) {
  const Buffer journal = sample();
  for (const size_t piece : {size_t{1}, size_t{7}, journal.size()}) {
    const Result<Journal> read_back = read(journal, piece);
    ASSERT_TRUE(read_back.ok()) << read_back.error().message;
    EXPECT_EQ(clocks(read_back->operations), (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(read_back->warning.empty());
  }
}

TEST(Journal, NothingIsAJournalToo) {
  const Result<Journal> read_back = read("");
  ASSERT_TRUE(read_back.ok());
  EXPECT_EQ(read_back->version, 0u);
}

TEST(Journal, TornAtEveryByteItKeepsTheWholeGroupsBefore) {
  Buffer journal;
  std::vector<std::pair<size_t, size_t>> whole{{0, 0}};  // length, operations readable from it on
  append_header(journal);
  whole.push_back({journal.size(), 0});
  for (const size_t count : {2, 1, 3}) {
    append_operations(journal, several(10 * count, count), false);
    whole.push_back({journal.size(), whole.back().second + count});
  }
  for (size_t length = 0; length <= journal.size(); ++length) {
    const Result<Journal> read_back = read(ByteView(journal).substr(0, length));
    ASSERT_TRUE(read_back.ok()) << length << ": " << read_back.error().message;
    auto last = whole.begin();
    for (auto each = whole.begin(); each != whole.end() && each->first <= length; ++each) last = each;
    EXPECT_EQ(read_back->operations.size(), last->second) << length;
    EXPECT_EQ(read_back->warning.empty(), last->first == length) << length;
  }
}

TEST(Journal, DamageAnywhereButAtTheEndIsCorruption) {
  const Buffer journal = sample();
  Buffer last;
  append_operations(last, several(4, 3), false);
  const size_t end_of_middle = journal.size() - last.size();
  for (size_t at = 0; at < end_of_middle; ++at)
    for (const char flip : {'\x01', '\x80'}) {
      Buffer damaged = journal;
      damaged[at] ^= flip;
      const Result<Journal> read_back = read(damaged);
      ASSERT_FALSE(read_back.ok()) << at;
      EXPECT_EQ(read_back.error().code, Code::kCorruptStore) << at;
    }
}

TEST(Journal, DamageInTheLastRecordCutsItOff) {
  const Buffer journal = sample();
  Buffer last;
  append_operations(last, several(4, 3), false);
  for (size_t at = journal.size() - last.size(); at < journal.size(); ++at) {
    Buffer damaged = journal;
    damaged[at] ^= '\x10';
    const Result<Journal> read_back = read(damaged);
    ASSERT_TRUE(read_back.ok()) << at;
    EXPECT_EQ(clocks(read_back->operations), (std::vector<uint64_t>{1, 2, 3}));
    EXPECT_FALSE(read_back->warning.empty());
  }
}

TEST(Journal, AForeignRecordAtTheEndIsCutOff) {
  for (const Buffer& foreign : {Buffer("something else entirely"), Buffer(300, '\0'), Buffer(64, '\xff')}) {
    const Result<Journal> read_back = read(sample() + foreign);
    ASSERT_TRUE(read_back.ok());
    EXPECT_EQ(read_back->operations.size(), 6u);
    EXPECT_FALSE(read_back->warning.empty());
  }
}

TEST(Journal, WhatNeverWasAJournalIsNotTakenForATornOne) {
  const Result<Journal> read_back = read("a letter to the editor, of some length");
  ASSERT_FALSE(read_back.ok());
  EXPECT_EQ(read_back.error().code, Code::kCorruptStore);
}

TEST(Journal, ANewerVersionIsRefusedAsSuch) {
  Buffer journal;
  append_header(journal);
  const size_t version_at = 8 + 2 + 1 + 5;  // frame, record head, array, "weft"
  ASSERT_EQ(journal[version_at], static_cast<char>(kJournalVersion));
  journal[version_at] = static_cast<char>(kJournalVersion + 1);
  const uint32_t crc = crc32c(ByteView(journal).substr(8));
  for (int i = 0; i < 4; ++i) journal[4 + static_cast<size_t>(i)] = static_cast<char>(crc >> (8 * i));
  append_operations(journal, several(1, 1), false);
  const Result<Journal> read_back = read(journal);
  ASSERT_FALSE(read_back.ok());
  EXPECT_EQ(read_back.error().code, Code::kUnsupportedVersion);
}

TEST(Journal, AnOlderVersionIsReadAndGoesOnAsTheNewOne) {
  Buffer journal;
  append_header(journal, kOldestJournalVersion);
  append_operations(journal, several(1, 2), false);
  const Result<Journal> old = read(journal);
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old->version, kOldestJournalVersion);
  append_header(journal);
  append_packed(journal, pack_columns(several(3, 5), 0, 5));
  append_operations(journal, several(8, 1), false);
  for (const size_t piece : {size_t{3}, journal.size()}) {
    const Result<Journal> grown = read(journal, piece);
    ASSERT_TRUE(grown.ok());
    EXPECT_EQ(grown->version, kJournalVersion);
    EXPECT_EQ(clocks(grown->operations), (std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  }
}

TEST(Journal, PackedRecordsCountWithTheirGroupOrNotAtAll) {
  Buffer journal;
  append_header(journal);
  append_operations(journal, several(1, 1), false);
  const size_t before = journal.size();
  append_reset(journal);
  append_packed(journal, pack_columns(several(3, 2), 0, 2));
  append_packed(journal, pack_columns(several(5, 2), 0, 2));
  append_operations(journal, {}, false);
  for (size_t size = before; size < journal.size(); ++size) {
    const Result<Journal> torn = read(ByteView(journal).substr(0, size));
    ASSERT_TRUE(torn.ok()) << size;
    EXPECT_EQ(clocks(torn->operations), (std::vector<uint64_t>{1})) << size;
  }
  EXPECT_EQ(clocks(read(journal)->operations), (std::vector<uint64_t>{3, 4, 5, 6}));
}

TEST(Journal, ATornHeaderOfAnyVersionIsAnEmptyJournal) {
  for (uint64_t version = kOldestJournalVersion; version <= kJournalVersion; ++version) {
    Buffer header;
    append_header(header, version);
    for (size_t size = 1; size < header.size(); ++size) {
      const Result<Journal> torn = read(ByteView(header).substr(0, size));
      ASSERT_TRUE(torn.ok()) << version << " " << size;
      EXPECT_FALSE(torn->warning.empty());
    }
  }
}

TEST(Journal, ABigBatchIsSplitAndCountsWholeOrNotAtAll) {
  Buffer journal;
  append_header(journal);
  append_operations(journal, several(1, 1), false);
  const size_t before = journal.size();
  const Operations batch = several(10, 20, limits::kRecordBytes / 8);
  append_operations(journal, batch, false);
  const Result<Journal> whole = read(journal, 1000);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->operations.size(), 21u);
  size_t at = before;
  unsigned records = 0;
  while (at < journal.size()) {
    const auto byte = [&](size_t i) { return size_t{static_cast<uint8_t>(journal[at + i])}; };
    const size_t length = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
    EXPECT_LE(length, limits::kRecordBytes + 100);
    at += 8 + length;
    ++records;
    const Result<Journal> cut = read(ByteView(journal).substr(0, at));
    ASSERT_TRUE(cut.ok());
    EXPECT_EQ(cut->operations.size(), at == journal.size() ? 21u : 1u);
    EXPECT_EQ(cut->warning.empty(), at == journal.size());
  }
  EXPECT_GT(records, 2u);
}

TEST(Journal, AResetForgetsWhatCameBeforeWithItsWholeGroup) {
  Buffer journal = sample();
  const size_t before = journal.size();
  append_operations(journal, several(50, 2), true);
  for (size_t length = before; length < journal.size(); ++length) {
    const Result<Journal> torn = read(ByteView(journal).substr(0, length));
    ASSERT_TRUE(torn.ok());
    EXPECT_EQ(torn->operations.size(), 6u) << length;
  }
  append_operations(journal, several(60, 1), false);
  EXPECT_EQ(clocks(read(journal)->operations), (std::vector<uint64_t>{50, 51, 60}));
}

TEST(Journal, ASnapshotStandsForEverythingBeforeIt) {
  JournalState state;
  state.watermark = Stamp{99, 7};
  state.floor = Stamp{98, 7};
  state.clock = 120;
  state.window = {Stamp{99, 7}};
  Operations live = several(90, 10);
  live[3]->digest();
  Buffer journal = sample();
  append_snapshot(journal, live, state);
  append_operations(journal, several(130, 1), false);
  const Result<Journal> read_back = read(journal, 5);
  ASSERT_TRUE(read_back.ok());
  EXPECT_EQ(clocks(read_back->live), clocks(live));
  EXPECT_EQ(clocks(read_back->operations), (std::vector<uint64_t>{130}));
  ASSERT_TRUE(read_back->state.has_value());
  EXPECT_EQ(read_back->state->watermark, state.watermark);
  EXPECT_EQ(read_back->state->floor, state.floor);
  EXPECT_EQ(read_back->state->clock, state.clock);
  EXPECT_EQ(read_back->state->window.size(), 1u);
  EXPECT_TRUE(read_back->live[3]->has_digest());
  EXPECT_EQ(read_back->live[3]->digest(), live[3]->digest());
  EXPECT_FALSE(read_back->live[4]->has_digest());
}

// A snapshot is written in one transaction, so a part of one is not a torn append.
TEST(Journal, HalfASnapshotIsCorruption) {
  Buffer journal;
  append_header(journal);
  const size_t head = journal.size();
  append_snapshot(journal, several(1, 8, limits::kRecordBytes / 3), JournalState());
  const size_t first_record = head + 8 + static_cast<uint8_t>(journal[head]);
  const Result<Journal> read_back = read(ByteView(journal).substr(0, first_record + limits::kRecordBytes * 2));
  ASSERT_FALSE(read_back.ok());
  EXPECT_EQ(read_back.error().code, Code::kCorruptStore);
}

}  // namespace
}  // namespace weft
