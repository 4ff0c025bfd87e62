// "All is here that the other end had": a tab's question whether it is safe is answered by that, while everyone goes on
// writing and no two fingerprints are ever equal.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

struct Case {
  const char* name;
  uint64_t first, second;      // what each holds before they meet
  size_t oplog;                // small: nothing is left for a delta
  bool reconcile = true;
};

class Heard : public ::testing::TestWithParam<Case> {
 protected:
  // No time passes, so that nothing waits for rest. Both write before each message of the exchange arrives.
  void write_and_deliver() {
    for (const LinkId id : {1u, 2u}) lab.put(id, "live " + std::to_string(id) + " " + std::to_string(written), written);
    ++written;
    for (int writes_and_one = 3; writes_and_one > 0; --writes_and_one) lab.deliver_one();
    lab.pass(0);
  }
  bool has(LinkId id, const std::string& node) { return lab[id].graph().find(node) != nullptr; }
  bool has_all(LinkId id, const std::string& name, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i)
      if (!has(id, name + std::to_string(i))) return false;
    return true;
  }
  Lab lab;
  uint64_t written = 0;
};

TEST_P(Heard, ComesWithTheFirstExchangeThoughNothingRests) {
  const Case& given = GetParam();
  for (const LinkId id : {1u, 2u})
    lab.open(id, [&](ReplicaOptions& options) { options.oplog_size = given.oplog, options.reconcile = given.reconcile; });
  for (uint64_t i = 0; i < given.first; ++i) lab.put(1, "first " + std::to_string(i), i);
  lab.pass(1);
  for (uint64_t i = 0; i < given.second; ++i) lab.put(2, "second " + std::to_string(i), i);
  lab.connect(1, 2, true);
  bool first = false, second = false;
  while (!first || !second) {
    ASSERT_LT(written, 200u);
    write_and_deliver();
    first |= lab[1].has_taken(2, 0);
    second |= lab[2].has_taken(1, 0);
    if (first) { EXPECT_TRUE(has_all(1, "second ", given.second)); }
    if (second) { EXPECT_TRUE(has_all(2, "first ", given.first)); }
  }
  EXPECT_EQ(lab.state(1, 2), "stale");   // nothing was proved
}

INSTANTIATE_TEST_SUITE_P(Meetings, Heard, testing::Values(
    Case{"Empty", 0, 0, 100}, Case{"OneHasNothing", 5, 0, 100}, Case{"TheOtherHasNothing", 0, 5, 100}, Case{"BothByDelta", 5, 5, 1000},
    Case{"BothByReconciliation", 40, 40, 1}, Case{"MostlyMissing", 100, 2, 1}, Case{"MostlyMissingThere", 2, 100, 1},
    Case{"ByFullStatesOnly", 40, 40, 1, false}),
    [](const auto& given) { return std::string(given.param.name); });

TEST(HeardOnALink, AMessageThatWaitsForAVerdictHoldsBackWhatIsBehindIt) {
  Lab lab;
  for (const LinkId id : {1u, 2u}) lab.open(id);
  lab.connect(1, 2, true);
  lab.rest();
  lab[1].set_judge(true);
  lab.log.clear();
  lab.put(2, "judged", 1);
  lab.put(2, "behind", 2);
  const uint64_t before = 100;   // more than came until now
  EXPECT_FALSE(lab[1].has_taken(2, before));
  uint64_t came = 0;
  while (lab[1].has_taken(2, came + 1)) ++came;
  lab.deliver();
  EXPECT_TRUE(lab[1].has_taken(2, came + 1));    // it is with the judge
  EXPECT_FALSE(lab[1].has_taken(2, came + 2));
  const std::vector<Effect> judged = lab.taken(1, EffectKind::kJudge);
  ASSERT_EQ(judged.size(), 1u);
  ASSERT_TRUE(lab[1].verdict(judged[0].target, std::string(1, '\1'), lab.now()).ok());
  lab.collect(1);
  EXPECT_TRUE(lab[1].has_taken(2, came + 2));
}

TEST(HeardOnALink, WhoIsToldThatItWasEqualHasAllThoughItMovedSince) {
  Lab lab;
  for (const LinkId id : {1u, 2u}) lab.open(id);
  lab.put(1, "both", 1);
  lab.connect(1, 2, true);
  lab.rest();
  lab.cut(1, 2);
  lab.put(2, "missed", 2);
  lab.connect(1, 2, true);
  const auto says_equal = [&] {
    const Result<Message> last = decode(lab.log.back().bytes);
    return last.ok() && last->type == MessageType::kSync && !last->sync.asks;
  };
  while (!says_equal()) ASSERT_TRUE(lab.deliver_one());
  ASSERT_EQ(lab.log.back().to, 2u);
  EXPECT_FALSE(lab[2].has_taken(1, 0));
  lab.put(2, "meanwhile", 3);                     // so it is not equal any more when it hears that it was
  lab.deliver();
  EXPECT_TRUE(lab[2].has_taken(1, 0));
  EXPECT_NE(lab.state(2, 1), "proved");
}

TEST(HeardOnALink, ALinkThatIsGoneIsWaitedForByNobody) {
  Lab lab;
  for (const LinkId id : {1u, 2u}) lab.open(id);
  EXPECT_TRUE(lab[1].has_taken(2, 5));
  lab.connect(1, 2, true);
  EXPECT_FALSE(lab[1].has_taken(2, 0));
  lab.cut(1, 2);
  EXPECT_TRUE(lab[1].has_taken(2, 5));
}

}  // namespace
}  // namespace weft::test
