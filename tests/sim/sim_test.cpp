// The simulator itself: it reaches what it should, says the same every time, and shrinks what fails.
#include <gtest/gtest.h>

#include <algorithm>

#include "shrink.h"
#include "world.h"

namespace weft::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kSeeds = 200;
#else
constexpr uint64_t kSeeds = 1500;
#endif

// Whatever a run can contain, some of these seeds contain.
TEST(Simulator, ExercisesEverything) {
  Tally tally;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) ASSERT_EQ(play(draw_scenario(seed), tally), "") << "seed " << seed;
  for (size_t act = 0; act < static_cast<size_t>(Act::kCount); ++act)
    EXPECT_GT(tally.steps[act_name(static_cast<Act>(act))], 0u) << act_name(static_cast<Act>(act));
  for (const char* type : {"sync", "live", "delta", "full", "part", "back", "done", "request", "ranges", "difference", "more"})
    EXPECT_GT(tally.messages[type], 0u) << type;
  for (const char* event :
       {"lose", "repeat", "reorder", "delay", "truncate", "flip", "damage found by the transport", "damaged message refused",
        "link dropped by a replica", "connection", "calm run", "event", "judged", "operation refused by a judge", "left apart by a judge",
        "verdict among others", "verdict that never came", "verdict too late", "crash that lost something", "torn journal",
        "replaced by a full state", "replaced by exactly what was sent", "compared with the oracle", "held in quarantine", "full state in place of a reconciliation",
        "connection of tabs", "connection of a bridging tab"})
    EXPECT_GT(tally.events[event], 0u) << event;
}

TEST(Simulator, PlaysASeedTheSameEveryTime) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<std::string> traces[2];
    for (std::vector<std::string>& trace : traces) {
      Tally tally;
      play(draw_scenario(seed), tally, [&](uint64_t now, const std::string& what) { trace.push_back(std::to_string(now) + " " + what); });
    }
    EXPECT_EQ(traces[0], traces[1]) << "seed " << seed;
  }
}

TEST(Simulator, ReadsTheLinesItWrites) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string line = to_line(draw_scenario(seed));
    const Result<Scenario> read = from_line(line);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(to_line(*read), line);
  }
  EXPECT_FALSE(from_line("peer=1 putt:0:1").ok());
  EXPECT_FALSE(from_line("").ok());
}

// Something that needs a remove after a link, whoever does it.
TEST(Simulator, ShrinksToWhatFails) {
  const auto fails = [](const Scenario& scenario) {
    const auto is = [](Act act) { return [act](const Step& step) { return step.act == act; }; };
    const auto link = std::find_if(scenario.steps.begin(), scenario.steps.end(), is(Act::kLink));
    return std::find_if(link, scenario.steps.end(), is(Act::kRemove)) != scenario.steps.end();
  };
  unsigned shrunk = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Scenario scenario = draw_scenario(seed);
    if (!fails(scenario)) continue;
    const Scenario small = shrink(scenario, fails);
    EXPECT_TRUE(fails(small));
    EXPECT_EQ(small.steps.size(), 2u);
    EXPECT_EQ(std::count_if(small.peers.begin(), small.peers.end(), [](const PeerSetting& peer) { return peer.present; }), 1);
    ++shrunk;
  }
  EXPECT_GT(shrunk, 3u);
}

}  // namespace
}  // namespace weft::sim
