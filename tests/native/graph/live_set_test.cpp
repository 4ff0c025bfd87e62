// The live set beside a plain one: whatever comes and goes, in whatever order, both say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/sha256.h"
#include "graph/live_set.h"

namespace weft {
namespace {

struct ByOrder {
  bool operator()(const Operation* a, const Operation* b) const { return precedes(*a, *b); }
};
using Model = std::map<const Operation*, uint32_t, ByOrder>;   // and the place each was given

OperationRef removal(uint64_t clock, uint64_t replica = 1) { return Operation::remove(Stamp{clock, replica}, "n" + std::to_string(clock)); }

Fingerprint summed(const Model& model) {
  Fingerprint print;
  print.count = model.size();
  for (const auto& [operation, place] : model) {
    const Digest digest = Sha256().update(operation->bytes()).finish();
    unsigned carry = 0;
    for (size_t i = 32; i-- > 0;) {
      carry += print.sum[i] + unsigned{digest[i]};
      print.sum[i] = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
  }
  return print;
}

// What an observer knows.
struct Follower : DigestObserver {
  std::set<const Operation*> digested;
  void attached(const std::vector<const Operation*>& all) override { digested = {all.begin(), all.end()}; }
  void added(const Operation& operation) override { EXPECT_TRUE(digested.insert(&operation).second); }
  void removed(const Operation& operation) override { EXPECT_EQ(digested.erase(&operation), 1u); }
  void cleared() override { digested.clear(); }
};

void expect_same(LiveSet& live, const Model& model) {
  ASSERT_EQ(live.size(), model.size());
  std::vector<const Operation*> in_order, in_any;
  for (const auto& [operation, place] : model) {
    in_order.push_back(operation);
    EXPECT_EQ(live.find(operation->stamp()), operation);
    EXPECT_FALSE(live.ceiling() < operation->stamp());
  }
  EXPECT_EQ(live.in_stamp_order(), in_order);
  EXPECT_TRUE(live.is_in_order());
  live.for_each([&](const Operation& operation) { in_any.push_back(&operation); });
  std::sort(in_any.begin(), in_any.end(), ByOrder());
  EXPECT_EQ(in_any, in_order);
  EXPECT_EQ(live.count(Kind::kRemove), model.size());
  EXPECT_EQ(live.find(Stamp{1, 99}), nullptr);
}

TEST(LiveSet, IsWhatCameAndDidNotGo) {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    Follower follower;
    LiveSet live;
    Model model;
    live.observe(&follower);
    std::vector<OperationRef> held;   // so that no address comes again
    uint64_t clock = 1000;
    const size_t removals = random() % 3;   // of four steps
    for (int step = 0; step < 600; ++step) {
      if (!model.empty() && random() % 4 < removals) {
        auto gone = std::next(model.begin(), random() % model.size());
        live.erase({gone->first, gone->second});
        model.erase(gone);
      } else {
        ++clock;
        const bool late = seed % 2 == 0 && random() % 8 == 0;
        held.push_back(late ? removal(clock - 500 - random() % 400, clock) : removal(clock));
        const Operation& operation = *held.back();
        const Placed promised = live.place(operation), placed = live.insert(operation);
        EXPECT_EQ(promised.place, placed.place);
        EXPECT_EQ(placed.operation, &operation);
        model[&operation] = placed.place;
      }
      const uint32_t look = random() % 40;
      if (look == 0) expect_same(live, model);
      if (look == 1) live.digest_some(random() % 20);
      if (look == 2) {
        EXPECT_EQ(live.fingerprint(), summed(model));
        EXPECT_EQ(live.undigested(), 0u);
        EXPECT_EQ(follower.digested.size(), model.size());
      }
      EXPECT_EQ(live.undigested() + follower.digested.size(), model.size());
    }
    expect_same(live, model);
    EXPECT_EQ(live.fingerprint(), summed(model));
    live.clear();
    expect_same(live, {});
    EXPECT_EQ(live.fingerprint(), Fingerprint());
    for (const OperationRef& operation : held) EXPECT_TRUE(operation->held_once());
  }
}

TEST(LiveSet, UsesPlacesAgain) {
  LiveSet live;
  OperationRef last = removal(1);
  Placed placed = live.insert(*last);
  for (uint64_t clock = 2; clock < 1000; ++clock) {
    const OperationRef next = removal(clock);
    const Placed one = live.insert(*next);
    live.erase(placed);
    placed = one;
    EXPECT_LT(placed.place, 2u);
  }
  EXPECT_EQ(live.size(), 1u);
}

TEST(LiveSet, NeedsNoSortingWhileWhatComesIsLater) {
  LiveSet live;
  std::vector<OperationRef> held;
  for (uint64_t clock = 1; clock <= 100; ++clock) {
    held.push_back(removal(clock));
    live.insert(*held.back());
    EXPECT_TRUE(live.is_in_order());
  }
  const OperationRef early = removal(50, 0);
  const Placed placed = live.insert(*early);
  EXPECT_FALSE(live.is_in_order());
  EXPECT_EQ(live.in_stamp_order()[49], early.get());
  EXPECT_TRUE(live.is_in_order());
  live.erase(placed);
  EXPECT_FALSE(live.is_in_order());
}

TEST(LiveSet, TwoMayHoldOneOperation) {
  const OperationRef a = removal(1), b = removal(2);
  LiveSet one, other;
  one.insert(*a);
  const Placed in_one = one.insert(*b), in_other = other.insert(*b);
  EXPECT_NE(in_one.place, in_other.place);
  EXPECT_EQ(other.fingerprint().count, 1u);
  EXPECT_EQ(one.undigested(), 2u);
  one.erase(in_one);
  EXPECT_EQ(other.find(b->stamp()), b.get());
  EXPECT_EQ(one.find(b->stamp()), nullptr);
}

}  // namespace
}  // namespace weft
