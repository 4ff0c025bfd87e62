// Bytes made by an attacker: whatever they are, the graph is as it was, or as a whole message makes it.
#include <gtest/gtest.h>

#include <random>

#include "base/deflate.h"
#include "base/limits.h"
#include "base/pack.h"
#include "core/lab.h"

namespace weft::test {
namespace {

class Hostile : public testing::Test {
 protected:
  Lab lab;
  std::vector<Buffer> messages;

  // Collects one message of every type from conversations that happen.
  void SetUp() override {
    lab.open(1, [](ReplicaOptions& options) { options.oplog_size = 4, options.compress_above = SIZE_MAX; });
    lab.open(2, [](ReplicaOptions& options) { options.oplog_size = 4, options.compress_above = SIZE_MAX; });
    for (uint64_t i = 0; i < 10; ++i) lab.put(1, "n" + std::to_string(i), i);
    lab.connect(1, 2);
    lab.rest();
    lab.put(2, "live", 1);
    lab.rest();
    lab.cut(1, 2);
    lab.pass(1000);
    lab.put(1, "n1", 100);
    lab.connect(1, 2);
    lab.rest();
    lab.cut(1, 2);
    for (uint64_t i = 0; i < 9; ++i) lab.put(1, "n" + std::to_string(i), 50 + i);
    lab.put(2, "mine", 1);
    lab.connect(1, 2);
    lab.rest();
    for (uint8_t type = 1; type < kMessageTypes; ++type) {
      Buffer last;
      for (const Sent& sent : lab.log)
        if (sent.bytes[1] == type) last = sent.bytes;
      Message message;
      message.type = static_cast<MessageType>(type);
      messages.push_back(last.empty() ? encode(message, 512) : last);
    }
  }
  // A victim that holds something, and an attacker on a link to it.
  void fresh_victim() {
    lab.open(7);
    lab.open(9);
    lab.put(7, "n1", 5);
    lab.put(7, "precious", 6);
    lab.connect(7, 9);
  }
  // Whether it was refused; checks that the graph is as it was, or sound.
  bool attack(ByteView bytes) {
    const Fingerprint before = lab[7].graph().fingerprint();
    lab.kept[7].clear();
    lab.inject(9, 7, bytes);
    const bool refused = !lab.taken(7, EffectKind::kDropLink).empty();
    const Graph& graph = lab[7].graph();
    if (refused) {
      EXPECT_EQ(graph.fingerprint(), before);
    } else {
      Graph again;
      for (const OperationRef& operation : graph.live_in_stamp_order()) again.apply(operation, nullptr);
      EXPECT_EQ(again.fingerprint(), graph.fingerprint());
    }
    return refused;
  }
};

TEST_F(Hostile, EveryTypeWasSeen) {
  for (size_t i = 0; i + 1 < messages.size(); ++i)
    EXPECT_GT(messages[i].size(), 3u) << message_name(static_cast<MessageType>(i + 1));
}

TEST_F(Hostile, TruncationsAreAllRefused) {
  for (const Buffer& message : messages)
    for (size_t length = 0; length < message.size(); ++length) {
      fresh_victim();
      EXPECT_TRUE(attack(ByteView(message).substr(0, length))) << int(message[1]) << " " << length;
    }
}

TEST_F(Hostile, FlippedBitsLeaveTheGraphSound) {
  size_t refused = 0, taken = 0;
  for (const Buffer& message : messages)
    for (size_t at = 0; at < message.size(); ++at)
      for (const int bit : {0, 3, 7}) {
        fresh_victim();
        Buffer flipped = message;
        flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
        ++(attack(flipped) ? refused : taken);
      }
  EXPECT_GT(refused, 0u);
  EXPECT_GT(taken, 0u);
}

TEST_F(Hostile, MessagesNobodyAskedForInRandomOrder) {
  std::mt19937 engine(3);
  for (int run = 0; run < 50; ++run) {
    fresh_victim();
    for (int i = 0; i < 30; ++i) attack(messages[engine() % (messages.size() - 1)]);
  }
}

TEST_F(Hostile, ARefusedLinkIsHeardNoMore) {
  fresh_victim();
  EXPECT_TRUE(attack("rubbish"));
  const Fingerprint before = lab[7].graph().fingerprint();
  lab.inject(9, 7, messages[1]);
  EXPECT_EQ(lab[7].graph().fingerprint(), before);
  EXPECT_NE(lab[7].status_json().find("\"UNSUPPORTED_VERSION\":1"), Buffer::npos);
}

// Answers to what nobody asked: harmless one by one, and so borne for a while; never for ever.
TEST_F(Hostile, AnswersOutOfTurnAreCountedAndEndTheLink) {
  for (const MessageType type : {MessageType::kDone, MessageType::kBack, MessageType::kDifference, MessageType::kMore}) {
    fresh_victim();
    Message stray;
    stray.type = type;
    stray.exchange = 1'000'000;
    const Fingerprint before = lab[7].graph().fingerprint();
    size_t borne = 0;
    while (borne < 10'000 && !attack(encode(stray, 512))) ++borne;
    EXPECT_EQ(borne, limits::kStrays) << message_name(type);
    EXPECT_EQ(lab[7].graph().fingerprint(), before);
    EXPECT_NE(lab[7].sync_status_json().find("\"OVERFLOW\":1"), Buffer::npos);
  }
}

TEST_F(Hostile, FewAnswersOutOfTurnAMinuteAreForgiven) {
  fresh_victim();
  Message stray;
  stray.type = MessageType::kDone;
  for (int minute = 0; minute < 5; ++minute, lab.pass(limits::kStrayWindowMs))
    for (uint64_t i = 0; i < limits::kStrays; ++i) ASSERT_FALSE(attack(encode(stray, 512)));
  EXPECT_NE(lab[7].sync_status_json().find("\"outOfTurn\":" + std::to_string(5 * limits::kStrays)), Buffer::npos);
}

TEST_F(Hostile, EmptyLiveMessagesAreNoPastime) {
  fresh_victim();
  Message empty;
  empty.type = MessageType::kLive;
  size_t borne = 0;
  while (borne < 10'000 && !attack(encode(empty, 512))) ++borne;
  EXPECT_EQ(borne, limits::kStrays);
}

// While a verdict is awaited messages wait, and the smallest are charged what keeping them costs.
TEST_F(Hostile, TinyMessagesBehindAVerdictAreBounded) {
  fresh_victim();
  lab.rest();
  lab[7].set_judge(true);
  lab.put(9, "to be judged", 1);
  lab.rest(1);
  ASSERT_FALSE(lab.taken(7, EffectKind::kJudge).empty());
  Message empty;
  empty.type = MessageType::kLive;
  const Buffer bytes = encode(empty, 512);
  const size_t most = 2 * limits::kParkedBytes / limits::kParkedOverhead;
  for (size_t i = 0; i < most; ++i) lab[7].receive(9, bytes, lab.now(7));
  lab.collect(7);
  EXPECT_EQ(lab.taken(7, EffectKind::kPauseLink).size(), 1u) << "asked to stop";
  EXPECT_EQ(lab.taken(7, EffectKind::kDropLink).size(), 1u) << "and let go when it did not";
}

// As redundant as one operation may be, and many times that: a bomb, which a sender does not make either.
TEST_F(Hostile, WhatInflatesBeyondAnOperationMustNotBeABomb) {
  const auto live_of = [&](size_t nodes, size_t value_bytes) {
    Lab writer;
    writer.open(1);
    Buffer value;
    pack_str(value, Buffer(value_bytes, 'x'));
    Message live;
    live.type = MessageType::kLive;
    for (size_t i = 0; i < nodes; ++i) EXPECT_TRUE(writer[1].put("n" + std::to_string(i), value, writer.now()));
    live.operations = writer[1].graph().live_in_stamp_order();
    return encode(live, 512);
  };
  const Buffer redundant = live_of(1, limits::kMaxValueBytes - 10), plain = live_of(3, limits::kMaxValueBytes - 10);
  EXPECT_LT(redundant.size(), limits::kMaxValueBytes / 100);
  EXPECT_GT(plain.size(), 3 * (limits::kMaxValueBytes - 10)) << "left as it is";
  EXPECT_TRUE(decode(redundant));
  EXPECT_TRUE(decode(plain));
  const Buffer bomb = redundant.substr(0, 3) + deflate(ByteView(plain).substr(3));
  const Result<Message> refused = decode(bomb);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kTooLarge);
}

TEST_F(Hostile, UnknownVersionsAndTypesAreRefusedByNameAndCounted) {
  fresh_victim();
  EXPECT_TRUE(attack(Buffer{1, 99, 0} + Buffer("\x90")));
  EXPECT_NE(lab[7].status_json().find("\"UNKNOWN_MESSAGE\":1"), Buffer::npos);
}

}  // namespace
}  // namespace weft::test
