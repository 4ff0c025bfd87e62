// How much equal peers say to each other: after one write in a minute, and in a minute without any.
#include <gtest/gtest.h>

#include "world.h"

namespace weft::sim {
namespace {

constexpr uint64_t kMinute = 60'000;

Scenario network(uint32_t peers, const std::function<bool(uint32_t a, uint32_t b)>& linked) {
  Scenario scenario;
  scenario.prove_after_ms = 1000;
  scenario.max_drift_ms = 7'200'000;
  for (uint32_t a = 1; a <= peers; ++a) {
    PeerSetting peer;
    peer.window = 1000;
    scenario.peers.push_back(peer);
    for (uint32_t b = a + 1; b <= peers; ++b)
      if (linked(a, b)) scenario.edges.push_back({a, b, false, false});
  }
  return scenario;
}

struct Said {
  uint64_t after_a_write = 0, in_silence = 0;
};

Said listen(const Scenario& scenario) {
  Tally tally;
  World world(scenario, tally);
  world.act({Act::kBatch, 0, 1, 1, 20, 1, false});
  world.heal();
  EXPECT_TRUE(world.settle());
  EXPECT_TRUE(world.all_equal());
  Said said;
  uint64_t before = world.messages();
  world.act({Act::kPut, 0, 1, 1, 0, 7, false});
  world.advance(kMinute);
  said.after_a_write = world.messages() - before;
  EXPECT_TRUE(world.all_equal());
  before = world.messages();
  world.advance(kMinute);
  said.in_silence = world.messages() - before;
  EXPECT_EQ(world.wrong(), "");
  return said;
}

void expect(const char* name, const Scenario& scenario, uint64_t most) {
  const Said said = listen(scenario);
  std::printf("%s: %llu messages in the minute after a write, %llu in the next\n", name,
              static_cast<unsigned long long>(said.after_a_write), static_cast<unsigned long long>(said.in_silence));
  EXPECT_LE(said.after_a_write, most) << name;
  EXPECT_EQ(said.in_silence, 0u) << name;
}

// The write itself goes out on each of its writer's links; then every link is proved once.
TEST(QuietMinute, Mesh) {
  for (const uint32_t peers : {2u, 4u, 8u})
    expect(("mesh of " + std::to_string(peers)).c_str(), network(peers, [](uint32_t, uint32_t) { return true; }), peers - 1 + 2 * peers * (peers - 1) / 2);
}

TEST(QuietMinute, Star) {
  for (const uint32_t peers : {4u, 8u})
    expect(("star of " + std::to_string(peers) + ", written in the middle").c_str(), network(peers, [](uint32_t a, uint32_t) { return a == 1; }), 3 * (peers - 1));
}

// Nobody relays in a chain: each rest carries the write one link further.
TEST(QuietMinute, Chain) {
  for (const uint32_t peers : {3u, 5u, 8u})
    expect(("chain of " + std::to_string(peers) + ", written at its end").c_str(), network(peers, [](uint32_t a, uint32_t b) { return b == a + 1; }), 8 * (peers - 1));
}

}  // namespace
}  // namespace weft::sim
