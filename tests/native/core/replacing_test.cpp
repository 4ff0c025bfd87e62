// `fullState: "replace"` when the fingerprint goes back to what it was.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

// A full state waits for its verdict while the replica becomes, by other links, what that full state
// will make of it, is proved so, and then learns one thing more. Replaced, it is where it was proved.
TEST(Replacing, AFingerprintThatReturnsIsNoProof) {
  constexpr LinkId kReplaced = 1, kNeighbour = 2, kSlow = 3, kServer = 9;
  Lab lab;
  lab.open(kReplaced, [](ReplicaOptions& options) { options.replace_full_state = true; });
  for (const LinkId other : {kNeighbour, kSlow, kServer}) lab.open(other);
  lab.put(kSlow, "low", 1);
  lab.pass(1000);
  for (uint64_t i = 0; i < 10; ++i) lab.put(kServer, "n" + std::to_string(i), i);
  const Fingerprint before = lab[kServer].graph().fingerprint();
  lab.connect(kServer, kNeighbour);
  lab.rest();
  lab.cut(kServer, kNeighbour);
  lab[kReplaced].set_judge(true);
  const auto judge = [&](uint32_t ticket, size_t operations) {
    ASSERT_TRUE(lab[kReplaced].verdict(ticket, Buffer(operations, '\1'), lab.now()).ok());
    lab.collect(kReplaced);
  };
  const auto asked = [&] {
    const std::vector<Effect> judges = lab.taken(kReplaced, EffectKind::kJudge);
    WEFT_CHECK(judges.size() == 1);
    return judges[0].target;
  };

  lab.connect(kReplaced, kServer);
  lab.deliver();
  const uint32_t late = asked();
  lab.connect(kReplaced, kNeighbour);
  lab.deliver();
  judge(asked(), 10);
  lab.deliver();
  ASSERT_EQ(lab[kReplaced].graph().fingerprint(), before);
  ASSERT_EQ(lab.state(kReplaced, kNeighbour), "proved");

  lab.connect(kNeighbour, kSlow);
  lab.deliver();
  lab.connect(kReplaced, kSlow);
  lab.deliver();
  judge(asked(), 1);
  lab.deliver();
  lab.cut(kReplaced, kSlow);
  ASSERT_NE(lab[kReplaced].graph().fingerprint(), before);
  ASSERT_TRUE(lab.equal(kReplaced, kNeighbour));

  lab.pass(1000);                               // both ask at once, and need no answer
  ASSERT_TRUE(lab.deliver_one());
  ASSERT_EQ(lab.state(kNeighbour, kReplaced), "proved");
  judge(late, 10);
  ASSERT_EQ(lab[kReplaced].graph().fingerprint(), before);
  EXPECT_EQ(lab.state(kReplaced, kNeighbour), "stale");
  lab[kReplaced].set_judge(false);
  lab.rest();
  EXPECT_TRUE(lab.equal(kReplaced, kNeighbour));
  EXPECT_EQ(lab.state(kReplaced, kNeighbour), "proved");
  EXPECT_TRUE(lab.value(kReplaced, "low"));
}

}  // namespace
}  // namespace weft::test
