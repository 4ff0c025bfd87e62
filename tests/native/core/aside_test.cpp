// Large full states: built aside in slices, while everything else goes on, and exchanged in one step.
#include <gtest/gtest.h>

#include <cstring>

#include "core/held.h"
#include "core/lab.h"
#include "store/journal.h"

namespace weft::test {
namespace {

constexpr uint64_t kNodes = 20;
constexpr size_t kSlice = 3;
constexpr size_t kParts = (kNodes + kSlice - 1) / kSlice;

class Aside : public ::testing::Test {
 protected:
  Aside() {
    for (const LinkId id : {1, 2, 3}) open(id);
  }
  void open(LinkId id, const std::function<void(ReplicaOptions&)>& adjust = {}) {
    lab.open(id, [&](ReplicaOptions& options) {
      options.part_operations = kSlice, options.oplog_size = 1;
      if (adjust) adjust(options);
    });
  }
  void fill(LinkId id, const std::string& name = "n", uint64_t nodes = kNodes) {
    for (uint64_t i = 0; i < nodes; ++i) lab.put(id, name + std::to_string(i), i);
  }
  bool is_applying(LinkId id) { return lab[id].sync_status_json().find("\"applying\":true") != Buffer::npos; }
  // Until a full state has come whole to `id`, and not one slice of it is applied.
  void bring_whole(LinkId id) {
    for (size_t turns = 0; !is_applying(id); ++turns) {
      ASSERT_LT(turns, 1000u);
      if (!lab.deliver_one()) lab.pass(0);
    }
  }
  size_t turns(LinkId id) {
    const Buffer status = lab[id].sync_status_json();
    return std::stoul(status.substr(status.find("\"turns\":") + 8));
  }
  // What a process that opens what is on disk holds.
  Fingerprint reopened(ByteView journal) {
    ReplicaOptions options;
    options.replica_id = 99;
    Replica copy(options);
    WEFT_CHECK(copy.load(journal).ok() && copy.load_end(lab.now()).ok());
    return copy.graph().fingerprint();
  }

  Lab lab;
};

TEST_F(Aside, WritesGoOnAndTheExchangeIsOneStep) {
  fill(1);
  lab.put(2, "own", 7);
  lab.connect(1, 2);
  bring_whole(2);
  const size_t before = turns(2);
  uint64_t written = 0;
  for (; is_applying(2); ++written) {
    ASSERT_LT(written, 100u);
    EXPECT_EQ(lab[2].graph().node_count(), 1 + written);
    EXPECT_FALSE(lab.value(2, "n0"));
    lab.put(2, "during" + std::to_string(written), written);
    lab.pass(0);
  }
  EXPECT_EQ(lab[2].graph().node_count(), 1 + written + kNodes);
  EXPECT_GE(turns(2) - before, kParts);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
  EXPECT_TRUE(lab.value(1, "own") && lab.value(1, "during0"));
  EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
}

TEST_F(Aside, WhatIsWrittenOverTheSameNodesMeanwhileStands) {
  fill(1);
  lab.pass(5);
  lab.put(2, "n1", 99);   // newer than theirs
  lab.pass(5);
  lab.put(1, "later", 1), lab.put(1, "latest", 1);
  lab.connect(1, 2);
  bring_whole(2);
  lab.pass(0), lab.pass(0);
  lab.pass(5);
  lab.put(2, "n2", 100);
  ASSERT_TRUE(lab[2].remove("n1", lab.now()).ok());
  ASSERT_TRUE(lab[2].clear(lab.now()).ok());
  lab.put(2, "after", 1);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab[1].graph().node_count(), 1u);
  EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
}

TEST_F(Aside, ALinkCutAfterAnySliceLeavesNothingOfIt) {
  fill(1);
  for (size_t slices = 0; slices < kParts; ++slices) {
    open(2);
    lab.journal[2].clear();
    lab.put(2, "own", slices);
    lab.pass(5);
    lab.put(1, "later", slices), lab.put(1, "latest", slices);
    lab.connect(1, 2);
    bring_whole(2);
    for (size_t i = 0; i < slices; ++i) lab.pass(0);
    ASSERT_TRUE(is_applying(2));
    lab.cut(1, 2);
    lab.rest();
    EXPECT_EQ(lab[2].graph().node_count(), 1u) << slices;
    EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
    lab.pass(10);
    lab.connect(1, 2);
    lab.rest();
    EXPECT_TRUE(lab.equal(1, 2)) << slices;
    lab.cut(1, 2);
  }
}

TEST_F(Aside, AJournalTornAnywhereHasAllOfItOrNothing) {
  fill(1);
  lab.put(2, "own", 7);
  const size_t before = lab.journal[2].size();
  const Fingerprint without = lab[2].graph().fingerprint();
  lab.connect(1, 2);
  bring_whole(2);
  while (is_applying(2)) lab.pass(0);
  const Buffer journal = lab.journal[2];
  const Fingerprint with = lab[2].graph().fingerprint();
  for (size_t size = before; size < journal.size(); ++size) EXPECT_EQ(reopened(journal.substr(0, size)), without) << size;
  EXPECT_EQ(reopened(journal), with);
}

TEST_F(Aside, ItsRecordIsPacked) {
  const auto long_values = [&](LinkId id) {
    for (uint64_t i = 0; i < 400; ++i)
      lab.put(id, "person-" + std::to_string(i), {{"a name of a field", text("a text that all share")}, {"another one of them", number(i)}});
  };
  for (const LinkId id : {1, 2}) open(id, [](ReplicaOptions& options) { options.part_operations = 100; });
  long_values(1);
  lab.connect(1, 2);
  lab.rest();
  ASSERT_TRUE(lab.equal(1, 2));
  EXPECT_LT(lab.journal[2].size() * 3, lab.journal[1].size());
  EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
}

TEST_F(Aside, WhatIsWrittenDuringAReplacementSurvivesIt) {
  open(2, [](ReplicaOptions& options) { options.replace_full_state = true; });
  lab.put(2, "old", 1);
  lab.pass(10);
  open(1, [](ReplicaOptions& options) { options.oplog_size = 1; });
  fill(1);
  lab.connect(1, 2);
  bring_whole(2);
  lab.pass(0);
  lab.pass(0);
  lab.put(2, "during", 2);
  lab.pass(0);
  EXPECT_TRUE(lab.value(2, "old"));
  while (is_applying(2)) lab.pass(0);
  EXPECT_FALSE(lab.value(2, "old"));
  EXPECT_TRUE(lab.value(2, "during"));
  EXPECT_EQ(lab.taken(2, EffectKind::kReset).size(), 1u);
  EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(2, 1), "proved");
}

TEST_F(Aside, OneThatIsReplacedMeanwhileBeginsAnew) {
  open(2, [](ReplicaOptions& options) { options.replace_full_state = true; });
  lab.put(2, "old", 1);
  fill(1);
  const auto full = [&](LinkId from, uint64_t part, bool last, const std::string& id) {
    Message message;
    message.type = part == 0 ? MessageType::kFull : MessageType::kPart;
    message.sync.replica = from, message.sync.watermark = Stamp::make(Lab::kStart + 500, 9, from);
    message.exchange = 1, message.part = part, message.last = last;
    message.in_place = from == 71;   // merges
    for (size_t i = 0; i < (from == 71 ? kSlice : 1); ++i)
      message.operations.push_back(Operation::create(Stamp::make(Lab::kStart + part, static_cast<uint16_t>(i), from), id + std::to_string(i), map_of({{"v", number(i)}}), Buffer("\x90", 1)));
    lab[2].receive(from, encode(message, 512), lab.now());
    lab.collect(2);
  };
  ASSERT_TRUE(lab[2].link_open(71, {}, lab.now()).ok() && lab[2].link_open(72, {}, lab.now()).ok());
  full(71, 0, false, "merged");
  full(71, 1, true, "more");
  lab.pass(0), lab.pass(0);
  ASSERT_TRUE(is_applying(2));
  full(72, 0, true, "replacing");
  EXPECT_FALSE(lab.value(2, "old"));
  while (is_applying(2)) lab.pass(0);
  EXPECT_FALSE(lab.value(2, "old"));
  EXPECT_TRUE(lab.value(2, "replacing0") && lab.value(2, "merged0") && lab.value(2, "more0"));
  EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
}

TEST_F(Aside, ListenersHearOfItInOneRound) {
  fill(1);
  lab.put(2, "gone", 1);
  lab.connect(1, 2);
  bring_whole(2);
  lab.pass(0);
  ASSERT_TRUE(lab[2].subscribe("{}").ok());   // while it is built
  lab.collect(2);
  EXPECT_EQ(told(lab.taken(2, EffectKind::kEvents)).size(), 1u);
  ASSERT_TRUE(lab[2].remove("gone", lab.now()).ok());
  lab.collect(2);
  EXPECT_EQ(told(lab.taken(2, EffectKind::kEvents)).size(), 1u);
  while (is_applying(2)) {
    EXPECT_TRUE(told(lab.taken(2, EffectKind::kEvents)).empty());
    lab.pass(0);
  }
  EXPECT_EQ(told(lab.taken(2, EffectKind::kEvents)).size(), kNodes);
}

TEST_F(Aside, TwoAtOnceComeOneAfterTheOther) {
  fill(1, "a");
  fill(3, "b");
  lab.connect(1, 2), lab.connect(3, 2);
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2) && lab.equal(2, 3));
  EXPECT_EQ(lab[2].graph().node_count(), 2 * kNodes);
  EXPECT_EQ(reopened(lab.journal[2]), lab[2].graph().fingerprint());
}

TEST_F(Aside, WhatFollowsOnItsLinkWaits) {
  fill(1);
  lab.connect(1, 2);
  bring_whole(2);
  lab.put(1, "n0", 77);
  lab.deliver();
  EXPECT_FALSE(lab.value(2, "n0"));
  while (is_applying(2)) lab.pass(0);
  lab.rest(3);
  EXPECT_EQ(lab.number_of(2, "n0"), 77u);
}

TEST_F(Aside, WhatWasReadBeforeIsNotTakenForWhatIsThereNow) {
  const auto handle = [&] {
    Buffer frame;
    WEFT_CHECK(*lab[2].get_held("own", 1, frame));
    uint32_t read = 0;
    std::memcpy(&read, frame.data() + 4, sizeof read);
    return read;
  };
  fill(1);
  lab.put(2, "own", 1);
  EXPECT_EQ(handle(), Held::kUnkept);   // read for the first time
  const uint32_t fresh = handle();
  EXPECT_EQ(fresh & 1, 0u);
  EXPECT_EQ(handle(), fresh | 1);
  lab.connect(1, 2);
  bring_whole(2);
  while (is_applying(2)) lab.pass(0);
  EXPECT_EQ(handle(), Held::kUnkept);
}

TEST_F(Aside, AClockThatRunsAheadIsHeldAndNotWritten) {
  lab.skew(1, static_cast<int64_t>(2 * limits::kDefaultMaxDriftMs));
  fill(1);
  lab.connect(1, 2);
  bring_whole(2);
  while (is_applying(2)) lab.pass(0);
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  EXPECT_NE(lab[2].status_json().find("\"quarantine\":{\"held\":" + std::to_string(kNodes)), Buffer::npos);
  EXPECT_TRUE(lab.journal[2].empty());
}

// ---- tabs

TEST_F(Aside, OtherTabsGetItPackedAndAtOnce) {
  lab.connect(2, 3, true);
  lab.rest();
  fill(1);
  lab.log.clear();
  lab.connect(1, 2);
  bring_whole(2);
  while (is_applying(2)) lab.pass(0);
  size_t longest = 0;
  for (const Sent& sent : lab.log)
    if (sent.to == 3) longest = std::max(longest, sent.bytes.size());
  EXPECT_EQ(lab.count(MessageType::kLive, 2), 0u);
  EXPECT_EQ(lab.count(MessageType::kFull, 2), 1u);
  bring_whole(3);
  EXPECT_EQ(lab[3].graph().live_count(), 0u);
  while (is_applying(3)) lab.pass(0);
  EXPECT_EQ(lab[3].graph().node_count(), kNodes);
  EXPECT_EQ(lab.count(MessageType::kBack, 3), 0u);   // nothing answers it
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2) && lab.equal(2, 3));
}

TEST_F(Aside, TheOwnerOfTheStoreKeepsWhatATabPostedAsSoonAsItIsThere) {
  lab[3].set_store_owner(true);
  lab.connect(2, 3, true);
  lab.rest();
  fill(1);
  lab.connect(1, 2);
  bring_whole(2);
  while (is_applying(2)) lab.pass(0);
  bring_whole(3);
  EXPECT_EQ(reopened(lab.journal[3]), lab[2].graph().fingerprint());
  const size_t kept = lab.journal[3].size();
  while (is_applying(3)) lab.pass(0);
  EXPECT_EQ(lab.journal[3].size(), kept);
}

TEST_F(Aside, OneForTabsIsRefusedFromAPeer) {
  ASSERT_TRUE(lab[2].link_open(77, {}, lab.now()).ok());
  Message message;
  message.type = MessageType::kFull;
  message.sync.replica = 77;
  message.exchange = kToAllTabs;
  lab[2].receive(77, encode(message, 512), lab.now());
  lab.collect(2);
  EXPECT_EQ(lab.taken(2, EffectKind::kDropLink).size(), 1u);
}

// ---- the fingerprint

TEST_F(Aside, AFirstFingerprintIsTakenInSlicesAndTheGreetingWaits) {
  fill(1, "a"), fill(2, "b");
  lab.connect(1, 2);
  EXPECT_TRUE(lab.log.empty());
  EXPECT_EQ(lab[1].graph().undigested(), kNodes);
  lab.pass(0);
  EXPECT_EQ(lab[1].graph().undigested(), kNodes - kSlice);
  EXPECT_TRUE(lab.log.empty());
  lab.rest();
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_EQ(lab.state(1, 2), "proved");
}

TEST_F(Aside, WhoAsksForTheStatusDoesNotTakeTheFingerprint) {
  fill(1);
  lab.connect(1, 2);
  for (const Buffer& status : {lab[1].status_json(), lab[1].sync_status_json()})
    EXPECT_NE(status.find("\"fingerprint\":null"), Buffer::npos);
  EXPECT_EQ(lab[1].graph().undigested(), kNodes);
  lab.taken(1, EffectKind::kSyncChange);
  while (lab[1].graph().undigested() > kSlice) lab.pass(0);
  EXPECT_EQ(lab[1].sync_status_json().find("\"fingerprint\":null"), Buffer::npos);
  EXPECT_FALSE(lab.taken(1, EffectKind::kSyncChange).empty());   // that it is there
}

}  // namespace
}  // namespace weft::test
