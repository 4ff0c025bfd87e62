// sim: plays scenarios drawn from seeds, shrinks the first that fails, and tells what was exercised.
//
//   sim [--from S] [--seeds N] [--minutes M] [--stride K] [--show]     the seeds S, S + K, … , N of them
//   sim --seed S                                                     one, with its trace
//   sim --line "…"                                                   a line of regressions.txt, with its trace
//   sim --replay FILE                                                every line of it
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "shrink.h"
#include "world.h"

namespace weft::sim {
namespace {

constexpr int kFailed = 1;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

struct Words {
  uint64_t from = 1, seeds = 1000, stride = 1;
  double minutes = 0;
  bool show = false, quick = false;
  std::string line, replay;
  bool one = false;
};

bool read(int count, char** words, Words& out) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto next = [&]() -> const char* { return i + 1 < count ? words[++i] : ""; };
    if (word == "--from") out.from = std::strtoull(next(), nullptr, 10);
    else if (word == "--seeds") out.seeds = std::strtoull(next(), nullptr, 10);
    else if (word == "--stride") out.stride = std::strtoull(next(), nullptr, 10);
    else if (word == "--minutes") out.minutes = std::strtod(next(), nullptr);
    else if (word == "--show") out.show = true;
    else if (word == "--quick") out.quick = true;   // no shrinking
    else if (word == "--seed") out.one = true, out.from = std::strtoull(next(), nullptr, 10);
    else if (word == "--line") out.line = next();
    else if (word == "--replay") out.replay = next();
    else return false;
  }
  return true;
}

void print_counts(const char* title, const Tally::Counts& counts, uint64_t runs) {
  std::printf("%s, a run:\n", title);
  for (const auto& [name, count] : counts)
    std::printf("  %-36.*s %10.3f  (%llu)\n", static_cast<int>(name.size()), name.data(), double(count) / double(runs), static_cast<unsigned long long>(count));
}

void print(const Tally& tally) {
  print_counts("steps", tally.steps, tally.runs);
  print_counts("messages delivered", tally.messages, tally.runs);
  print_counts("events", tally.events, tally.runs);
  std::printf("%.1f operations made and %.0f s of simulated time a run\n", double(tally.operations) / double(tally.runs), double(tally.quiet_ms) / 1000 / double(tally.runs));
}

std::string show(const Scenario& scenario) {
  for (size_t i = 0; i < scenario.peers.size(); ++i)
    if (scenario.peers[i].present) std::printf("%s\n", describe(scenario.peers[i], static_cast<uint32_t>(i + 1)).c_str());
  for (const EdgeSetting& edge : scenario.edges)
    std::printf("a %s between %u and %u\n", edge.tab ? edge.bridge ? "bridging tab link" : "tab link" : "line", edge.a, edge.b);
  Tally tally;
  const std::string wrong = play(scenario, tally, [](uint64_t now, const std::string& what) { std::printf("%8llu ms  %s\n", static_cast<unsigned long long>(now), what.c_str()); });
  std::printf("%s\n", wrong.empty() ? "fine" : wrong.c_str());
  return wrong;
}

void tell_failure(const Scenario& scenario, const std::string& wrong, bool quick) {
  std::printf("\nseed %llu FAILED: %s\n", static_cast<unsigned long long>(scenario.seed), wrong.c_str());
  std::fflush(stdout);
  if (quick) return;
  const Scenario small = shrink(scenario, wrong);
  std::printf("shrunk from %zu steps to %zu:\n", scenario.steps.size(), small.steps.size());
  show(small);
  std::printf("regression: %s\n", to_line(small).c_str());
}

int replay(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::fprintf(stderr, "%s cannot be read\n", path.c_str()), 2;
  size_t lines = 0, failed = 0;
  Tally tally;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    ++lines;
    const Result<Scenario> scenario = from_line(line);
    const std::string wrong = scenario ? play(*scenario, tally) : scenario.error().message;
    if (wrong.empty()) continue;
    ++failed;
    std::printf("FAILED: %s\n  %s\n", wrong.c_str(), line.c_str());
  }
  std::printf("sim: %zu regressions replayed, %zu failed\n", lines, failed);
  return failed == 0 ? 0 : 1;
}

// Plays seeds until one fails or all are done. `reached`: the seed that is played, for whoever survives this.
int play_seeds(const Words& words, volatile uint64_t* reached) {
  const Clock::time_point began = Clock::now();
  Tally tally;
  uint64_t seed = words.from;
  for (uint64_t left = words.seeds; left > 0; --left, seed += words.stride) {
    if (words.minutes > 0 && seconds_since(began) > words.minutes * 60) break;
    *reached = seed;
    const std::string wrong = play(draw_scenario(seed), tally);
    if (!wrong.empty()) return kFailed;
  }
  if (words.show) print(tally);
  const double seconds = seconds_since(began);
  std::printf("sim: %llu seeds, nothing wrong, %.0f seeds/s (%.1f s)\n", static_cast<unsigned long long>(tally.runs), double(tally.runs) / seconds, seconds);
  std::fflush(stdout);
  return 0;
}

// The core ends its process when an invariant is broken, so it plays in a child.
int run(const Words& words) {
  auto* reached = static_cast<uint64_t*>(mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) _exit(play_seeds(words, reached));
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  const Scenario scenario = draw_scenario(*reached);
  tell_failure(scenario, play_apart(scenario), words.quick);
  std::printf("sim: seed %llu failed, after %llu that did not\n", static_cast<unsigned long long>(*reached),
              static_cast<unsigned long long>((*reached - words.from) / words.stride));
  return 1;
}

}  // namespace
}  // namespace weft::sim

int main(int count, char** arguments) {
  using namespace weft::sim;
  Words words;
  if (!read(count, arguments, words)) return std::fprintf(stderr, "sim [--from S] [--seeds N] [--minutes M] | --seed S | --line TEXT | --replay FILE\n"), 2;
  if (!words.replay.empty()) return replay(words.replay);
  if (words.one) return show(draw_scenario(words.from)).empty() ? 0 : 1;
  if (words.line.empty()) return run(words);
  const weft::Result<Scenario> scenario = from_line(words.line);
  if (!scenario) return std::fprintf(stderr, "%s\n", scenario.error().message.c_str()), 2;
  return show(*scenario).empty() ? 0 : 1;
}
