// The ten lines of docs/protocol.md, "What must never happen", each against real replicas.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

class MustNeverHappen : public testing::Test {
 protected:
  Lab lab;
  void open_two() {
    lab.open(1);
    lab.open(2);
  }
  void join(LinkId a, LinkId b) {
    lab.connect(a, b);
    lab.rest();
  }
  // A live message that holds everything `id` has.
  Buffer everything(LinkId id) {
    Message message;
    message.type = MessageType::kLive;
    message.operations = lab[id].graph().live_in_stamp_order();
    return encode(message, 512);
  }
};

TEST_F(MustNeverHappen, Line1APeerAsksAgainForWhatItHasJustProcessed) {
  open_two();
  join(1, 2);
  lab.put(1, "a", 1);
  lab.rest();
  lab.cut(1, 2);
  for (uint64_t i = 0; i < 50; ++i) lab.put(1, "n" + std::to_string(i), i);
  join(1, 2);
  ASSERT_TRUE(lab.equal(1, 2));
  const size_t sent = lab.log.size();
  for (int i = 0; i < 20; ++i) {
    lab.pass(10'000);
    lab.rest();
  }
  EXPECT_EQ(lab.log.size(), sent);
}

// What a stale replica holds, arriving by every path there is.
TEST_F(MustNeverHappen, Line2StaleStateOverwritesNewer) {
  open_two();
  lab.put(1, "a", 1);
  const Buffer stale_file = lab[1].export_state(), stale_live = everything(1), stale_journal = lab[1].snapshot();
  join(1, 2);
  lab.put(2, "a", 2);
  lab.rest();
  const auto unchanged = [this](const char* path) {
    EXPECT_EQ(lab.number_of(2, "a"), 2u) << path;
    EXPECT_EQ(lab.number_of(1, "a"), 2u) << path;
  };
  lab.inject(1, 2, stale_live);
  unchanged("live");
  for (const bool in_place : {false, true}) {
    Result<Message> full = decode(stale_live);
    full->type = MessageType::kFull;
    full->sync.replica = 1;
    full->in_place = in_place;
    lab.inject(1, 2, encode(*full, 512));
    unchanged("full");
  }
  Result<Message> delta = decode(stale_live);
  delta->type = MessageType::kDelta;
  lab.inject(1, 2, encode(*delta, 512));
  unchanged("delta");
  ASSERT_TRUE(lab[2].import_state(stale_file, lab.now()).ok());
  unchanged("file");
  ASSERT_TRUE(lab[2].load(stale_journal).ok() && lab[2].load_end(lab.now()).ok());
  unchanged("disk");
  lab.open(3);
  ASSERT_TRUE(lab[3].load(stale_journal).ok() && lab[3].load_end(lab.now()).ok());
  lab.connect(2, 3, true);
  lab.rest();
  unchanged("tab");
  EXPECT_EQ(lab.number_of(3, "a"), 2u);
}

TEST_F(MustNeverHappen, Line3UnsyncedWritesDisappearInAFullState) {
  lab.open(1, [](ReplicaOptions& options) { options.oplog_size = 10; });
  lab.open(2);
  lab.put(2, "mine", 7);                                 // written while away
  lab.pass(1000);
  for (uint64_t i = 0; i < 100; ++i) lab.put(1, "n" + std::to_string(i), i);   // more than the window holds
  join(1, 2);
  ASSERT_GE(lab.count(MessageType::kFull), 1u);
  EXPECT_EQ(lab.number_of(2, "mine"), 7u);
  EXPECT_EQ(lab.number_of(1, "mine"), 7u);
  EXPECT_EQ(lab.count(MessageType::kFull), 1u);          // both ways in one exchange
  EXPECT_EQ(lab.state(1, 2), "proved");
}

TEST_F(MustNeverHappen, Line4ADeletedNodeComesBack) {
  open_two();
  lab.put(1, "a", 1);
  lab.put(1, "b", 1);
  lab.rest();
  const Buffer old_file = lab[1].export_state(), old_live = everything(1), old_journal = lab[1].snapshot();
  join(1, 2);
  lab.pass(10);
  ASSERT_TRUE(*lab[2].remove("a", lab.now()));
  lab.collect(2);
  lab.rest();
  EXPECT_FALSE(lab.value(1, "a"));
  const Buffer status = lab[2].status_json();
  for (int times = 0; times < 3; ++times) {
    lab.inject(1, 2, old_live);                          // an old peer
    ASSERT_TRUE(lab[2].import_state(old_file, lab.now()).ok());
    EXPECT_FALSE(lab.value(2, "a"));
  }
  const size_t oplog = status.find("\"oplog\"");
  EXPECT_EQ(lab[2].status_json().substr(oplog, 60), status.substr(oplog, 60));  // nothing of it was logged
  lab.open(3);                                           // an old tab
  ASSERT_TRUE(lab[3].load(old_journal).ok() && lab[3].load_end(lab.now()).ok());
  EXPECT_TRUE(lab.value(3, "a"));
  lab.connect(2, 3, true);
  lab.rest();
  EXPECT_FALSE(lab.value(3, "a"));
  EXPECT_FALSE(lab.value(2, "a"));
  lab.pass(10);
  lab.put(1, "a", 5);                                    // created again, it is new, and old patches stay gone
  lab.rest();
  lab.inject(1, 2, old_live);
  EXPECT_EQ(lab.number_of(2, "a"), 5u);
}

TEST_F(MustNeverHappen, Line5TwoThatBothWroteOfflineStayDifferent) {
  open_two();
  join(1, 2);
  for (uint64_t i = 0; i < 10; ++i) lab.put(1, "n" + std::to_string(i), i);
  lab.rest();
  lab.cut(1, 2);
  lab.pass(1000);
  lab.put(1, "from1", 1);
  lab.put(2, "from2", 2);
  join(1, 2);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_TRUE(lab.value(1, "from2") && lab.value(2, "from1"));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_EQ(lab.state(2, 1), "proved");
}

TEST_F(MustNeverHappen, Line6AFullStateCannotBeServedOnward) {
  open_two();
  for (uint64_t i = 0; i < 20; ++i) lab.put(1, "n" + std::to_string(i), i);
  join(1, 2);
  ASSERT_EQ(lab.count(MessageType::kFull, 1), 1u);
  lab.cut(1, 2);
  lab.open(3);
  lab.put(3, "n3", 77);                                  // holds something, and a recent watermark
  join(2, 3);
  EXPECT_TRUE(lab.equal(2, 3));
  EXPECT_TRUE(lab.equal(2, 3) && lab.value(3, "n19"));
  // One that had seen a part of it already is not told that nothing is missing.
  lab.open(4);
  ASSERT_TRUE(lab[4].load(lab[3].snapshot()).ok() && lab[4].load_end(lab.now()).ok());
  lab.pass(5000);
  lab.put(1, "n20", 20);
  join(1, 2);
  join(2, 4);
  EXPECT_TRUE(lab.equal(1, 4));
}

TEST_F(MustNeverHappen, Line7AfterClearSomethingFromBeforeReturns) {
  open_two();
  for (uint64_t i = 0; i < 10; ++i) lab.put(1, "n" + std::to_string(i), i);
  const Buffer old_live = everything(1);
  join(1, 2);
  lab.cut(1, 2);
  lab.pass(1000);
  ASSERT_TRUE(*lab[1].clear(lab.now()));
  lab.collect(1);
  EXPECT_EQ(lab[1].graph().node_count(), 0u);
  join(1, 2);
  EXPECT_EQ(lab[2].graph().node_count(), 0u);
  EXPECT_EQ(lab[1].graph().live_count(), 1u);            // the clear itself
  lab.inject(1, 2, old_live);
  EXPECT_EQ(lab[2].graph().node_count(), 0u);
  lab.open(3);                                           // and from disk
  ASSERT_TRUE(lab[3].load(lab.journal[1]).ok() && lab[3].load_end(lab.now()).ok());
  EXPECT_EQ(lab[3].graph().node_count(), 0u);
  const Stamp clear = lab[1].graph().live_in_stamp_order()[0]->stamp();
  EXPECT_NE(lab[3].status_json().find("\"watermark\":{\"physical\":" + std::to_string(clear.physical_ms())), Buffer::npos);
}

TEST_F(MustNeverHappen, Line8TwoPeersBreakATieDifferently) {
  open_two();
  lab.put(1, "a", 1);                                    // one millisecond, one logical time, two replicas
  lab.put(2, "a", 2);
  ASSERT_EQ(lab[1].graph().live_in_stamp_order()[0]->stamp().clock, lab[2].graph().live_in_stamp_order()[0]->stamp().clock);
  join(1, 2);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.number_of(1, "a"), 2u);
  EXPECT_EQ(lab.number_of(2, "a"), 2u);
}

// One stamp, two contents: an attack. Whatever comes first, the same one stands, and it is reported.
TEST_F(MustNeverHappen, Line8NorATieOfStamps) {
  open_two();
  Operations contents;
  for (const uint64_t value : {1, 2}) {
    Buffer none;
    pack_array(none, 0);
    contents.push_back(Operation::create(Stamp::make(Lab::kStart, 0, 99), "a", map_of({{"v", number(value)}}), none));
  }
  lab.open(8);
  lab.open(9);
  lab.connect(1, 8);
  lab.connect(2, 9);
  for (int i = 0; i < 2; ++i) {
    Message message;
    message.type = MessageType::kLive;
    message.operations = {contents[static_cast<size_t>(i)]};
    lab.inject(8, 1, encode(message, 512));
    message.operations = {contents[static_cast<size_t>(1 - i)]};
    lab.inject(9, 2, encode(message, 512));
  }
  EXPECT_EQ(lab.number_of(1, "a"), lab.number_of(2, "a"));
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_NE(lab[1].status_json().find("\"conflicts\":1"), Buffer::npos);
  bool told = false;
  for (const Effect& notice : lab.taken(1, EffectKind::kNotice))
    told |= notice.payload.find("STAMP_CONFLICT") != Buffer::npos;
  EXPECT_TRUE(told);
}

TEST_F(MustNeverHappen, Line9AFarFutureStampFreezesANodeOrSyncsForEver) {
  open_two();
  lab.skew(2, 24 * 3600 * 1000);
  join(1, 2);
  lab.put(1, "a", 1);
  lab.deliver();
  lab.put(2, "a", 2);                                    // stamped a day ahead
  lab.deliver();
  EXPECT_EQ(lab.number_of(1, "a"), 1u);
  EXPECT_NE(lab[1].status_json().find("\"clockAhead\":[\"0000000000000002\"]"), Buffer::npos);
  const Stamp before = lab[1].graph().live_in_stamp_order().back()->stamp();
  lab.put(1, "a", 3);                                    // not frozen, and the clock did not follow
  EXPECT_EQ(lab.number_of(1, "a"), 3u);
  EXPECT_LT(lab[1].graph().live_in_stamp_order().back()->stamp().physical_ms(), before.physical_ms() + 1000);
  lab.deliver();
  for (int i = 0; i < 10; ++i) {                         // they settle, unequal, and fall silent
    lab.pass(2000);
    lab.deliver();
  }
  EXPECT_EQ(lab.state(1, 2), "settled");
  const size_t sent = lab.log.size();
  for (int i = 0; i < 10; ++i) {
    lab.pass(2000);
    lab.deliver();
  }
  EXPECT_EQ(lab.log.size(), sent);
  lab.rest();                                            // the day passes
  EXPECT_EQ(lab.number_of(1, "a"), 2u);
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
}

TEST_F(MustNeverHappen, Line10AMessageLostRepeatedReorderedOrCutShortHalfChangesTheGraph) {
  open_two();
  join(1, 2);
  lab.open(3);
  std::vector<Buffer> live;
  for (uint64_t i = 0; i < 6; ++i) {
    lab.put(1, "n" + std::to_string(i % 3), i);
    lab.pass(1);
    live.push_back(lab.log.back().bytes);
    ASSERT_EQ(lab.log.back().type(), MessageType::kLive);
  }
  lab.deliver();
  const Fingerprint whole = lab[1].graph().fingerprint();
  for (size_t length = 0; length < live[2].size(); ++length) {   // cut short
    lab.open(3);
    lab.connect(1, 3);
    const Fingerprint before = lab[3].graph().fingerprint();
    lab.inject(1, 3, ByteView(live[2]).substr(0, length));
    EXPECT_EQ(lab[3].graph().fingerprint(), before);
    lab.cut(1, 3);
  }
  lab.open(3);
  lab.open(4);
  lab.connect(3, 4);
  for (size_t i = live.size(); i-- > 0;)                  // reordered, and each twice
    for (int times = 0; times < 2; ++times) lab.inject(4, 3, live[i]);
  EXPECT_EQ(lab[3].graph().fingerprint(), whole);
}

}  // namespace
}  // namespace weft::test
