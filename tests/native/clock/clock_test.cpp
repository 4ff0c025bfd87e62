#include <gtest/gtest.h>

#include <random>

#include "clock/hybrid_clock.h"

namespace weft {
namespace {

TEST(Stamp, BytewiseOrderIsTheOrder) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 10000; ++i) {
    const auto any = [&] { return Stamp::make(random() % 3 + (random() % 2 << 40), static_cast<uint16_t>(random() % 3), random() % 3 << 60); };
    const Stamp a = any(), b = any();
    Buffer x, y;
    write_stamp(x, a);
    write_stamp(y, b);
    ASSERT_EQ(x.size(), Stamp::kBytes);
    ASSERT_EQ(a < b, x < y);
    ASSERT_EQ(a == b, x == y);
    ASSERT_EQ(read_stamp(x.data()), a);
  }
}

TEST(Stamp, PartsComeBack) {
  const Stamp stamp = Stamp::make(0xffffffffffff, 0xfffe, 0xdeadbeefcafef00d);
  EXPECT_EQ(stamp.physical_ms(), 0xffffffffffffu);
  EXPECT_EQ(stamp.logical(), 0xfffe);
  EXPECT_TRUE(kNoStamp.is_none());
  EXPECT_LT(kNoStamp, Stamp::make(0, 0, 1));
}

TEST(HybridClock, FollowsTheWall) {
  HybridClock clock(7);
  const Stamp stamp = clock.now(1700000000000);
  EXPECT_EQ(stamp.physical_ms(), 1700000000000u);
  EXPECT_EQ(stamp.logical(), 0);
  EXPECT_EQ(stamp.replica, 7u);
}

TEST(HybridClock, MoreThan65536EventsInOneMillisecondCarry) {
  HybridClock clock(1);
  Stamp last = clock.now(1000);
  for (int i = 0; i < 70000; ++i) {
    const Stamp next = clock.now(1000);
    ASSERT_GT(next, last);
    last = next;
  }
  EXPECT_EQ(last.physical_ms(), 1001u);
  EXPECT_EQ(last.logical(), 70000 - 65536);
}

TEST(HybridClock, NeverGoesBackWhateverTheWallDoes) {
  std::mt19937_64 random(5);
  HybridClock clock(1);
  Stamp greatest;
  for (int i = 0; i < 20000; ++i) {
    if (random() % 3 == 0) {
      const Stamp seen = Stamp::make(random() % 2000, static_cast<uint16_t>(random()), random());
      clock.observe(seen);
      greatest = std::max(greatest, seen);
    }
    const Stamp made = clock.now(random() % 1000);
    ASSERT_GT(made.clock, greatest.clock);
    greatest = made;
  }
}

TEST(HybridClock, AnEarlierStampChangesNothing) {
  HybridClock clock(1);
  clock.now(5000);
  const uint64_t before = clock.last();
  clock.observe(Stamp::make(4000, 9, 2));
  EXPECT_EQ(clock.last(), before);
}

TEST(HybridClock, AStampFromAheadPullsAlongEvenWhenTheWallIsFarBehind) {
  HybridClock clock(1);
  const Stamp ahead = Stamp::make(9'000'000, 65535, 2);   // the logical part is full
  clock.observe(ahead);
  const Stamp next = clock.now(1000);
  EXPECT_GT(next, ahead);
  EXPECT_EQ(next.physical_ms(), 9'000'001u);
  EXPECT_EQ(next.logical(), 0);
  EXPECT_EQ(clock.now(10'000'000).physical_ms(), 10'000'000u);
}

}  // namespace
}  // namespace weft
