// A replica and its journal: what a restart finds.
#include <gtest/gtest.h>

#include <random>

#include "core/lab.h"
#include "store/journal.h"

namespace weft::test {
namespace {

class Store : public testing::Test {
 protected:
  Lab lab;
  Replica& reopen(LinkId id, ByteView journal) {
    Replica& opened = lab.open(id);
    const bool loaded = opened.load(journal).ok() && opened.load_end(lab.now()).ok();
    EXPECT_TRUE(loaded);
    return opened;
  }
  void write_some(LinkId id, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      lab.put(id, "n" + std::to_string(i % 7), i);
      lab.pass(3);
    }
    ASSERT_TRUE(*lab[id].remove("n0", lab.now()));
    lab.collect(id);
  }
  static std::string part(const Buffer& status, const std::string& from, const std::string& to) {
    const size_t at = status.find(from);
    return status.substr(at, status.find(to, at) - at);
  }
};

TEST_F(Store, ARestartFindsGraphOplogAndWatermark) {
  lab.open(1, [](ReplicaOptions& options) { options.oplog_size = 5; });
  write_some(1, 20);
  const Buffer status = lab[1].status_json();
  for (const Buffer& journal : {lab.journal[1], lab[1].snapshot()}) {
    Replica& opened = lab.open(2, [](ReplicaOptions& options) { options.oplog_size = 5; });
    ASSERT_TRUE(opened.load(journal).ok() && opened.load_end(lab.now()).ok());
    EXPECT_EQ(part(opened.status_json(), "\"nodes\"", "\"oplog\""), part(status, "\"nodes\"", "\"oplog\""));
    EXPECT_EQ(part(opened.status_json(), "\"floor\"", "\"quarantine\""), part(status, "\"floor\"", "\"quarantine\""));
  }
}

TEST_F(Store, TheClockStartsAboveWhatWasPersisted) {
  lab.open(1);
  lab.skew(1, 3600'000);
  lab.put(1, "a", 1);
  const uint64_t last = lab[1].graph().live_in_stamp_order().back()->stamp().clock;
  reopen(1, lab[1].snapshot());
  lab.skew(1, 0);                              // the wall clock stepped back an hour
  lab.put(1, "a", 2);
  EXPECT_GT(lab[1].graph().live_in_stamp_order().back()->stamp().clock, last);
}

TEST_F(Store, WhatTheOwnStoreHoldsIsNeverQuarantined) {
  lab.open(1);
  lab.skew(1, 24 * 3600'000);
  lab.put(1, "a", 1);
  reopen(1, lab.journal[1]);
  lab.skew(1, 0);
  EXPECT_TRUE(lab.value(1, "a"));
}

TEST_F(Store, AfterARestartItIsServedByDeltaAndServesIt) {
  lab.open(1);
  lab.open(2);
  lab.connect(1, 2);
  write_some(1, 20);
  lab.rest();
  lab.cut(1, 2);
  lab.put(1, "more", 1);
  reopen(2, lab.journal[2]);
  lab.log.clear();
  lab.connect(1, 2);
  lab.rest();
  EXPECT_EQ(lab.count(MessageType::kDelta), 1u);
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
  lab.cut(1, 2);
  lab.put(2, "yet more", 1);
  reopen(2, lab[2].snapshot());
  lab.log.clear();
  lab.connect(1, 2);
  lab.rest();
  EXPECT_EQ(lab.count(MessageType::kDelta, 2), 1u);
  EXPECT_EQ(lab.count(MessageType::kFull), 0u);
  EXPECT_TRUE(lab.equal(1, 2));
}

// The append was made before the snapshot and reaches the disk after it, or the other way round.
TEST_F(Store, ACrashBetweenSnapshotAndAppendLosesNothing) {
  lab.open(1);
  write_some(1, 10);
  const Buffer before = lab.journal[1];
  lab.put(1, "late", 1);
  const Buffer append = lab.journal[1].substr(before.size());
  const Buffer snapshot = lab[1].snapshot();
  const Fingerprint whole = lab[1].graph().fingerprint();
  EXPECT_EQ(reopen(2, snapshot + append).graph().fingerprint(), whole);       // overtaken: applied again
  EXPECT_EQ(reopen(3, snapshot).graph().fingerprint(), whole);                // the append never came
  EXPECT_EQ(reopen(4, before + append).graph().fingerprint(), whole);         // the snapshot never came
  EXPECT_EQ(reopen(5, before + append + snapshot).graph().fingerprint(), whole);
}

Buffer all_slices(Replica& replica, uint32_t number) {
  Buffer whole;
  for (bool more = true; more;) more = *replica.next_slice(number, whole);
  return whole;
}

TEST_F(Store, SlicesTogetherAreWhatOneStepGives) {
  lab.open(1);
  for (uint64_t i = 0; i < 10'000; ++i) ASSERT_TRUE(lab[1].put("n" + std::to_string(i * 7919 % 9000), text(std::string(150, 'x') + std::to_string(i)), lab.now()).ok());
  ASSERT_TRUE(*lab[1].remove("n3", lab.now()));
  const Buffer snapshot = lab[1].snapshot(), file = lab[1].export_state();
  EXPECT_EQ(all_slices(lab[1], lab[1].begin_snapshot()), snapshot);
  EXPECT_EQ(all_slices(lab[1], lab[1].begin_export()), file);
  Buffer one;
  const uint32_t number = lab[1].begin_snapshot();
  EXPECT_EQ(lab[1].slices_left(number), 9000u);
  while (one.empty()) ASSERT_TRUE(*lab[1].next_slice(number, one));
  EXPECT_LT(one.size(), snapshot.size());
  lab[1].drop_slices(number);
  EXPECT_EQ(lab[1].next_slice(number, one).error().code, Code::kInvalidArgument);
  EXPECT_EQ(lab[1].slices_left(number), 0u);
}

// The rule of docs/storage.md: the snapshot is of the state at its beginning, and what is persisted from then on stands
// behind it, whatever happens between its slices. Then it says what the old journal says.
TEST_F(Store, WhatIsWrittenBetweenTheSlicesOfASnapshotStandsBehindIt) {
  size_t in_pieces = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const size_t window = 1 + random() % 30;
    size_t links = 0;
    const auto small = [&](ReplicaOptions& options) { options.oplog_size = window; };
    lab.open(1, small);
    lab.kept[1].clear();
    lab.journal[1].clear();
    const auto write = [&](uint64_t count) {
      for (; count > 0; --count) {
        const std::string id = "n" + std::to_string(random() % 3000);
        const uint64_t what = random() % 40;
        if (what == 0) EXPECT_TRUE(lab[1].remove(id, lab.now()).ok());
        else if (what == 1) links += lab[1].link(id, "", "n" + std::to_string(random() % 3000), {}, lab.now()).ok();
        else if (what == 2 && random() % 100 == 0) EXPECT_TRUE(lab[1].clear(lab.now()).ok());
        else EXPECT_TRUE(lab[1].put(id, text(std::string(random() % 1500, 'x') + std::to_string(random())), lab.now()).ok());
        if (random() % 8 == 0) lab.pass(1);
      }
      lab.collect(1);
    };
    write(6000);
    const size_t before = lab.journal[1].size();
    const Buffer at_once = lab[1].snapshot();
    const uint32_t number = lab[1].begin_snapshot();
    Buffer made;
    size_t slices = 0;
    for (bool more = true; more; ++slices) {
      more = *lab[1].next_slice(number, made);
      write(random() % 50);
    }
    in_pieces += slices > 3;
    EXPECT_GT(links, 0u);
    EXPECT_EQ(made, at_once) << seed;
    made += lab.journal[1].substr(before);
    const Buffer was = lab.journal[1];
    for (const Buffer& journal : {made, was}) {
      Replica& opened = lab.open(2, small);
      ASSERT_TRUE(opened.load(journal).ok() && opened.load_end(lab.now()).ok());
      EXPECT_EQ(part(opened.status_json(), "\"nodes\"", "\"oplog\""), part(lab[1].status_json(), "\"nodes\"", "\"oplog\"")) << seed;
      EXPECT_EQ(opened.export_state(), lab[1].export_state()) << seed;
    }
  }
  EXPECT_GT(in_pieces, 10u);
}

// The owner keeps what another tab wrote before its judge has spoken: a snapshot made meanwhile must not lose it.
TEST_F(Store, WhatWaitsForAVerdictOutlivesASnapshot) {
  lab.open(1);
  lab.open(2);
  lab[1].set_store_owner(true);
  lab.connect(1, 2, true);
  lab.rest();
  lab[1].set_judge(true);
  lab.put(2, "waits", 1);
  lab.deliver();
  ASSERT_FALSE(lab.value(1, "waits"));
  const size_t before = lab.journal[1].size();
  Buffer made = all_slices(lab[1], lab[1].begin_snapshot());
  lab.collect(1);
  made += lab.journal[1].substr(before);
  EXPECT_FALSE(lab.value(1, "waits"));
  reopen(3, made);
  EXPECT_TRUE(lab.value(3, "waits"));
}

TEST_F(Store, TornAtEveryByteItOpensWithAPrefixAndSaysSo) {
  lab.open(1);
  Buffer header;
  append_header(header);
  const Fingerprint empty = lab[1].graph().fingerprint();
  std::vector<std::pair<size_t, Fingerprint>> states{{0, empty}, {header.size(), empty}};
  for (uint64_t i = 0; i < 5; ++i) {
    lab.put(1, "n" + std::to_string(i % 2), i);
    states.push_back({lab.journal[1].size(), lab[1].graph().fingerprint()});
  }
  for (size_t length = 0; length <= lab.journal[1].size(); ++length) {
    Replica& opened = reopen(2, ByteView(lab.journal[1]).substr(0, length));
    lab.kept[2].clear();
    lab.collect(2);
    size_t last = 0;
    while (last + 1 < states.size() && states[last + 1].first <= length) ++last;
    ASSERT_EQ(opened.graph().fingerprint(), states[last].second) << length;
    const bool clean = length == states[last].first || lab.taken(2, EffectKind::kNotice).size() == 1;
    EXPECT_TRUE(clean) << length;
  }
}

TEST_F(Store, AfterATornEndTheJournalIsWrittenAnew) {
  lab.open(1);
  lab.put(1, "a", 1);
  lab.put(1, "b", 1);
  reopen(2, ByteView(lab.journal[1]).substr(0, lab.journal[1].size() - 3));
  lab.collect(2);
  EXPECT_EQ(lab.taken(2, EffectKind::kReset).size(), 1u);
}

TEST_F(Store, ACorruptStoreChangesNothing) {
  lab.open(1);
  write_some(1, 10);
  Buffer damaged = lab.journal[1];
  damaged[damaged.size() / 2] ^= 1;
  Replica& opened = lab.open(2);
  Status read = opened.load(damaged);
  if (read) read = opened.load_end(lab.now());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Code::kCorruptStore);
  EXPECT_EQ(opened.graph().live_count(), 0u);
  EXPECT_NE(opened.status_json().find("\"watermark\":null"), Buffer::npos);
}

TEST_F(Store, NothingIsPersistedTwiceOrWhenItWasKnown) {
  lab.open(1);
  lab.open(2);
  lab.connect(1, 2);
  lab.put(1, "a", 1);
  lab.rest();
  const size_t written = lab.journal[2].size();
  const Buffer message = [&] {
    for (const Sent& sent : lab.log)
      if (sent.type() == MessageType::kLive) return sent.bytes;
    return Buffer();
  }();
  ASSERT_FALSE(message.empty());
  lab.inject(1, 2, message);
  EXPECT_EQ(lab.journal[2].size(), written);
}

TEST_F(Store, TheOwnerKeepsWhatTabsWroteAlsoWhenItsJudgeDropsIt) {
  lab.open(1);
  lab.open(2);
  lab.connect(1, 2, true);
  lab.rest();
  lab[1].set_store_owner(true);
  lab[1].set_judge(true);
  lab.put(2, "a", 1);
  lab.deliver();
  const std::vector<Effect> asked = lab.taken(1, EffectKind::kJudge);
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_TRUE(lab[1].verdict(asked[0].target, Buffer(1, '\0'), lab.now()).ok());
  lab.collect(1);
  EXPECT_FALSE(lab.value(1, "a"));
  reopen(3, lab.journal[1]);
  EXPECT_TRUE(lab.value(3, "a"));
}

}  // namespace
}  // namespace weft::test
