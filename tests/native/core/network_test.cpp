// Random networks of real replicas. WEFT_RUNS and WEFT_SEED replay more, or one in particular.
#include "core/network.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weft::test {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

void play(const Setting& setting, uint64_t usual_runs) {
  const uint64_t runs = from_environment("WEFT_RUNS", usual_runs), first = from_environment("WEFT_SEED", 1);
  std::map<std::string, uint64_t> messages;
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    Network network(seed, setting);
    const Outcome outcome = network.run();
    for (const auto& [name, count] : outcome.messages) messages[name] += count;
    for (const std::string& wrong : outcome.wrong) ADD_FAILURE() << wrong << " (seed " << seed << ")";
    if (!outcome.wrong.empty()) return;
  }
  for (const auto& [name, count] : messages) testing::Test::RecordProperty(name, std::to_string(count));
  if (std::getenv("WEFT_SHOW"))
    for (const auto& [name, count] : messages) std::printf("  %s %.2f", name.c_str(), double(count) / double(runs));
  if (std::getenv("WEFT_SHOW")) std::printf("\n");
}

Setting on(Topology topology) {
  Setting setting;
  setting.topology = topology;
  return setting;
}

TEST(RandomNetwork, Chain) { play(on(Topology::kChain), 400); }
TEST(RandomNetwork, Star) { play(on(Topology::kStar), 400); }
TEST(RandomNetwork, Mesh) { play(on(Topology::kMesh), 400); }

TEST(RandomNetwork, ChainWithASmallWindow) {
  Setting setting = on(Topology::kChain);
  setting.window = 2;
  play(setting, 300);
}

TEST(RandomNetwork, MeshWithALargeWindow) {
  Setting setting = on(Topology::kMesh);
  setting.window = 100;
  play(setting, 300);
}

TEST(RandomNetwork, MeshWithoutReconciliation) {
  Setting setting = on(Topology::kMesh);
  setting.ranges = false;
  setting.skew = true;
  play(setting, 300);
}

TEST(RandomNetwork, MeshWithSkewedClocks) {
  Setting setting = on(Topology::kMesh);
  setting.skew = true;
  play(setting, 300);
}

TEST(RandomNetwork, ChainWithSkewedClocks) {
  Setting setting = on(Topology::kChain);
  setting.skew = true;
  play(setting, 300);
}

TEST(RandomNetwork, MeshWithLateJudges) {
  Setting setting = on(Topology::kMesh);
  setting.judges = true;
  play(setting, 200);
}

TEST(RandomNetwork, MeshWithJudgesThatRefuse) {
  Setting setting = on(Topology::kMesh);
  setting.refusals = true;
  play(setting, 200);
}

TEST(RandomNetwork, MeshThatReplaces) {
  Setting setting = on(Topology::kMesh);
  setting.replace = true;
  setting.skew = true;
  play(setting, 300);
}

TEST(RandomNetwork, ChainThatReplaces) {
  Setting setting = on(Topology::kChain);
  setting.replace = true;
  setting.skew = true;
  play(setting, 300);
}

TEST(RandomNetwork, MeshOfPeersThatCrash) {
  Setting setting = on(Topology::kMesh);
  setting.restarts = true;
  play(setting, 300);
}

TEST(RandomNetwork, EverythingAtOnce) {
  Setting setting = on(Topology::kMesh);
  setting.skew = setting.judges = setting.restarts = true;
  setting.steps = 200;
  play(setting, 100);
}

}  // namespace
}  // namespace weft::test
