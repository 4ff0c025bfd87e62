// The handshake's table, row by row.
#include "sync/planner.h"

#include <gtest/gtest.h>

namespace weft {
namespace {

Claim claim(uint64_t count, uint8_t fill = 1) {
  Claim made;
  made.count = count;
  made.hash.fill(fill);
  return made;
}

SyncFields replica(uint64_t id, uint64_t watermark, uint64_t count) {
  SyncFields fields;
  fields.replica = id;
  if (watermark != 0) fields.watermark = Stamp{watermark, id};
  fields.claim = claim(count, static_cast<uint8_t>(id));
  return fields;
}

TEST(Planner, EqualIsProvedAndAnsweredUnlessASyncIsOnItsWay) {
  SyncFields ours = replica(1, 10, 3), theirs = replica(2, 20, 3);
  theirs.claim = ours.claim;
  EXPECT_EQ(plan(theirs, {ours, std::nullopt}), Step::kProvedAnswer);
  EXPECT_EQ(plan(theirs, {ours, ours.claim}), Step::kProved);
  EXPECT_EQ(plan(theirs, {ours, claim(9)}), Step::kProvedAnswer);
  theirs.asks = false;
  EXPECT_EQ(plan(theirs, {ours, std::nullopt}), Step::kProved);
}

TEST(Planner, EqualCountsAloneProveNothing) {
  EXPECT_NE(plan(replica(2, 20, 3), {replica(1, 10, 3), std::nullopt}), Step::kProved);
}

TEST(Planner, TheLowerWatermarkOnlyAsks) {
  const SyncFields ours = replica(1, 10, 3), theirs = replica(2, 20, 3);
  EXPECT_EQ(plan(theirs, {ours, std::nullopt}), Step::kAsk);
  EXPECT_EQ(plan(theirs, {ours, ours.claim}), Step::kNothing);
  SyncFields answer = theirs;
  answer.asks = false;
  EXPECT_EQ(plan(answer, {ours, std::nullopt}), Step::kNothing);
}

TEST(Planner, ATieOfWatermarksGoesById) {
  SyncFields ours = replica(1, 10, 3), theirs = replica(2, 10, 3);
  theirs.watermark = ours.watermark = Stamp{10, 3};
  EXPECT_EQ(plan(theirs, {ours, std::nullopt}), Step::kAsk);
  EXPECT_EQ(plan(ours, {theirs, std::nullopt}), Step::kDelta);
}

TEST(Planner, ANullWatermarkGetsTheFullStateNeverADelta) {
  EXPECT_EQ(plan(replica(2, 0, 0), {replica(1, 10, 1), std::nullopt}), Step::kFull);
}

TEST(Planner, PastTheWindowAGapAboveHalfOfTheLargerGetsTheFullState) {
  const auto step = [](uint64_t theirs, uint64_t ours) {
    SyncFields server = replica(3, 10, ours);
    server.floor = Stamp{6, 3};
    return plan(replica(2, 5, theirs), {server, std::nullopt});
  };
  EXPECT_EQ(step(2, 6), Step::kFull);
  EXPECT_EQ(step(3, 6), Step::kReconcile);
  EXPECT_EQ(step(0, 5), Step::kReconcile);
  EXPECT_EQ(step(7, 3), Step::kFull);
  EXPECT_EQ(step(50, 100), Step::kReconcile);
  EXPECT_EQ(step(49, 100), Step::kFull);
}

TEST(Planner, AWindowThatReachesBackIsEnoughWhateverTheGap) {
  EXPECT_EQ(plan(replica(2, 5, 1), {replica(1, 10, 900), std::nullopt}), Step::kDelta);
}

TEST(Planner, TheFloorDecidesBetweenDeltaAndReconciliation) {
  SyncFields ours = replica(3, 10, 7);
  ours.floor = Stamp{5, 2};
  EXPECT_EQ(plan(replica(2, 5, 7), {ours, std::nullopt}), Step::kDelta);       // at the floor
  EXPECT_EQ(plan(replica(2, 4, 7), {ours, std::nullopt}), Step::kReconcile);   // below; ours is the greater id
  EXPECT_EQ(plan(replica(4, 4, 7), {ours, std::nullopt}), Step::kRequest);     // theirs is
  SyncFields without_delta = replica(2, 5, 7);
  without_delta.modes = kOffersFull;
  EXPECT_EQ(plan(without_delta, {ours, std::nullopt}), Step::kReconcile);
}

// Both hold the newest and each lacks something old: the second round's way is taken at once.
TEST(Planner, ADeltaThatWouldCarryNothingIsNotSent) {
  const bool newer = false;
  EXPECT_EQ(plan(replica(2, 5, 7), {replica(3, 10, 7), std::nullopt, newer}), Step::kReconcile);
  EXPECT_EQ(plan(replica(4, 5, 7), {replica(3, 10, 7), std::nullopt, newer}), Step::kRequest);
  SyncFields answer = replica(4, 5, 7);
  answer.asks = false;
  EXPECT_EQ(plan(answer, {replica(3, 10, 7), std::nullopt, newer}), Step::kNothing);
}

TEST(Planner, NeverASecondDelta) {
  SyncFields theirs = replica(2, 9, 7);
  theirs.round = 1;
  EXPECT_EQ(plan(theirs, {replica(3, 10, 7), std::nullopt}), Step::kReconcile);
  EXPECT_EQ(plan(theirs, {replica(1, 10, 7), std::nullopt}), Step::kRequest);
  theirs.watermark = kNoStamp;
  EXPECT_EQ(plan(theirs, {replica(3, 10, 7), std::nullopt}), Step::kReconcile);
  theirs.asks = false;
  EXPECT_EQ(plan(theirs, {replica(3, 10, 7), std::nullopt}), Step::kNothing);
}

TEST(Planner, WhoHasNothingGivesNothing) {
  EXPECT_EQ(plan(replica(1, 0, 4), {replica(2, 0, 0), std::nullopt}), Step::kNothing);
}

}  // namespace
}  // namespace weft
