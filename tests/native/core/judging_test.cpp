// Judging: tickets and verdicts as inputs, late, reordered, partial, wrong, lost.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

struct Ticket {
  uint32_t id = 0;
  std::string mode;
  uint32_t operations = 0;
  uint32_t states = 0;
};

class Judging : public testing::Test {
 protected:
  Lab lab;
  void SetUp() override {
    lab.open(1);
    lab.open(2);
    lab.open(3);
    lab.put(1, "a", 1);
    for (const LinkId other : {2u, 3u}) lab.connect(1, other);
    lab.rest();
    lab[1].set_judge(true);
  }
  std::vector<Ticket> tickets(LinkId of = 1) {
    std::vector<Ticket> tickets;
    for (const Effect& effect : lab.taken(of, EffectKind::kJudge)) {
      Unpacker in(effect.payload);
      Ticket ticket;
      ticket.id = effect.target;
      uint32_t size = 0;
      ByteView mode, skipped;
      WEFT_CHECK(in.array(size) && size == 3 && in.str(mode) && in.array(ticket.operations));
      for (uint32_t i = 0; i < ticket.operations; ++i) WEFT_CHECK(in.skip(&skipped));
      WEFT_CHECK(in.array(ticket.states));
      ticket.mode = mode;
      tickets.push_back(ticket);
    }
    return tickets;
  }
  void verdict(uint32_t ticket, ByteView keep) {
    ASSERT_TRUE(lab[1].verdict(ticket, keep, lab.now()).ok());
    lab.collect(1);
  }
};

const Buffer kKeep(1, '\1'), kDrop(1, '\0');

TEST_F(Judging, NothingIsAppliedBeforeTheVerdict) {
  lab.put(2, "a", 2);
  lab.deliver();
  EXPECT_EQ(lab.number_of(1, "a"), 1u);
  const std::vector<Ticket> asked = tickets();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].mode, "live");
  EXPECT_EQ(asked[0].operations, 1u);
  EXPECT_EQ(asked[0].states, 1u);   // of "a", as it is here
  verdict(asked[0].id, kKeep);
  EXPECT_EQ(lab.number_of(1, "a"), 2u);
}

TEST_F(Judging, WhatIsDroppedIsNotAppliedAndThePairSettlesAndFallsSilent) {
  lab.put(2, "bad", 1);
  for (unsigned round = 0; round < 50; ++round) {
    lab.deliver();
    for (const Ticket& ticket : tickets()) verdict(ticket.id, Buffer(ticket.operations, '\0'));
    lab.pass(1001);
  }
  EXPECT_FALSE(lab.value(1, "bad"));
  EXPECT_EQ(lab.state(1, 2), "settled");
  EXPECT_EQ(lab.state(2, 1), "settled");
  const size_t sent = lab.log.size();
  lab.rest();
  EXPECT_EQ(lab.log.size(), sent);
}

TEST_F(Judging, TheLinkIsParkedInOrderAndOthersGoOn) {
  lab.put(2, "x", 1);
  lab.put(2, "x", 2);
  lab.put(3, "y", 1);
  lab.put(1, "z", 1);
  lab.deliver();
  std::vector<Ticket> asked = tickets();
  ASSERT_EQ(asked.size(), 2u);              // 2's first message and 3's; 2's second waits
  verdict(asked[1].id, kKeep);              // reordered: 3 first
  EXPECT_TRUE(lab.value(1, "y"));
  EXPECT_FALSE(lab.value(1, "x"));
  verdict(asked[0].id, kKeep);
  EXPECT_EQ(lab.number_of(1, "x"), 1u);
  asked = tickets();
  ASSERT_EQ(asked.size(), 1u);
  verdict(asked[0].id, kKeep);
  EXPECT_EQ(lab.number_of(1, "x"), 2u);
}

TEST_F(Judging, AVerdictAppliesToTheGraphAsItIsThen) {
  lab.put(2, "a", 2);
  lab.deliver();
  const std::vector<Ticket> asked = tickets();
  lab.pass(10);
  lab.put(1, "a", 3);                        // meanwhile, and later
  verdict(asked.at(0).id, kKeep);
  EXPECT_EQ(lab.number_of(1, "a"), 3u);
}

TEST_F(Judging, AnswersToSyncWaitForTheVerdict) {
  lab.put(2, "a", 2);
  lab.pass(1001);                            // 2 asks for proof behind its live message
  lab.log.clear();
  lab.deliver();
  EXPECT_EQ(lab.count(MessageType::kSync, 1), 0u);
  for (const Ticket& ticket : tickets()) verdict(ticket.id, kKeep);
  EXPECT_GE(lab.count(MessageType::kSync, 1), 1u);
  lab.rest();
  EXPECT_EQ(lab.state(2, 1), "proved");
}

TEST_F(Judging, AVerdictOfTheWrongLengthDropsAll) {
  lab.put(2, "a", 2);
  lab.deliver();
  verdict(tickets().at(0).id, Buffer(2, '\1'));
  EXPECT_EQ(lab.number_of(1, "a"), 1u);
  EXPECT_FALSE(lab[1].verdict(12345, kKeep, lab.now()).ok());
}

TEST_F(Judging, AJudgeThatNeverAnswersTimesOutAndProofAfterRestBringsItAgain) {
  lab.put(2, "a", 2);
  lab.deliver();
  ASSERT_EQ(tickets().size(), 1u);
  lab[1].set_judge(false);
  lab.pass(limits::kVerdictTimeoutMs);
  lab.rest();
  EXPECT_EQ(lab.number_of(1, "a"), 2u);
  EXPECT_EQ(lab.state(1, 2), "proved");
}

TEST_F(Judging, ClosingTheLinkDiscardsItsTicket) {
  lab.put(2, "a", 2);
  lab.deliver();
  const std::vector<Ticket> asked = tickets();
  lab.cut(1, 2);
  EXPECT_FALSE(lab[1].verdict(asked.at(0).id, kKeep, lab.now()).ok());
  EXPECT_EQ(lab.number_of(1, "a"), 1u);
}

TEST_F(Judging, SeesEveryWayAnOperationCanCome) {
  lab.cut(1, 2);
  lab.pass(10);
  lab.put(2, "delta", 1);
  lab.connect(1, 2);
  lab.deliver();
  std::vector<Ticket> asked = tickets();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].mode, "deltaSync");
  verdict(asked[0].id, kKeep);
  lab.deliver();

  lab.open(4, [](ReplicaOptions& options) { options.oplog_size = 2; });
  lab.pass(10);
  for (uint64_t i = 0; i < 20; ++i) lab.put(4, "full" + std::to_string(i), i);
  lab.connect(1, 4);
  lab.deliver();
  asked = tickets();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].mode, "syncReceive");
  EXPECT_EQ(asked[0].operations, 20u);
  verdict(asked[0].id, Buffer(20, '\1'));
  lab.deliver();
  EXPECT_TRUE(lab.value(1, "full19"));

  lab.open(5);
  lab.put(5, "imported", 1);
  const Result<uint32_t> imported = lab[1].import_state(lab[5].export_state(), lab.now());
  ASSERT_TRUE(imported.ok());
  lab.collect(1);
  asked = tickets();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].id, *imported);
  EXPECT_EQ(asked[0].mode, "import");
  verdict(asked[0].id, kKeep);
  EXPECT_TRUE(lab.value(1, "imported"));
  bool told = false;
  for (const Effect& notice : lab.taken(1, EffectKind::kNotice)) told |= notice.payload.find("IMPORTED") != Buffer::npos;
  EXPECT_TRUE(told);

  lab.open(6);
  lab.connect(1, 6, true);
  lab.rest(5);
  tickets();
  lab.put(6, "tab", 1);
  lab.deliver();
  asked = tickets();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].mode, "tab");
}

TEST_F(Judging, WhatIsHeldAlreadyIsNotJudgedAgain) {
  lab.put(2, "a", 2);
  lab.deliver();
  const Buffer message = lab.log.back().bytes;
  verdict(tickets().at(0).id, kKeep);
  lab.inject(2, 1, message);
  EXPECT_TRUE(tickets().empty());
}

TEST_F(Judging, AParkedLinkIsPausedThenDropped) {
  lab.put(2, "a", 2);
  lab.deliver();
  Message big;
  big.type = MessageType::kLive;
  Buffer none, fields = map_of({{"v", text(std::string(limits::kMaxValueBytes - 100, 'x'))}});
  pack_array(none, 0);
  big.operations = {Operation::create(Stamp::make(lab.now(), 9, 2), "big", fields, none)};
  const Buffer bytes = encode(big, SIZE_MAX);
  for (size_t sent = 0; sent <= limits::kParkedBytes; sent += bytes.size()) lab.inject(2, 1, bytes);
  const std::vector<Effect> pauses = lab.taken(1, EffectKind::kPauseLink);
  ASSERT_EQ(pauses.size(), 1u);
  EXPECT_EQ(pauses[0].time_ms, 1u);
  EXPECT_TRUE(lab.taken(1, EffectKind::kDropLink).empty());
  for (size_t sent = 0; sent <= limits::kParkedBytes; sent += bytes.size()) lab.inject(2, 1, bytes);
  EXPECT_EQ(lab.taken(1, EffectKind::kDropLink).size(), 1u);
  EXPECT_FALSE(lab[1].verdict(1, kKeep, lab.now()).ok());
}

TEST_F(Judging, APausedLinkIsReadOnAfterTheVerdict) {
  lab.put(2, "a", 2);
  lab.deliver();
  const uint32_t ticket = tickets().at(0).id;
  Message done;
  done.type = MessageType::kLive;
  Buffer none, fields = map_of({{"v", text(std::string(limits::kMaxValueBytes - 100, 'x'))}});
  pack_array(none, 0);
  done.operations = {Operation::create(Stamp::make(lab.now(), 9, 2), "big", fields, none)};
  const Buffer bytes = encode(done, SIZE_MAX);
  for (size_t sent = 0; sent <= limits::kParkedBytes; sent += bytes.size()) lab.inject(2, 1, bytes);
  ASSERT_EQ(lab.taken(1, EffectKind::kPauseLink).size(), 1u);
  lab[1].set_judge(false);
  verdict(ticket, kKeep);
  lab.rest();
  const std::vector<Effect> goes_on = lab.taken(1, EffectKind::kPauseLink);
  ASSERT_EQ(goes_on.size(), 1u);
  EXPECT_EQ(goes_on[0].time_ms, 0u);
  EXPECT_TRUE(lab.value(1, "big"));
}

}  // namespace
}  // namespace weft::test
