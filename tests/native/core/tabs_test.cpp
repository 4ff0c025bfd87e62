// Tabs: one broadcast for all, and a tab without rtc whose operations a bridge passes on.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

class Tabs : public testing::Test {
 protected:
  Lab lab;
};

TEST_F(Tabs, OwnWritesAreOnePostForAllTabs) {
  for (const LinkId id : {1u, 2u, 3u}) lab.open(id);
  lab.connect(1, 2, true);
  lab.connect(1, 3, true);
  lab.rest();
  ASSERT_TRUE(lab[1].put("a", number(1), lab.now()).ok());
  size_t posts = 0;
  for (const Effect& effect : lab[1].take_effects(true, lab.now()))
    posts += effect.kind == EffectKind::kSend && effect.target == kTabBroadcast;
  EXPECT_EQ(posts, 1u);
}

TEST_F(Tabs, WithoutOtherTabsNothingIsPosted) {
  lab.open(1);
  lab.open(2);
  lab.connect(1, 2);
  lab.rest();
  ASSERT_TRUE(lab[1].put("a", number(1), lab.now()).ok());
  for (const Effect& effect : lab[1].take_effects(true, lab.now()))
    EXPECT_FALSE(effect.kind == EffectKind::kSend && effect.target == kTabBroadcast);
}

TEST_F(Tabs, WhatAPeerWroteReachesTheTabsAndWhatATabWroteIsNotPostedAgain) {
  for (const LinkId id : {1u, 2u, 3u}) lab.open(id);
  lab.connect(1, 2, true);
  lab.connect(1, 3);
  lab.rest();
  lab.log.clear();
  lab.put(3, "from the peer", 1);
  lab.deliver();
  EXPECT_TRUE(lab.value(2, "from the peer"));
  lab.log.clear();
  lab.put(2, "from the tab", 1);
  lab.deliver();
  EXPECT_TRUE(lab.value(1, "from the tab"));
  EXPECT_EQ(lab.count(MessageType::kLive, 1), 0u);   // no bridge: not relayed to the peer
  lab.rest();
  EXPECT_TRUE(lab.value(3, "from the tab"));         // proof after rest brings it
}

TEST_F(Tabs, ABridgeRelaysToPeersAtOnceAndOnlyWhatWasNew) {
  for (const LinkId id : {1u, 2u, 3u}) lab.open(id);
  lab.connect(1, 2, true, true);
  lab.connect(1, 3);
  lab.rest();
  lab.log.clear();
  lab.put(2, "from the tab", 1);
  lab.deliver();
  EXPECT_TRUE(lab.value(3, "from the tab"));
  EXPECT_EQ(lab.count(MessageType::kLive, 1), 1u);
  lab.inject(2, 1, lab.log[0].bytes);                // again
  EXPECT_EQ(lab.count(MessageType::kLive, 1), 1u);
}

TEST_F(Tabs, TwoTabsThatHeldDifferentThingsUniteEvenWhenReplacing) {
  for (const LinkId id : {1u, 2u})
    lab.open(id, [](ReplicaOptions& options) { options.replace_full_state = true; });
  for (uint64_t i = 0; i < 20; ++i) lab.put(1, "n" + std::to_string(i), i);
  lab.pass(10);
  lab.put(2, "just opened", 1);                      // a greater watermark and nothing else
  lab.connect(1, 2, true);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab[1].graph().node_count(), 21u);
}

}  // namespace
}  // namespace weft::test
