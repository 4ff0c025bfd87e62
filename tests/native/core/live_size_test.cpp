// What a live change costs on a data channel: the message and the one byte that frames it (js/rtc/frames.js).
#include <gtest/gtest.h>

#include <random>

#include "core/lab.h"

namespace weft::test {
namespace {

constexpr size_t kFrame = 1;

Buffer person(uint64_t i, uint64_t score) {
  return map_of({{"name", text("Person number " + std::to_string(i))}, {"email", text("person" + std::to_string(i) + "@example.org")},
                 {"age", number(20 + i % 60)}, {"active", number(i % 2)}, {"score", number(score)}, {"tags", text("red green")},
                 {"city", text("Lisbon")}, {"created", number(Lab::kStart + i)}});
}

// As long as what the library draws for a node without an id, and as hard to compress.
std::vector<Buffer> random_ids(size_t count) {
  std::mt19937_64 random(5);
  std::vector<Buffer> ids(count);
  for (Buffer& id : ids)
    while (id.size() < 32) id.push_back("0123456789abcdef"[random() % 16]);
  return ids;
}

class LiveSize : public testing::Test {
 protected:
  Lab lab;
  std::vector<Buffer> ids = random_ids(1'000);
  void SetUp() override {
    for (const LinkId id : {1u, 2u})
      lab.open(id, [](ReplicaOptions& options) { options.replica_id += 0x9d2c'5680'0000'0000; });
    write(ids.size(), 0);
    lab.connect(1, 2);
    lab.rest();
    lab.log.clear();
  }
  // In one microtask.
  void write(size_t count, uint64_t score) {
    for (size_t i = 0; i < count; ++i) {
      const Status put = lab[1].put(ids[i], person(i, score == 0 ? 0 : score + i * 7919 % 1000), lab.now());
      ASSERT_TRUE(put.ok());
    }
    lab.collect(1);
  }
};

TEST_F(LiveSize, OneFieldOfEightTakes110BytesAtMost) {
  lab.pass(1234);
  write(1, 500);
  ASSERT_EQ(lab.log.size(), 1u);
  EXPECT_LE(lab.log[0].bytes.size() + kFrame, 110u);
  lab.deliver();
  EXPECT_TRUE(lab.equal(1, 2));
}

TEST_F(LiveSize, InBulkAnOperationTakes40BytesAtMost) {
  lab.pass(1234);
  write(ids.size(), 500);
  ASSERT_EQ(lab.log.size(), 1u);
  EXPECT_EQ(decode(lab.log[0].bytes)->operations.size(), ids.size());
  EXPECT_LE((lab.log[0].bytes.size() + kFrame) / ids.size(), 40u);
  lab.deliver();
  EXPECT_TRUE(lab.equal(1, 2));
}

}  // namespace
}  // namespace weft::test
