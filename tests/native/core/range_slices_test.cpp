// The tree of ranges of a large graph is built in slices, and what needs it waits.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

constexpr size_t kSlice = 3;

class RangesInSlices : public ::testing::Test {
 protected:
  RangesInSlices() { begin(); }
  void begin() {
    for (const LinkId id : {1, 2, 3}) lab.open(id, [](ReplicaOptions& options) { options.part_operations = kSlice, options.oplog_size = 1; });
  }
  // Equal but for one node each; the log is too short for a delta. Nobody has a tree of ranges yet.
  void almost_equal() {
    for (uint64_t i = 0; i < 60; ++i) lab.put(1, "n" + std::to_string(i), i);
    lab.connect(1, 2);
    lab.rest(1000);
    lab.cut(1, 2);
    lab.pass(10);
    for (const LinkId id : {1, 2}) lab.put(id, "a of " + std::to_string(id), 1), lab.put(id, "b of " + std::to_string(id), 1);
    for (const LinkId id : {1, 2}) lab[id].graph().fingerprint();
    lab.log.clear();
  }
  size_t turns(LinkId id) {
    const Buffer status = lab[id].sync_status_json();
    return std::stoul(status.substr(status.find("\"turns\":") + 8));
  }

  Lab lab;
};

TEST_F(RangesInSlices, TheFirstReconciliationWaitsForIt) {
  almost_equal();
  const size_t before = turns(2);
  lab.connect(1, 2);
  while (lab.deliver_one()) {}
  EXPECT_EQ(lab.count(MessageType::kRanges), 0u);
  lab.rest(1000);
  EXPECT_GE(turns(2) - before, 64 / kSlice);
  EXPECT_GT(lab.count(MessageType::kRanges), 0u);
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
}

// What comes, goes and changes between the slices is in it, or not, as it should be: else the sums differ for ever.
TEST_F(RangesInSlices, WritesGoOnBetweenTheSlices) {
  for (uint64_t pause = 0; pause < 4; ++pause) {
    begin();
    almost_equal();
    lab.connect(1, 2);
    for (uint64_t i = 0; i < 80; ++i) {
      if (!lab.deliver_one()) lab.pass(0);
      if (i % 4 != pause) continue;
      const LinkId id = 1 + i / 4 % 2;
      lab.put(id, "n" + std::to_string(i % 60), 1000 + i);
      lab.put(id, "n" + std::to_string(59 - i % 60), 2000 + i);
      ASSERT_TRUE(lab[id].remove("n" + std::to_string(i % 60), lab.now(id)).ok());
      lab.collect(id);
      if (pause == 3) lab.put(id, "n" + std::to_string(i % 60), 3000 + i);
    }
    lab.rest(1000);
    EXPECT_TRUE(lab.equal(1, 2));
    EXPECT_EQ(lab.state(1, 2), "proved");
    EXPECT_GT(lab.count(MessageType::kRanges), 0u);
    lab.cut(1, 2), lab.log.clear();
    lab.put(1, "one more", pause), lab.put(2, "and", pause), lab.put(2, "another", pause);
    lab.connect(1, 2), lab.rest(1000);
    EXPECT_TRUE(lab.equal(1, 2));
    EXPECT_EQ(lab.count(MessageType::kFull), 0u);
  }
}

TEST_F(RangesInSlices, ALinkThatIsCutMeanwhileLeavesTheOthersTheirTree) {
  almost_equal();
  lab.connect(1, 2);
  while (lab.deliver_one()) {}
  lab.pass(0);
  lab.cut(1, 2);
  lab.rest(1000);
  lab.connect(1, 2);
  lab.rest(1000);
  EXPECT_TRUE(lab.equal(1, 2));
}

}  // namespace
}  // namespace weft::test
