#include <gtest/gtest.h>

#include <set>

#include "base/pack.h"
#include "log/oplog.h"

namespace weft {
namespace {

OperationRef remove_at(uint64_t clock) { return Operation::remove(Stamp{clock, 1}, "id" + std::to_string(clock)); }
bool yes(const Operation&) { return true; }

std::vector<uint64_t> clocks(const std::vector<OperationRef>& operations) {
  std::vector<uint64_t> clocks;
  for (const OperationRef& o : operations) clocks.push_back(o->stamp().clock);
  return clocks;
}

TEST(Oplog, KeepsTheOrderInWhichOperationsWereApplied) {
  Oplog log(3);
  for (uint64_t clock : {5, 2, 9}) log.append(remove_at(clock));
  EXPECT_EQ(clocks(log.live_above(kNoStamp, yes)), (std::vector<uint64_t>{5, 2, 9}));
  EXPECT_EQ(clocks(log.live_above(Stamp{5, 1}, yes)), (std::vector<uint64_t>{9}));
  EXPECT_TRUE(log.floor().is_none());
  EXPECT_EQ(log.entries().front().stamp, (Stamp{5, 1}));
}

TEST(Oplog, TheFloorIsTheGreatestStampEvictedAndNeverFalls) {
  Oplog log(2);
  for (uint64_t clock : {9, 2, 5, 3}) log.append(remove_at(clock));
  EXPECT_EQ(log.floor(), (Stamp{9, 1})) << "of 9 and 2";
  EXPECT_EQ(log.size(), 2u);
  log.append(remove_at(20));
  EXPECT_EQ(log.floor(), (Stamp{9, 1}));
  log.raise_floor(Stamp{4, 1});
  EXPECT_EQ(log.floor(), (Stamp{9, 1}));
  log.raise_floor(Stamp{15, 1});
  EXPECT_EQ(log.floor(), (Stamp{15, 1}));
}

TEST(Oplog, AFullStateEmptiesTheWindowIntoTheFloor) {
  Oplog log(10);
  for (uint64_t clock : {7, 3}) log.append(remove_at(clock));
  log.clear_into_floor();
  EXPECT_EQ(log.size(), 0u);
  EXPECT_EQ(log.floor(), (Stamp{7, 1}));
  EXPECT_TRUE(log.live_above(kNoStamp, yes).empty());
}

TEST(Oplog, WithoutAWindowEverythingIsInTheFloor) {
  Oplog log(0);
  log.append(remove_at(4));
  EXPECT_EQ(log.size(), 0u);
  EXPECT_EQ(log.floor(), (Stamp{4, 1}));
}

TEST(Oplog, WhatIsNoLongerLiveIsSkipped) {
  Oplog log(10);
  for (uint64_t clock = 1; clock <= 4; ++clock) log.append(remove_at(clock));
  const auto even = [](const Operation& o) { return o.stamp().clock % 2 == 0; };
  EXPECT_EQ(clocks(log.live_above(kNoStamp, even)), (std::vector<uint64_t>{2, 4}));
}

TEST(Oplog, SupersededContentIsLetGo) {
  Buffer megabyte;
  pack_bin(megabyte, Buffer(1 << 20, 'x'));
  Oplog log(1000);
  OperationRef held;   // only the latest is live, as when one node is written again and again
  for (uint64_t clock = 1; clock <= 50; ++clock) {
    held = Operation::replace(Stamp{clock, 1}, "n", megabyte, kNoStamp);
    log.append(held);
  }
  size_t kept = 0;
  for (const OplogEntry& entry : log.entries()) kept += entry.operation ? 1 : 0;
  EXPECT_LE(kept, 4u);
  EXPECT_EQ(log.size(), 50u) << "the entries stay: they hold the floor down";
  EXPECT_TRUE(log.entries().back().operation);
}

}  // namespace
}  // namespace weft
