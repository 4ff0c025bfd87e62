// Full states that go in parts.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

constexpr uint64_t kNodes = 20;
constexpr size_t kPart = 3;
constexpr size_t kParts = (kNodes + kPart - 1) / kPart;   // the first of them is `full`

class Parts : public ::testing::Test {
 protected:
  Parts() { begin(); }
  void begin() {
    lab = Lab();
    for (const LinkId id : {1, 2, 3}) lab.open(id, [](ReplicaOptions& options) { options.part_operations = kPart; });
  }
  void fill(LinkId id) {
    for (uint64_t i = 0; i < kNodes; ++i) lab.put(id, "n" + std::to_string(i), i);
  }
  // Delivers until so many parts of a full state have come from `from`; the wakes that bring the next one are performed.
  void deliver_parts(size_t wanted, LinkId from = 0) {
    for (size_t turns = 0, sent = 0; sent < wanted; sent = count(from)) {
      ASSERT_LT(++turns, 1000u);
      if (!lab.deliver_one()) lab.pass(0);
    }
    lab.deliver();
  }
  static size_t summaries(const Effect& judge) {
    Unpacker in(judge.payload);
    uint32_t size = 0;
    ByteView mode;
    WEFT_CHECK(in.array(size) && in.str(mode) && in.array(size));
    return size;
  }
  size_t count(LinkId from = 0) { return lab.count(MessageType::kFull, from) + lab.count(MessageType::kPart, from); }
  Message part(uint64_t number, bool last, uint64_t exchange = 9) {
    Message message;
    message.type = number == 0 ? MessageType::kFull : MessageType::kPart;
    message.sync.replica = 77;
    message.sync.watermark = Stamp::make(Lab::kStart, 9, 77);
    message.exchange = exchange, message.part = number, message.last = last;
    message.operations = {Operation::remove(Stamp::make(Lab::kStart, static_cast<uint16_t>(number), 77), "hostile" + std::to_string(number))};
    return message;
  }
  void open_hostile_link() { ASSERT_TRUE(lab[2].link_open(77, {}, lab.now()).ok()); }
  void receive(const Message& message) { lab[2].receive(77, encode(message, 512), lab.now()); lab.collect(2); }
  bool is_dropped() { return !lab.taken(2, EffectKind::kDropLink).empty(); }

  Lab lab;
};

TEST_F(Parts, NothingShowsBeforeTheLastThenAllAtOnce) {
  fill(1);
  lab.connect(1, 2);
  deliver_parts(kParts - 1);
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  deliver_parts(kParts);
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  for (size_t turns = 0; lab[2].graph().live_count() == 0; ++turns) {
    ASSERT_LT(turns, 100u);
    lab.pass(0);
  }
  EXPECT_EQ(lab[2].graph().node_count(), kNodes);
  lab.rest();
  EXPECT_EQ(lab.count(MessageType::kFull), 1u);
  EXPECT_EQ(lab.count(MessageType::kPart), kParts - 1);
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
}

TEST_F(Parts, ALinkCutAfterAnyPartBeginsAgain) {
  for (size_t parts = 1; parts < kParts; ++parts) {
    begin();
    fill(1);
    lab.connect(1, 2);
    deliver_parts(parts);
    lab.put(2, "own", parts);
    lab.cut(1, 2);
    EXPECT_EQ(lab[2].graph().node_count(), 1u) << parts;
    lab.pass(10);
    lab.connect(1, 2);
    lab.rest();
    EXPECT_TRUE(lab.equal(1, 2)) << parts;
    EXPECT_EQ(lab.state(2, 1), "proved") << parts;
    EXPECT_TRUE(lab.value(1, "own") && lab.value(2, "n0")) << parts;
  }
}

TEST_F(Parts, BothSidesWriteBetweenThem) {
  fill(1);
  lab.connect(1, 2);
  for (size_t parts = 1; parts <= kParts; ++parts) {
    deliver_parts(parts);
    lab.put(1, "n" + std::to_string(parts), 1000 + parts);       // the snapshot still carries the old value
    lab.put(2, "of2-" + std::to_string(parts), parts);
    lab.put(2, "n19", 2000 + parts);
  }
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
  for (size_t parts = 1; parts <= kParts; ++parts) {
    EXPECT_EQ(lab.number_of(2, "n" + std::to_string(parts)), 1000 + parts);
    EXPECT_TRUE(lab.value(1, "of2-" + std::to_string(parts)));
  }
  EXPECT_EQ(lab.number_of(1, "n19"), 2000 + kParts);
  EXPECT_EQ(lab.count(MessageType::kFull, 1), 1u);
}

TEST_F(Parts, TwoPeersSendToANewcomerAtOnce) {
  fill(1);
  lab.connect(1, 3), lab.rest(), lab.cut(1, 3);
  lab.pass(10);
  lab.put(1, "of1", 1), lab.put(3, "of3", 3);
  lab.log.clear();
  lab.connect(1, 2), lab.connect(3, 2);
  deliver_parts(2, 1), deliver_parts(2, 3);
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2) && lab.equal(2, 3));
  EXPECT_TRUE(lab.value(1, "of3") && lab.value(3, "of1"));
}

TEST_F(Parts, ReplaceWaitsForTheLastToo) {
  lab.open(2, [](ReplicaOptions& options) { options.part_operations = kPart, options.replace_full_state = true, options.oplog_size = 1; });
  lab.put(2, "own", 1);
  lab.pass(10);
  lab.open(1, [](ReplicaOptions& options) { options.part_operations = kPart, options.oplog_size = 1; });
  fill(1);
  lab.connect(1, 2);
  deliver_parts(kParts - 1);
  EXPECT_TRUE(lab.value(2, "own"));
  EXPECT_EQ(lab[2].graph().node_count(), 1u);
  lab.rest();
  EXPECT_FALSE(lab.value(2, "own"));
  EXPECT_TRUE(lab.equal(1, 2));
}

TEST_F(Parts, AJudgeSeesOneAfterTheOther) {
  fill(1);
  lab[2].set_judge(true);
  lab.connect(1, 2);
  for (size_t parts = 1; parts <= kParts; ++parts) {
    lab.rest(kParts + 2);
    const std::vector<Effect> tickets = lab.taken(2, EffectKind::kJudge);
    ASSERT_EQ(tickets.size(), 1u) << parts;
    EXPECT_EQ(lab[2].graph().live_count(), 0u);
    const size_t size = parts < kParts ? kPart : kNodes - kPart * (kParts - 1);
    Buffer keep(size, 1);
    if (parts == 2) keep[0] = 0;
    ASSERT_TRUE(lab[2].verdict(tickets[0].target, keep, lab.now()).ok());
    lab.collect(2);
  }
  lab.rest(20);
  EXPECT_EQ(lab[2].graph().node_count(), kNodes - 1);
  EXPECT_FALSE(lab.value(2, "n" + std::to_string(kPart)));
}

// What is forgotten comes once more, alone: the others are neither sent nor judged again.
TEST_F(Parts, AVerdictThatNeverComesCostsItsPartOnly) {
  for (const size_t forgotten : {size_t{1}, size_t{3}, kParts}) {
    begin();
    fill(1);
    lab[2].set_judge(true);
    lab.connect(1, 2);
    size_t judged = 0;
    for (size_t asked = 0, turns = 0; asked < kParts + 1; ++turns) {
      ASSERT_LT(turns, 1000u) << forgotten;
      if (!lab.deliver_one()) lab.pass(100);
      for (const Effect& ticket : lab.taken(2, EffectKind::kJudge)) {
        const size_t size = summaries(ticket);
        if (++asked == forgotten) continue;
        judged += size;
        ASSERT_TRUE(lab[2].verdict(ticket.target, Buffer(size, 1), lab.now()).ok());
        lab.collect(2);
      }
    }
    lab.rest();
    EXPECT_EQ(judged, kNodes) << forgotten;
    EXPECT_EQ(lab.count(MessageType::kFull), 1u) << forgotten;
    EXPECT_TRUE(lab.equal(1, 2)) << forgotten;
    EXPECT_EQ(lab.state(1, 2), "proved");
    EXPECT_EQ(lab.state(2, 1), "proved");
  }
}

TEST_F(Parts, WhatIsNotWholeReplacesNothing) {
  lab.open(2, [](ReplicaOptions& options) { options.part_operations = kPart, options.replace_full_state = true, options.oplog_size = 1; });
  lab.put(2, "own", 1);
  lab.pass(10);
  lab.open(1, [](ReplicaOptions& options) { options.part_operations = kPart, options.oplog_size = 1; });
  fill(1);
  lab[2].set_judge(true);
  lab.connect(1, 2);
  lab.rest(kParts + 2);
  ASSERT_EQ(lab.taken(2, EffectKind::kJudge).size(), 1u);
  lab[2].set_judge(false);
  lab.pass(limits::kVerdictTimeoutMs);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab[1].graph().node_count(), kNodes + 1);
}

TEST_F(Parts, AFullStateThatStopsIsGivenUpAndComesAgain) {
  fill(1);
  lab.connect(1, 2);
  deliver_parts(2);
  const Sent last = lab.log.back();
  lab.cut(1, 2);
  open_hostile_link();
  receive(part(0, false));
  lab.pass(limits::kPartTimeoutMs);
  receive(part(1, true));            // of one given up
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  EXPECT_FALSE(is_dropped());
  receive(part(0, false, 10));
  receive(part(1, true, 10));
  EXPECT_EQ(lab[2].graph().live_count(), 2u);
}

TEST_F(Parts, ANewFullStateTakesThePlaceOfOneThatDidNotEnd) {
  open_hostile_link();
  receive(part(0, false, 1));
  receive(part(1, false, 1));
  receive(part(0, false, 2));
  receive(part(2, true, 1));         // of the one given up
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  receive(part(1, true, 2));
  EXPECT_EQ(lab[2].graph().live_count(), 2u);
  receive(part(2, true, 2));         // of one that has ended
  EXPECT_EQ(lab[2].graph().live_count(), 2u);
  EXPECT_FALSE(is_dropped());
}

TEST_F(Parts, APartThatIsNotTheNextOneIsRefused) {
  open_hostile_link();
  receive(part(1, true));            // of nothing
  EXPECT_FALSE(is_dropped());
  receive(part(0, false));
  receive(part(2, true));
  EXPECT_TRUE(is_dropped());
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
}

// A peer that asks for everything after each change; its claims differ, so each asks anew.
TEST_F(Parts, WhoAsksForEverythingAgainAndAgainIsPutOff) {
  lab.open(2, [](ReplicaOptions& options) { options.oplog_size = 1, options.compress_above = SIZE_MAX; });
  constexpr uint64_t kMany = 250;   // one part
  for (uint64_t i = 0; i < kMany; ++i) ASSERT_TRUE(lab[2].put("n" + std::to_string(i), map_of({{"v", number(i)}}), lab.now()).ok());
  lab.collect(2);
  open_hostile_link();
  const auto answers = [&](uint64_t times) {
    size_t full = 0;
    for (uint64_t i = 0; i < times; ++i) {
      Message ask;
      ask.type = MessageType::kSync;
      ask.sync.replica = 77;
      ask.sync.claim.count = i;
      WEFT_CHECK(lab[2].put("changed", map_of({{"v", number(i)}}), lab.now()).ok());
      lab[2].receive(77, encode(ask, 512), lab.now());
      for (const Effect& effect : lab[2].take_effects(true, lab.now()))
        full += effect.kind == EffectKind::kSend && effect.payload[1] == static_cast<char>(MessageType::kFull);
    }
    return full;
  };
  constexpr uint64_t kTimes = limits::kAnswerOperations / kMany + 20;
  const size_t given = answers(kTimes);
  EXPECT_LE(given * kMany, limits::kAnswerOperations);
  EXPECT_GE((given + 1) * (kMany + 2), limits::kAnswerOperations);   // the node that changes is two operations
  EXPECT_NE(lab[2].sync_status_json().find("\"overBudget\":" + std::to_string(kTimes - given)), Buffer::npos);
  EXPECT_FALSE(is_dropped());
  lab.pass(limits::kAnswerWindowMs);
  EXPECT_GT(answers(5), 0u);
}

TEST_F(Parts, PartsWithoutEndAreRefused) {
  open_hostile_link();
  Buffer value;
  pack_str(value, Buffer(size_t{15} << 20, 'x'));
  Message message = part(0, false);
  size_t sent = 0;
  for (bool dropped = false; !dropped; dropped = is_dropped()) {
    ASSERT_LT(sent, 2 * limits::kMaxStagedBytes);
    message.operations = {Operation::replace(Stamp::make(Lab::kStart, static_cast<uint16_t>(message.part), 77), "n", value, kNoStamp)};
    receive(message);
    sent += value.size();
    message.type = MessageType::kPart;
    ++message.part;
  }
  EXPECT_GT(sent, limits::kMaxStagedBytes / 2);
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  // Another link's full state is not held up by what is gone.
  fill(1);
  lab.connect(1, 2);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
}

// A page that was just opened runs code that its engine has not compiled yet.
TEST_F(Parts, BeginSmallAndGrow) {
  for (const LinkId id : {1, 2}) lab.open(id);
  for (uint64_t i = 0; i < 6000; ++i) lab.put(1, "n" + std::to_string(i), i);
  lab.connect(1, 2);
  lab.rest(40);
  EXPECT_TRUE(lab.equal(1, 2));
  std::vector<size_t> sizes;
  for (const Sent& sent : lab.log)
    if (sent.from == 1 && (sent.type() == MessageType::kFull || sent.type() == MessageType::kPart)) sizes.push_back(decode(sent.bytes)->operations.size());
  EXPECT_EQ(sizes, (std::vector<size_t>{256, 256, 512, 512, 1024, 1024, 2048, 368}));
}

}  // namespace
}  // namespace weft::test
