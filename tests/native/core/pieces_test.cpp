// What is too large for one message: deltas, differences and their answers, in pieces.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

constexpr size_t kPiece = 5;

class Pieces : public ::testing::Test {
 protected:
  // Two that were equal and then wrote apart, each so many of their own.
  void part_ways(size_t window, uint64_t changes) {
    lab = Lab();
    for (const LinkId id : {1, 2}) lab.open(id, [&](ReplicaOptions& options) { options.part_operations = kPiece, options.oplog_size = window; });
    for (uint64_t i = 0; i < 200; ++i) lab.put(1, "n" + std::to_string(i), i);
    lab.connect(1, 2), lab.rest(1000), lab.cut(1, 2);
    lab.pass(10);
    for (uint64_t i = 0; i < changes; ++i) lab.put(1, "of1-" + std::to_string(i), i), lab.put(2, "of2-" + std::to_string(i), i);
    lab.log.clear();
  }
  void expect_proved() {
    EXPECT_TRUE(lab.equal(1, 2));
    EXPECT_EQ(lab.state(1, 2), "proved");
    EXPECT_EQ(lab.state(2, 1), "proved");
  }
  // Judges all that is asked of 1, but for the ticket of this number. Returns how many operations it kept.
  size_t judge(size_t forgotten, size_t& asked) {
    size_t kept = 0;
    for (const Effect& ticket : lab.taken(1, EffectKind::kJudge)) {
      Unpacker in(ticket.payload);
      uint32_t size = 0;
      ByteView mode;
      WEFT_CHECK(in.array(size) && in.str(mode) && in.array(size));
      EXPECT_LE(size, kPiece);
      if (++asked == forgotten) continue;
      kept += size;
      WEFT_CHECK(lab[1].verdict(ticket.target, Buffer(size, 1), lab.now()).ok());
      lab.collect(1);
    }
    return kept;
  }

  Lab lab;
};

TEST_F(Pieces, NoMessageOfAReconciliationHasMoreThanFitsAPart) {
  constexpr uint64_t kChanges = 43;
  part_ways(1, kChanges);
  lab.connect(1, 2);
  lab.rest(1000);
  expect_proved();
  size_t operations = 0, needs = 0;
  for (const Sent& sent : lab.log) {
    const Result<Message> message = decode(sent.bytes);
    ASSERT_TRUE(message.ok());
    EXPECT_LE(message->operations.size(), kPiece);
    EXPECT_LE(message->need.size(), kPiece);
    operations += message->operations.size();
    needs += message->need.size();
  }
  EXPECT_EQ(operations, 2 * kChanges);   // each once
  EXPECT_EQ(needs, kChanges);
  EXPECT_EQ(lab.count(MessageType::kDifference), 1u);
  EXPECT_EQ(lab.count(MessageType::kBack), 1u);
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
}

TEST_F(Pieces, ADeltaGoesInPiecesAndIsOne) {
  part_ways(1000, 0);
  for (uint64_t i = 0; i < 23; ++i) lab.put(2, "n" + std::to_string(i), 1000 + i);
  lab.connect(1, 2);
  lab.rest(1000);
  expect_proved();
  EXPECT_EQ(lab.count(MessageType::kDelta, 2), 1u);
  EXPECT_EQ(lab.count(MessageType::kMore, 2), 4u);
  EXPECT_EQ(lab.count(MessageType::kRanges), 0u);
}

TEST_F(Pieces, WritesGoOnBetweenThem) {
  part_ways(1, 40);
  lab.connect(1, 2);
  for (uint64_t i = 0; i < 60; ++i) {
    if (!lab.deliver_one()) lab.pass(0);
    if (i % 3 == 0) lab.put(1, "of1-" + std::to_string(i), 1000 + i), lab.put(2, "of2-" + std::to_string(i), 2000 + i);
  }
  lab.rest(1000);
  expect_proved();
  EXPECT_EQ(lab.number_of(1, "of2-30"), 2030u);
  EXPECT_EQ(lab.number_of(2, "of1-30"), 1030u);
}

// The exchange it belongs to ends without a mark, and only what was forgotten comes again.
TEST_F(Pieces, AVerdictThatNeverComesCostsItsPieceOnly) {
  constexpr uint64_t kChanges = 20;
  for (size_t forgotten = 1; forgotten <= kChanges / kPiece; ++forgotten) {
    part_ways(1, kChanges);
    lab[1].set_judge(true);
    lab.connect(1, 2);
    size_t asked = 0, kept = 0;
    for (size_t turns = 0; kept < kChanges; ++turns) {
      ASSERT_LT(turns, 5000u) << forgotten;
      if (!lab.deliver_one()) lab.pass(100);
      kept += judge(forgotten, asked);
      ASSERT_NE(lab.state(1, 2), "settled");
      ASSERT_NE(lab.state(2, 1), "settled");
    }
    lab.rest(1000);
    expect_proved();
    EXPECT_EQ(kept, kChanges);
  }
}

// ---- what a peer may make this replica do

class Greedy : public ::testing::Test {
 protected:
  static constexpr LinkId kPeer = 7;
  Greedy() {
    lab.open(50, [](ReplicaOptions& options) { options.compress_above = SIZE_MAX; });
    for (uint64_t i = 0; i < 10'000; ++i) WEFT_CHECK(lab[50].put("n" + std::to_string(i), map_of({{"v", number(i)}}), lab.now()).ok());
    lab.collect(50);
    lab[50].graph().fingerprint();
    WEFT_CHECK(lab[50].link_open(kPeer, {}, lab.now()).ok());
    Message sync;
    sync.type = MessageType::kSync;
    sync.sync.replica = 99;
    sync.sync.modes |= kOffersReconcile;
    sync.sync.claim.count = 9'000;
    sync.sync.watermark = Stamp::make(Lab::kStart + 1, 0, 99);
    sync.sync.asks = false;
    say(sync);
  }
  // How many messages, and how many operations in them, one more makes this replica send.
  std::pair<size_t, size_t> say(const Message& message) {
    lab[50].receive(kPeer, encode(message, SIZE_MAX), lab.now());
    std::pair<size_t, size_t> answers;
    for (bool more = true; more; lab[50].tick(lab.now())) {
      more = false;
      for (const Effect& effect : lab[50].take_effects(true, lab.now())) {
        EXPECT_NE(effect.kind, EffectKind::kDropLink);
        if (effect.kind == EffectKind::kWake) more |= effect.time_ms <= lab.now();
        if (effect.kind != EffectKind::kSend) continue;
        more = true;
        ++answers.first;
        answers.second += decode(effect.payload)->operations.size();
      }
    }
    return answers;
  }
  bool is_put_off() { return lab[50].sync_status_json().find("\"overBudget\":0") == Buffer::npos; }

  Lab lab;
};

TEST_F(Greedy, RangesWithoutEndArePutOff) {
  Message ranges;
  ranges.type = MessageType::kRanges;
  ranges.exchange = 1;
  ranges.ranges = Buffer("\x61\0\0\2\0", 5);   // I hold nothing at all
  constexpr uint64_t kMost = limits::kAnswerOperations / limits::kPartOperations;
  uint64_t answered = 0;
  for (uint64_t i = 0; i < kMost + 50; ++i) answered += say(ranges).first;
  EXPECT_LE(answered, kMost);
  EXPECT_GT(answered, kMost / 2);
  EXPECT_TRUE(is_put_off());
  lab.pass(limits::kAnswerWindowMs);
  EXPECT_GE(say(ranges).first, 1u);
}

TEST_F(Greedy, NeedsWithoutEndArePutOff) {
  Message difference;
  difference.exchange = 1;
  for (const OperationRef& operation : lab[50].graph().live_in_stamp_order()) difference.need.push_back(operation->digest());
  for (const MessageType type : {MessageType::kMore, MessageType::kDifference}) {
    difference.type = type;
    uint64_t sent = 0;
    for (uint64_t i = 0; i < limits::kAnswerOperations / 10'000 + 20; ++i) sent += say(difference).second;
    EXPECT_LE(sent, limits::kAnswerOperations);
    EXPECT_GT(sent, limits::kAnswerOperations / 2);
    EXPECT_TRUE(is_put_off());
    lab.pass(limits::kAnswerWindowMs);
  }
}

// A full state with nothing in it is answered by everything there is.
TEST_F(Greedy, EmptyFullStatesArePutOff) {
  Message full;
  full.type = MessageType::kFull;
  full.sync.replica = 99;
  uint64_t sent = 0;
  for (full.exchange = 1; full.exchange < limits::kAnswerOperations / 10'000 + 20; ++full.exchange) sent += say(full).second;
  EXPECT_LE(sent, limits::kAnswerOperations);
  EXPECT_GT(sent, limits::kAnswerOperations / 2);
  EXPECT_TRUE(is_put_off());
}

}  // namespace
}  // namespace weft::test
