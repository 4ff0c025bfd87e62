// The handshake between real replicas: which way it goes, what goes over the wire, when it is quiet.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/lab.h"

namespace weft::test {
namespace {

class Handshake : public testing::Test {
 protected:
  Lab lab;
  void start(unsigned shared, const std::function<void(ReplicaOptions&)>& adjust = {}) {
    lab.open(1, adjust);
    lab.open(2, adjust);
    for (uint64_t i = 0; i < shared; ++i) lab.put(1, "n" + std::to_string(i), i);
    lab.connect(1, 2);
    lab.rest();
    ASSERT_TRUE(lab.equal(1, 2));
    lab.log.clear();
  }
  void away(const std::function<void()>& meanwhile) {
    lab.cut(1, 2);
    lab.pass(1000);
    meanwhile();
    lab.log.clear();
    lab.connect(1, 2);
    lab.rest();
  }
  // Both as they are long after they were opened from disk: nobody has asked for their fingerprints yet.
  void reopen(uint64_t shared, size_t slice) {
    const auto adjust = [slice](ReplicaOptions& options) { options.part_operations = slice, options.oplog_size = 2000; };
    lab = Lab();
    lab.open(1, adjust);
    for (uint64_t i = 0; i < shared; ++i) lab.put(1, "n" + std::to_string(i), i);
    const Buffer journal = lab.journal[1];
    for (const LinkId id : {1, 2}) {
      lab.open(id, adjust);
      ASSERT_TRUE(lab[id].load(journal).ok() && lab[id].load_end(lab.now()).ok());
      lab.collect(id);
    }
    lab.pass(3'600'000);
  }
  size_t bytes() const {
    size_t bytes = 0;
    for (const Sent& sent : lab.log) bytes += sent.bytes.size();
    return bytes;
  }
  const Sent& only(MessageType type) {
    const auto found = std::find_if(lab.log.begin(), lab.log.end(), [&](const Sent& s) { return s.type() == type; });
    WEFT_CHECK(found != lab.log.end());
    return *found;
  }
};

TEST_F(Handshake, ANewPeerGetsTheFullStateAndBothAreProved) {
  lab.open(1);
  lab.open(2);
  for (uint64_t i = 0; i < 30; ++i) lab.put(2, "n" + std::to_string(i), i);
  lab.connect(1, 2);
  lab.deliver();
  EXPECT_EQ(lab.count(MessageType::kFull), 1u);
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
  EXPECT_NE(lab[1].sync_status_json().find("\"mode\":\"syncReceive\""), Buffer::npos);
}

TEST_F(Handshake, ThoseThatAreEqualSayTwoMessages) {
  start(10);
  away([] {});
  EXPECT_EQ(lab.log.size(), 2u);
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_NE(lab[1].sync_status_json().find("\"mode\":\"inSync\""), Buffer::npos);
}

// Whether the fingerprints are at hand or are taken in slices first, by one side, both, or the other.
TEST_F(Handshake, GreetingsThatWaitSayNoMore) {
  for (const size_t slice : {size_t{10'000}, size_t{7}})
    for (const unsigned digested : {0u, 1u, 2u, 3u}) {
      reopen(100, slice);
      for (const LinkId id : {1u, 2u})
        if ((digested & id) != 0) lab[id].graph().fingerprint();
      lab.connect(1, 2);
      lab.rest();
      EXPECT_EQ(lab.log.size(), 2u) << slice << " " << digested;
      EXPECT_LE(bytes(), 120u);
      EXPECT_EQ(lab.state(1, 2), "proved");
      EXPECT_EQ(lab.state(2, 1), "proved");
    }
}

TEST_F(Handshake, OneDeltaWhoeverGreetsFirst) {
  for (const LinkId writer : {1u, 2u})
    for (const size_t slice : {size_t{10'000}, size_t{300}})
      for (const unsigned digested : {0u, 1u, 2u, 3u}) {
        reopen(1000, slice);
        for (uint64_t i = 0; i < 250; ++i) lab.put(writer, "n" + std::to_string(i), 10'000 + i);
        for (const LinkId id : {1u, 2u})
          if ((digested & id) != 0) lab[id].graph().fingerprint();
        lab.connect(1, 2);
        lab.rest(1000);
        EXPECT_EQ(lab.log.size(), 4u) << writer << " " << slice << " " << digested;   // two greetings, the delta, that it is all
        EXPECT_EQ(lab.count(MessageType::kDelta, writer), 1u);
        EXPECT_LE(bytes(), only(MessageType::kDelta).bytes.size() + 3 * 60);
        EXPECT_TRUE(lab.equal(1, 2));
        EXPECT_EQ(lab.state(1, 2), "proved");
        EXPECT_EQ(lab.state(2, 1), "proved");
      }
}

// Ids as the host draws them, 64 random bits; a third replica wrote last, the window has been left, the count is large.
TEST_F(Handshake, ThoseThatAreEqualSay120BytesAtMost) {
  constexpr uint64_t kOne = 0xf1e2d3c4b5a69788, kOther = 0xe1d2c3b4a5968778, kThird = 0xfedcba9876543210;
  Message sync;
  sync.type = MessageType::kSync;
  sync.sync.watermark = sync.sync.floor = Stamp::make(Lab::kStart, 3, kThird);
  sync.sync.claim.count = 5'000'000;
  sync.sync.modes = kOffersDelta | kOffersFull | kOffersReconcile;
  size_t bytes = 0;
  for (const uint64_t id : {kOne, kOther}) {
    sync.sync.replica = id;
    bytes += encode(sync, 512).size();
  }
  EXPECT_LE(bytes, 120u);
}

TEST_F(Handshake, WhoWasAwayCatchesUpByDelta) {
  start(10);
  away([this] {
    for (uint64_t i = 0; i < 50; ++i) lab.put(1, "m" + std::to_string(i), i);
  });
  EXPECT_EQ(lab.count(MessageType::kDelta), 1u);  // also when 50 of 60 are missing: the window reaches back
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
  away([this] {
    for (uint64_t i = 0; i < 50; ++i) lab.put(1, "m" + std::to_string(i), i + 1000);
  });
  EXPECT_EQ(lab.count(MessageType::kDelta), 1u);
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
  EXPECT_EQ(decode(only(MessageType::kDelta).bytes)->operations.size(), 50u);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_NE(lab[2].sync_status_json().find("\"mode\":\"deltaSync\""), Buffer::npos);
}

TEST_F(Handshake, PastTheWindowAFullStateStandsInForReconciliationAndIsCounted) {
  start(40, [](ReplicaOptions& options) {
    options.oplog_size = 20;
    options.reconcile = false;
  });
  away([this] {
    for (uint64_t i = 0; i < 30; ++i) lab.put(1, "n" + std::to_string(i), i + 1000);
    lab.put(2, "mine", 5);
  });
  EXPECT_EQ(lab.count(MessageType::kDelta), 0u);
  ASSERT_EQ(lab.count(MessageType::kFull), 1u);
  EXPECT_TRUE(decode(only(MessageType::kFull).bytes)->in_place);
  EXPECT_EQ(only(MessageType::kFull).from, 2u);  // the greater id starts
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.number_of(1, "mine"), 5u);
  EXPECT_NE(lab[2].status_json().find("\"fullInPlaceOfReconcile\":1"), Buffer::npos);
}

TEST_F(Handshake, PastTheWindowReconciliationSendsExactlyWhatDiffersBothWays) {
  start(400, [](ReplicaOptions& options) { options.oplog_size = 20; });
  away([this] {
    for (uint64_t i = 0; i < 30; ++i) lab.put(1, "n" + std::to_string(i), i + 1000);
    lab.put(2, "mine", 5);
  });
  EXPECT_EQ(lab.count(MessageType::kDelta) + lab.count(MessageType::kFull), 0u);
  ASSERT_EQ(lab.count(MessageType::kDifference), 1u);
  const Sent& difference = only(MessageType::kDifference);
  EXPECT_EQ(difference.from, 2u);   // the greater id initiates
  EXPECT_EQ(decode(only(MessageType::kBack).bytes)->operations.size(), 30u);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.number_of(1, "mine"), 5u);
  EXPECT_EQ(lab.number_of(2, "n3"), 1003u);
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
  EXPECT_NE(lab[2].sync_status_json().find("\"mode\":\"reconcile\""), Buffer::npos);
  EXPECT_NE(lab[2].status_json().find("\"fullInPlaceOfReconcile\":0"), Buffer::npos);
}

TEST_F(Handshake, AReconciliationGoesOnWhileBothWrite) {
  start(400, [](ReplicaOptions& options) { options.oplog_size = 20; });
  lab.cut(1, 2);
  for (uint64_t i = 0; i < 60; ++i) lab.put(1, "n" + std::to_string(i * 5), i + 1000);
  for (uint64_t i = 0; i < 60; ++i) lab.put(2, "n" + std::to_string(i * 5 + 1), i + 2000);
  lab.connect(1, 2);
  for (uint64_t i = 0; i < 8; ++i) {
    lab.deliver_one();
    lab.put(1, "during", i);
    lab.put(2, "n" + std::to_string(i * 5 + 1), i + 3000);   // supersedes what is being compared
  }
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
}

TEST_F(Handshake, AnAnswerToAReconciliationGivenUpIsIgnored) {
  start(100, [](ReplicaOptions& options) { options.oplog_size = 2; });
  Message stale;
  stale.type = MessageType::kRanges;
  stale.exchange = 77;
  stale.ranges = "\x61";
  lab.inject(1, 2, encode(stale, 512));
  lab.rest();
  EXPECT_TRUE(lab.taken(2, EffectKind::kDropLink).empty());
  EXPECT_EQ(lab.count(MessageType::kDifference), 0u);
}

// Both hold the newest operation and each lacks an older one of the other's.
TEST_F(Handshake, ADeltaThatWouldCarryNothingIsNotSent) {
  start(100);
  lab.cut(1, 2);
  lab.put(1, "one", 1);
  lab.put(2, "two", 2);
  lab.pass(5);
  lab.open(3);
  lab.put(3, "newest", 3);
  const Operations newest = lab[3].graph().live_in_stamp_order();
  for (const LinkId id : {1u, 2u}) {
    Message live;
    live.type = MessageType::kLive;
    live.operations = newest;
    ASSERT_TRUE(lab[id].link_open(3, LinkOptions{}, lab.now()).ok());
    lab.inject(3, id, encode(live, 512));
    lab[id].link_close(3);
    lab.collect(id);
  }
  lab.log.clear();
  lab.connect(1, 2);
  lab.rest();
  EXPECT_EQ(lab.count(MessageType::kDelta) + lab.count(MessageType::kRequest) + lab.count(MessageType::kFull), 0u);
  EXPECT_EQ(lab.count(MessageType::kSync), 2u);
  EXPECT_EQ(lab.count(MessageType::kDifference, 2), 1u);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
}

// After a delta that did not suffice, whoever is to start a reconciliation knows that already.
TEST_F(Handshake, WhoStartsDoesNotWaitToBeAskedAfterADelta) {
  start(100);
  away([this] {
    lab.put(2, "two", 2);
    lab.pass(5);
    lab.put(1, "one", 1);   // 1 serves, and 2 is the greater id
  });
  EXPECT_EQ(lab.count(MessageType::kDelta, 1), 1u);
  EXPECT_EQ(lab.count(MessageType::kSync), 2u);
  EXPECT_EQ(lab.count(MessageType::kRequest), 0u);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
}

// The mistake: "your watermark is at or above mine, so you have everything".
TEST_F(Handshake, AWatermarkIsNotTakenForProof) {
  start(10);
  away([this] {
    lab.put(1, "one", 1);
    lab.pass(5);
    lab.put(2, "two", 2);       // 2's watermark is above everything of 1's, and it holds none of it
  });
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_TRUE(lab.value(2, "one"));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_LE(lab.count(MessageType::kDelta), 1u);   // and never a second delta
}

// The mistake: answering for an old window entry with what the node shows now.
TEST_F(Handshake, ADeltaSendsEachOperationUnderItsOwnStampExactlyAsHeld) {
  start(1);
  lab.put(1, "n0", {{"a", number(1)}, {"b", number(1)}});
  lab.rest();
  away([this] {
    lab.put(1, "n0", {{"a", number(2)}, {"b", number(1)}});
    lab.pass(1);
    lab.put(1, "n0", {{"a", number(2)}, {"b", number(2)}});
    lab.pass(1);
    lab.put(1, "n0", {{"a", number(3)}, {"b", number(2)}});   // supersedes the first
  });
  const Operations sent = decode(only(MessageType::kDelta).bytes)->operations;
  ASSERT_EQ(sent.size(), 2u);   // the superseded one is skipped, not replaced by a newer value
  for (const OperationRef& operation : sent) {
    const OperationRef held = lab[1].graph().live(operation->stamp());
    ASSERT_TRUE(held);
    EXPECT_EQ(operation->bytes(), held->bytes());
    EXPECT_EQ(ValueView(operation->fields()).size(), 1u);
  }
  EXPECT_TRUE(lab.equal(1, 2));
}

TEST_F(Handshake, ConcurrentEditsOfTwoFieldsAndLinksFromOneNodeAllSurvive) {
  start(3);
  lab.put(1, "n0", {{"a", number(1)}, {"b", number(1)}});
  lab.rest();
  away([this] {
    lab.put(1, "n0", {{"a", number(2)}, {"b", number(1)}});
    lab.put(2, "n0", {{"a", number(1)}, {"b", number(3)}});
    ASSERT_TRUE(*lab[1].link("n0", "", "n1", {}, lab.now()));
    ASSERT_TRUE(*lab[2].link("n0", "", "n2", {}, lab.now()));
    lab.collect(1);
    lab.collect(2);
  });
  for (const LinkId id : {1u, 2u}) {
    EXPECT_EQ(lab.number_of(id, "n0", "a"), 2u);
    EXPECT_EQ(lab.number_of(id, "n0", "b"), 3u);
    EXPECT_EQ(lab[id].graph().counts().links, 2u);
  }
}

TEST_F(Handshake, LostLiveMessagesAreRepairedByProofAfterRest) {
  start(10);
  lab.put(1, "lost", 1);
  lab.cut(1, 2);                 // under way, and gone
  lab.connect(1, 2);
  lab.rest();
  EXPECT_TRUE(lab.value(2, "lost"));
}

TEST_F(Handshake, AfterLiveWritesOneProofAndThenSilence) {
  start(10);
  for (uint64_t i = 0; i < 20; ++i) {
    lab.put(1, "live" + std::to_string(i), i);
    lab.deliver();
    lab.pass(10);
  }
  EXPECT_EQ(lab.count(MessageType::kSync), 0u);
  EXPECT_EQ(lab.state(1, 2), "stale");
  lab.rest();
  EXPECT_EQ(lab.count(MessageType::kSync), 2u);
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
}

TEST_F(Handshake, UnderSteadyChangeProofComesAllTheSame) {
  start(10);
  for (unsigned ms = 0; ms < 35'000; ms += 500) {
    lab.put(1, "busy", ms);
    lab.deliver();
    lab.pass(500);
    lab.deliver();
  }
  EXPECT_GE(lab.count(MessageType::kSync), 2u);
  EXPECT_LE(lab.count(MessageType::kSync), 4u);
}

TEST_F(Handshake, AChainWithoutRelayingIsEqualAfterItsRests) {
  constexpr LinkId kEnd = 5;
  for (LinkId id = 1; id <= kEnd; ++id) lab.open(id);
  for (LinkId id = 1; id < kEnd; ++id) lab.connect(id, id + 1);
  lab.rest();
  lab.put(1, "a", 1);
  lab.deliver();
  for (LinkId far = 3; far <= kEnd; ++far) {
    EXPECT_FALSE(lab.value(far, "a"));
    lab.pass(1001);
    lab.deliver();
    EXPECT_TRUE(lab.value(far, "a")) << far;
  }
}

TEST_F(Handshake, AWholeStateReplacesTheLowerOneOnce) {
  lab.open(1, [](ReplicaOptions& options) { options.replace_full_state = true; });
  lab.open(2, [](ReplicaOptions& options) {
    options.replace_full_state = true;
    options.oplog_size = 2;   // so that a delta does not do
  });
  for (uint64_t i = 0; i < 4; ++i) lab.put(1, "old" + std::to_string(i), i);
  lab.pass(1000);
  for (uint64_t i = 0; i < 20; ++i) lab.put(2, "n" + std::to_string(i), i);
  const uint64_t own = lab[1].graph().live_in_stamp_order().back()->stamp().clock;
  lab.connect(1, 2);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_FALSE(lab.value(1, "old0"));
  EXPECT_EQ(lab.taken(1, EffectKind::kReset).size(), 1u);
  lab.put(1, "new", 1);
  EXPECT_GT(lab[1].graph().live_in_stamp_order().back()->stamp().clock, own);   // the clock kept what it reached
  lab.open(3);                                                                  // and the journal says the same
  ASSERT_TRUE(lab[3].load(lab.journal[1]).ok() && lab[3].load_end(lab.now()).ok());
  EXPECT_EQ(lab[3].graph().fingerprint(), lab[1].graph().fingerprint());
}

TEST_F(Handshake, AFullStateThatDoesNotOutrankIsMergedAlsoWhenReplacing) {
  lab.open(1, [](ReplicaOptions& options) { options.replace_full_state = true; });
  lab.open(2, [](ReplicaOptions& options) { options.replace_full_state = true; });
  for (uint64_t i = 0; i < 20; ++i) lab.put(2, "n" + std::to_string(i), i);
  lab.connect(1, 2);
  lab.pass(50);
  lab.put(1, "meanwhile", 1);     // now 1 is the greater, and the full state is still under way
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_TRUE(lab.value(2, "meanwhile") && lab.value(1, "n0"));
}

TEST_F(Handshake, OwnIdFromElsewhereIsRefused) {
  start(1);
  Message sync;
  sync.type = MessageType::kSync;
  sync.sync.replica = 1;
  lab.inject(2, 1, encode(sync, 512));
  EXPECT_EQ(lab.taken(1, EffectKind::kDropLink).size(), 1u);
}

}  // namespace
}  // namespace weft::test
