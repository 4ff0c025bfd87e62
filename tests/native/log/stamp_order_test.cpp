#include "log/stamp_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace weft {
namespace {

std::vector<OperationRef> some(size_t count) {
  std::vector<OperationRef> operations;
  for (size_t i = 0; i < count; ++i) operations.push_back(Operation::remove(Stamp{1000 + i, 7}, "n" + std::to_string(i)));
  return operations;
}

std::vector<OperationRef> in_order(std::vector<OperationRef> given) {
  StampOrder order(std::move(given));
  while (order.sort_some()) {}
  std::vector<OperationRef> taken;
  while (!order.empty()) {
    const Operation& front = order.front();
    taken.push_back(order.take());
    EXPECT_EQ(taken.back().get(), &front);
  }
  EXPECT_EQ(order.taken(), order.size());
  return taken;
}

TEST(StampOrderTest, GivesWhatSortingGives) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{4096}, size_t{4097}, size_t{20'000}}) {
    const std::vector<OperationRef> sorted = some(count);
    for (int seed = 0; seed < 4; ++seed) {
      std::vector<OperationRef> mixed = sorted;
      // 0: in order · 1: backwards · then at random
      if (seed == 1) std::reverse(mixed.begin(), mixed.end());
      if (seed > 1) std::shuffle(mixed.begin(), mixed.end(), std::mt19937(static_cast<unsigned>(seed)));
      const std::vector<OperationRef> taken = in_order(mixed);
      ASSERT_EQ(taken.size(), count);
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(taken[i].get(), sorted[i].get()) << count << " " << seed;
    }
  }
}

TEST(StampOrderTest, LetsGoOfWhatWasTaken) {
  std::vector<OperationRef> operations = some(5000);
  const OperationRef first = operations[0], last = operations[4999];
  StampOrder order(std::move(operations));
  while (order.sort_some()) {}
  order.take();
  EXPECT_TRUE(first->held_once());
  EXPECT_FALSE(last->held_once());
}

}  // namespace
}  // namespace weft
