// Commands, batches, export, import, restore and events of one replica.
#include <gtest/gtest.h>

#include "base/deflate.h"
#include "core/lab.h"

namespace weft::test {
namespace {

class Commands : public testing::Test {
 protected:
  Lab lab;
  Replica* replica = nullptr;
  void SetUp() override { replica = &lab.open(1); }

 public:
  Buffer batch_;
  uint32_t entries_ = 0;
  Commands& put(ByteView id, const Buffer& value) {
    pack_array(batch_, 3);
    pack_uint(batch_, 1);
    pack_str(batch_, id);
    batch_ += value;
    return ++entries_, *this;
  }
  Commands& remove(ByteView id) {
    pack_array(batch_, 2);
    pack_uint(batch_, 4);
    pack_str(batch_, id);
    return ++entries_, *this;
  }
  Commands& clear() {
    pack_array(batch_, 1);
    pack_uint(batch_, 5);
    return ++entries_, *this;
  }
  Commands& link(ByteView source, ByteView target) {
    pack_array(batch_, 5);
    pack_uint(batch_, 6);
    for (const ByteView each : {source, ByteView("knows"), target}) pack_str(batch_, each);
    pack_nil(batch_);
    return ++entries_, *this;
  }
  Status run_batch() {
    Buffer whole;
    pack_array(whole, entries_);
    whole += batch_;
    batch_.clear();
    entries_ = 0;
    return replica->batch(whole, lab.now());
  }
};

TEST_F(Commands, ABatchIsOneMessageOneRecordOneRoundOfEvents) {
  lab.open(2);
  lab.connect(1, 2);
  lab.put(1, "before", 1);
  lab.rest();
  lab.log.clear();
  lab.journal[1].clear();
  ASSERT_TRUE(replica->subscribe("{\"query\":{\"id\":{\"$ne\":\"before\"}}}").ok());
  ASSERT_TRUE(put("a", number(1)).put("b", number(2)).link("a", "b").put("a", number(3)).run_batch().ok());
  lab.collect(1);
  ASSERT_EQ(lab.log.size(), 1u);
  EXPECT_EQ(lab.log[0].type(), MessageType::kLive);
  EXPECT_EQ(decode(lab.log[0].bytes)->operations.size(), 4u);
  const size_t record = 8 + static_cast<uint8_t>(lab.journal[1][0]) + (size_t{static_cast<uint8_t>(lab.journal[1][1])} << 8);
  EXPECT_EQ(lab.journal[1].size(), record);
  EXPECT_EQ(told(lab.taken(1, EffectKind::kEvents)).size(), 2u);  // one a node
  lab.deliver();
  EXPECT_TRUE(lab.equal(1, 2));
}

TEST_F(Commands, ABatchThatFailsAnywhereWritesNothing) {
  lab.put(1, "here", 1);
  const Fingerprint before = replica->graph().fingerprint();
  const auto fails = [&](Code code, const std::string& path) {
    const Status failed = run_batch();
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, code);
    EXPECT_EQ(failed.error().path, path);
    EXPECT_EQ(replica->graph().fingerprint(), before);
  };
  put("a", number(1)).link("a", "nowhere");
  fails(Code::kNodeNotFound, "batch[1].target");
  put("a", number(1)).remove("here").link("a", "here");
  fails(Code::kNodeNotFound, "batch[2].target");
  put("a", number(1)).clear().link("here", "a");
  fails(Code::kNodeNotFound, "batch[2].source");
  put("a", number(1)).put("", number(1));
  fails(Code::kInvalidId, "batch[1].id");
  put("a", number(1)).put("b", Buffer("\xc1"));
  EXPECT_FALSE(run_batch().ok());
  put("a", number(1)).put("b", Buffer("\xd9\xff", 2));
  EXPECT_FALSE(run_batch().ok());
  EXPECT_EQ(replica->graph().fingerprint(), before);
  EXPECT_FALSE(replica->batch("nonsense", lab.now()).ok());
}

TEST_F(Commands, LinksInABatchSeeWhatTheBatchMakes) {
  ASSERT_TRUE(put("a", number(1)).put("b", number(1)).link("a", "b").remove("b").put("b", number(2)).link("a", "b").run_batch().ok());
  EXPECT_EQ(replica->graph().counts().links, 1u);
}

TEST_F(Commands, BadArgumentsAreRefusedByCodeAndChangeNothing) {
  const Fingerprint before = replica->graph().fingerprint();
  const auto code = [](const auto& result) { return result.error().code; };
  EXPECT_EQ(code(replica->put("", number(1), lab.now())), Code::kInvalidId);
  EXPECT_EQ(code(replica->put(std::string(1025, 'a'), number(1), lab.now())), Code::kInvalidId);
  EXPECT_EQ(code(replica->put("\xff", number(1), lab.now())), Code::kInvalidId);
  EXPECT_FALSE(replica->put("a", "", lab.now()).ok());
  EXPECT_FALSE(replica->put("a", Buffer("\x92\x01", 2), lab.now()).ok());
  EXPECT_FALSE(replica->put("a", number(1) + number(2), lab.now()).ok());
  EXPECT_EQ(code(replica->put("a", Buffer(200, '\x91') + number(1), lab.now())), Code::kTooDeep);
  EXPECT_EQ(code(replica->remove("", lab.now())), Code::kInvalidId);
  EXPECT_EQ(code(replica->link("a", "", "b", {}, lab.now())), Code::kNodeNotFound);
  EXPECT_EQ(code(replica->link("a", std::string(257, 'x'), "b", {}, lab.now())), Code::kInvalidArgument);
  EXPECT_EQ(code(replica->link("a", "", "", {}, lab.now())), Code::kInvalidId);
  EXPECT_EQ(code(replica->unlink("", "", "a", lab.now())), Code::kInvalidId);
  EXPECT_EQ(code(replica->subscribe("{\"query\":{\"x\":{\"$foo\":1}}}")), Code::kUnknownOperator);
  Buffer out;
  EXPECT_FALSE(replica->map("not json", out).ok());
  EXPECT_EQ(replica->graph().fingerprint(), before);
}

TEST_F(Commands, APutThatChangesNothingAndARemoveOfNothingAreNoOperations) {
  lab.put(1, "a", 1);
  const size_t written = lab.journal[1].size();
  lab.pass(10);
  lab.put(1, "a", 1);
  EXPECT_FALSE(*replica->remove("b", lab.now()));
  EXPECT_FALSE(*replica->unlink("a", "", "b", lab.now()));
  lab.collect(1);
  EXPECT_EQ(lab.journal[1].size(), written);
}

TEST_F(Commands, NothingIsTakenWhenNothingHappened) {
  lab.put(1, "a", 1);
  lab.taken(1, EffectKind::kSyncChange);
  EXPECT_TRUE(replica->take_effects(true, lab.now()).empty());
  EXPECT_FALSE(replica->settle(lab.now()));
  EXPECT_EQ(replica->pending_bytes(), 0u);
}

TEST_F(Commands, WhatIsHeldBackGoesOutTogether) {
  ASSERT_TRUE(replica->put("a", number(1), lab.now()).ok());
  EXPECT_TRUE(replica->take_effects(false, lab.now()).empty());
  EXPECT_GT(replica->pending_bytes(), 0u);
  ASSERT_TRUE(replica->put("b", number(1), lab.now()).ok());
  const std::vector<Effect> effects = replica->take_effects(true, lab.now());
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(effects[0].kind, EffectKind::kPersist);
}

TEST_F(Commands, EqualGraphsExportEqualBytesAndImportUnites) {
  lab.open(2);
  lab.put(1, "a", 1);
  lab.pass(1);
  lab.put(2, "b", 2);
  ASSERT_TRUE(lab[1].import_state(lab[2].export_state(), lab.now()).ok());
  ASSERT_TRUE(lab[2].import_state(lab[1].export_state(), lab.now()).ok());
  EXPECT_EQ(lab[1].export_state(), lab[2].export_state());
  EXPECT_TRUE(lab.value(2, "a"));
}

TEST_F(Commands, ImportReachesPeersAtOnce) {
  lab.open(2);
  lab.open(3);
  lab.put(3, "a", 1);
  lab.connect(1, 2);
  lab.rest();
  ASSERT_EQ(*lab[1].import_state(lab[3].export_state(), lab.now()), 0u);
  lab.collect(1);
  lab.deliver();
  EXPECT_TRUE(lab.value(2, "a"));
}

TEST_F(Commands, AFileOfTheFirstVersionIsStillRead) {
  for (uint64_t i = 0; i < 10; ++i) lab.put(1, "n" + std::to_string(i), i);
  Buffer operations;
  pack_operations(operations, replica->graph().live_in_stamp_order());
  lab.open(2);
  ASSERT_TRUE(lab[2].import_state(Buffer("weft\1") + deflate(operations), lab.now()).ok());
  EXPECT_TRUE(lab.equal(1, 2));
  EXPECT_FALSE(lab[2].import_state(Buffer("weft\1") + deflate(operations + '\0'), lab.now()).ok());
}

TEST_F(Commands, ABadFileIsRefusedWhole) {
  lab.put(1, "a", 1);
  const Buffer file = replica->export_state();
  const Fingerprint before = replica->graph().fingerprint();
  lab.open(2);
  for (size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(lab[2].import_state(ByteView(file).substr(0, length), lab.now()).ok());
    EXPECT_FALSE(lab[2].restore(ByteView(file).substr(0, length), lab.now()).ok());
  }
  Buffer newer = file;
  newer[4] = 3;
  EXPECT_EQ(lab[2].import_state(newer, lab.now()).error().code, Code::kUnsupportedVersion);
  EXPECT_EQ(lab[2].graph().live_count(), 0u);
  EXPECT_EQ(replica->graph().fingerprint(), before);
}

TEST_F(Commands, RestoreBringsBackWhatWasRemovedSince) {
  lab.put(1, "a", 1);
  lab.put(1, "b", 2);
  ASSERT_TRUE(*replica->link("a", "knows", "b", number(5), lab.now()));
  const Buffer file = replica->export_state();
  lab.pass(10);
  ASSERT_TRUE(*replica->remove("a", lab.now()));
  lab.put(1, "b", 3);
  lab.put(1, "c", 4);
  lab.pass(10);
  ASSERT_TRUE(replica->import_state(file, lab.now()).ok());
  EXPECT_FALSE(lab.value(1, "a"));                       // an import does not
  const Result<uint64_t> written = replica->restore(file, lab.now());
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(*written, 3u);                               // a, b and the link
  EXPECT_EQ(lab.number_of(1, "a"), 1u);
  EXPECT_EQ(lab.number_of(1, "b"), 2u);
  EXPECT_EQ(lab.number_of(1, "c"), 4u);
  EXPECT_EQ(replica->graph().counts().links, 1u);
  EXPECT_EQ(*replica->restore(file, lab.now()), 0u);     // nothing left to change
}

TEST_F(Commands, AFullStateIsOneRoundOfEvents) {
  lab.open(2);
  for (uint64_t i = 0; i < 10; ++i) lab.put(2, "n" + std::to_string(i), i);
  ASSERT_TRUE(replica->subscribe("{}").ok());
  lab.connect(1, 2);
  unsigned rounds = 0;
  while (lab.deliver_one()) rounds += !told(lab.taken(1, EffectKind::kEvents)).empty();
  EXPECT_EQ(rounds, 1u);
}

}  // namespace
}  // namespace weft::test
