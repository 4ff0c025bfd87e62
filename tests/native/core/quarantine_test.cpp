#include "core/quarantine.h"

#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

OperationRef made_at(uint64_t physical, uint64_t replica, ByteView id = "a") {
  Buffer none;
  pack_array(none, 0);
  return Operation::create(Stamp::make(physical, 0, replica), id, map_of({{"v", number(physical)}}), none);
}

TEST(Quarantine, HoldsUntilTheWallClockComesWithinTheDrift) {
  Quarantine quarantine(100);
  EXPECT_FALSE(quarantine.is_ahead(Stamp::make(1100, 0, 1), 1000));
  EXPECT_TRUE(quarantine.is_ahead(Stamp::make(1101, 0, 1), 1000));
  EXPECT_TRUE(quarantine.hold(made_at(1200, 1), {}));
  EXPECT_FALSE(quarantine.hold(made_at(1300, 1), {}));
  EXPECT_EQ(*quarantine.due_ms(), 1100u);
  std::vector<Quarantine::Held> released;
  EXPECT_FALSE(quarantine.release(1099, released));
  EXPECT_TRUE(quarantine.release(1100, released));
  EXPECT_EQ(released.size(), 1u);
  EXPECT_EQ(*quarantine.due_ms(), 1200u);
}

TEST(Quarantine, FullItDropsTheFurthestAndStillFallsDueForIt) {
  Quarantine quarantine(100, 2);
  for (const uint64_t at : {1300, 1200, 1400}) quarantine.hold(made_at(at, at), {});
  EXPECT_EQ(quarantine.size(), 2u);
  EXPECT_EQ(quarantine.dropped(), 1u);
  EXPECT_EQ(quarantine.replicas().count(1400), 0u);
  quarantine.hold(made_at(1000, 5), {});
  EXPECT_EQ(*quarantine.due_ms(), 900u);
}

class QuarantineOfAReplica : public testing::Test {
 protected:
  Lab lab;
  void SetUp() override {
    lab.open(1);
    lab.open(2);
    lab.connect(1, 2);
    lab.rest();
  }
  void receive(const OperationRef& operation) {
    Message message;
    message.type = MessageType::kLive;
    message.operations = {operation};
    lab.inject(2, 1, encode(message, 512));
  }
};

constexpr uint64_t kFar = Lab::kStart + limits::kDefaultMaxDriftMs + 60'000;

TEST_F(QuarantineOfAReplica, AStampInOurNameThatOurClockHasNotReachedIsHeldLikeAnyOther) {
  receive(made_at(kFar, 1, "forged"));
  EXPECT_FALSE(lab.value(1, "forged"));
  lab.put(1, "a", 1);
  EXPECT_LT(lab[1].graph().live_in_stamp_order().back()->stamp().physical_ms(), kFar);
}

TEST_F(QuarantineOfAReplica, AnOwnWriteThatComesBackIsNotHeld) {
  lab.skew(1, static_cast<int64_t>(limits::kDefaultMaxDriftMs) * 2);
  lab.put(1, "own", 1);
  const OperationRef own = lab[1].graph().live_in_stamp_order().back();
  lab.skew(1, 0);
  receive(own);
  EXPECT_NE(lab[1].status_json().find("\"held\":0"), Buffer::npos);
}

TEST_F(QuarantineOfAReplica, IsNotServedBeforeItIsReleased) {
  lab.open(3);
  lab.connect(1, 3);
  receive(made_at(kFar, 77, "early"));
  lab.pass(5000);
  lab.deliver();
  EXPECT_FALSE(lab.value(3, "early"));
  EXPECT_EQ(lab[1].export_state(), lab[3].export_state());
  lab.rest();                                     // its time comes
  EXPECT_TRUE(lab.value(1, "early"));
  EXPECT_TRUE(lab.value(3, "early"));
}

// The record of a replaced graph holds what is live; what is held is written when its time comes.
TEST_F(QuarantineOfAReplica, WhatCameInAReplacingFullStateIsInTheJournalOnceItIsReleased) {
  lab.open(4, [](ReplicaOptions& options) { options.replace_full_state = true; });
  lab.open(5, [](ReplicaOptions& options) { options.max_drift_ms = 100 * limits::kDefaultMaxDriftMs; });
  lab.connect(4, 5);
  lab.rest();
  Message full;
  full.type = MessageType::kFull;
  full.sync.replica = 5;
  full.sync.watermark = Stamp::make(kFar, 0, 5);
  full.exchange = 1;
  full.operations = {made_at(Lab::kStart + 1, 5, "now"), made_at(kFar, 5, "early")};
  lab.inject(5, 4, encode(full, 512));
  EXPECT_TRUE(lab.value(4, "now"));
  EXPECT_FALSE(lab.value(4, "early"));
  lab.pass(70'000);
  ASSERT_TRUE(lab.value(4, "early"));
  Replica again(ReplicaOptions{.replica_id = 40});
  ASSERT_TRUE(again.load(lab.journal[4]).ok() && again.load_end(lab.now()).ok());
  EXPECT_EQ(again.graph().fingerprint(), lab[4].graph().fingerprint());
}

TEST_F(QuarantineOfAReplica, AFloodIsBounded) {
  Message message;
  message.type = MessageType::kLive;
  for (uint64_t i = 0; i < 3000; ++i) message.operations.push_back(made_at(kFar + i, 1000 + i));
  lab.inject(2, 1, encode(message, 512));
  EXPECT_NE(lab[1].status_json().find("\"held\":1000,\"dropped\":2000"), Buffer::npos);
  EXPECT_LE(lab.taken(1, EffectKind::kNotice).size(), 100u);
}

}  // namespace
}  // namespace weft::test
