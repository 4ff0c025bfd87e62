// Files that come in a slice a turn.
#include <gtest/gtest.h>

#include "core/lab.h"

namespace weft::test {
namespace {

class Importing : public testing::Test {
 protected:
  Lab lab;
  static constexpr size_t kNodes = 10'000;

  Buffer file_of(LinkId id) {
    lab.open(id);
    for (size_t i = 0; i < kNodes; ++i) EXPECT_TRUE(lab[id].put("n" + std::to_string(i), text("of " + std::to_string(id)), lab.now()).ok());
    lab.collect(id);
    return lab[id].export_state();
  }
  // Its slices; -1: it was refused.
  int run(LinkId id, uint32_t number) {
    uint32_t before = 0;
    for (int slices = 1;; ++slices) {
      const Result<bool> more = lab[id].next_import(number, lab.now());
      if (!more) return -1;
      const uint32_t progress = lab[id].import_progress(number);
      EXPECT_GE(progress, before);
      before = progress;
      if (!*more) return slices;
    }
  }
};

TEST_F(Importing, InSlicesItGivesWhatOneStepGives) {
  const Buffer file = file_of(1);
  lab.open(2);
  lab.open(3);
  lab.put(2, "own", 1);
  ASSERT_TRUE(lab[3].import_state(lab[2].export_state(), lab.now()).ok());
  const uint32_t number = *lab[2].begin_import(file, lab.now());
  EXPECT_GT(run(2, number), 8);
  EXPECT_EQ(lab[2].import_progress(number), 1000u);
  EXPECT_FALSE(*lab[2].next_import(number, lab.now()));
  ASSERT_TRUE(lab[3].import_state(file, lab.now()).ok());
  EXPECT_TRUE(lab.equal(2, 3));
  lab.collect(2);
  Replica& opened = lab.open(4);
  ASSERT_TRUE(opened.load(lab.journal[2]).ok() && opened.load_end(lab.now()).ok());
  EXPECT_TRUE(lab.equal(2, 4));
}

TEST_F(Importing, NothingShowsBeforeAllDoesAndWritesGoOn) {
  const Buffer file = file_of(1);
  lab.open(2);
  const uint32_t number = *lab[2].begin_import(file, lab.now());
  uint64_t writes = 0;
  while (lab[2].import_progress(number) < 1000) {
    EXPECT_EQ(lab[2].graph().node_count(), writes);
    lab.put(2, "meanwhile " + std::to_string(writes++), 1);
    ASSERT_TRUE(lab[2].next_import(number, lab.now()).ok());
  }
  EXPECT_EQ(lab[2].graph().node_count(), kNodes + writes);
  lab.collect(2);
  Replica& opened = lab.open(3);
  ASSERT_TRUE(opened.load(lab.journal[2]).ok() && opened.load_end(lab.now()).ok());
  EXPECT_TRUE(lab.equal(2, 3));
}

TEST_F(Importing, AlsoWithoutBeingAskedForTheNextSliceAndPeersHearOfIt) {
  const Buffer file = file_of(1);
  lab.open(2);
  lab.open(3);
  lab.open(4);
  lab.connect(2, 3);
  lab.connect(2, 4, true);
  lab.rest();
  const uint32_t number = *lab[2].begin_import(file, lab.now());
  while (lab[2].import_progress(number) < 500) ASSERT_TRUE(lab[2].next_import(number, lab.now()).ok());
  lab.collect(2);
  lab.rest(1000);
  EXPECT_EQ(lab[2].import_progress(number), 1000u);
  EXPECT_EQ(lab[2].graph().node_count(), kNodes);
  EXPECT_TRUE(lab.equal(2, 3));
  EXPECT_TRUE(lab.equal(2, 4));
}

TEST_F(Importing, WhatIsDroppedOrBrokenChangesNothing) {
  const Buffer file = file_of(1);
  lab.open(2);
  lab.put(2, "own", 1);
  const Fingerprint before = lab[2].graph().fingerprint();
  const int slices = run(2, *lab[2].begin_import(file, lab.now()));
  lab.open(2);
  for (int stop = 0; stop < slices - 2; ++stop) {
    const uint32_t number = *lab[2].begin_import(file, lab.now());
    for (int i = 0; i < stop; ++i) ASSERT_TRUE(*lab[2].next_import(number, lab.now()));
    lab[2].drop_import(number);
    EXPECT_FALSE(*lab[2].next_import(number, lab.now()));
    ASSERT_EQ(lab[2].graph().node_count(), 0u) << stop;
  }
  for (size_t cut = 6; cut < file.size(); cut += file.size() / 50) {
    const uint32_t number = *lab[2].begin_import(file.substr(0, cut), lab.now());
    EXPECT_EQ(run(2, number), -1) << cut;
  }
  EXPECT_EQ(lab[2].begin_import("weft", lab.now()).error().code, Code::kMalformed);
  EXPECT_EQ(lab[2].begin_import("weft\x09", lab.now()).error().code, Code::kUnsupportedVersion);
  EXPECT_NE(lab[2].graph().fingerprint(), before);
  EXPECT_EQ(lab[2].graph().node_count(), 0u);
}

TEST_F(Importing, TwoAtOnceAndALargeFullStateWaitForEachOther) {
  const Buffer one = file_of(1), two = file_of(2);
  file_of(3);
  lab.open(4);
  lab.connect(3, 4);
  const uint32_t first = *lab[4].begin_import(one, lab.now()), second = *lab[4].begin_import(two, lab.now());
  while (lab[4].import_progress(first) < 1000 || lab[4].import_progress(second) < 1000) {
    for (const uint32_t number : {first, second}) ASSERT_TRUE(lab[4].next_import(number, lab.now()).ok());
    lab.collect(4);
    lab.deliver_one();
  }
  lab.rest(1000);
  EXPECT_TRUE(lab.equal(3, 4));
  EXPECT_EQ(lab[4].graph().live_count(), lab[3].graph().live_count());
  EXPECT_TRUE(lab.value(4, "n0"));
}

}  // namespace
}  // namespace weft::test
