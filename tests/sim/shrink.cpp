// Delta debugging (Zeller, Hildebrandt, 2002) over the steps, then over the peers and their settings.
#include "shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <queue>

#include "world.h"

namespace weft::sim {
namespace {

constexpr unsigned kTrialSeconds = 10;
constexpr size_t kMostTrials = 6000;

std::string kind_of(const std::string& wrong) { return wrong.substr(0, wrong.find(':')); }

// Somebody is there, and everybody who is can reach everybody else.
bool connected(const Scenario& scenario) {
  std::vector<bool> seen(scenario.peers.size());
  std::queue<uint32_t> left;
  for (uint32_t i = 0; i < seen.size() && left.empty(); ++i)
    if (scenario.peers[i].present) left.push(i), seen[i] = true;
  for (; !left.empty(); left.pop())
    for (const EdgeSetting& edge : scenario.edges)
      for (const auto& [from, to] : {std::pair{edge.a - 1, edge.b - 1}, std::pair{edge.b - 1, edge.a - 1}})
        if (from == left.front() && scenario.peers[to].present && !seen[to]) left.push(to), seen[to] = true;
  size_t present = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (scenario.peers[i].present && !seen[i]) return false;
    present += scenario.peers[i].present;
  }
  return present > 0;
}

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails) : best_(scenario), fails_(fails) {}

  Scenario run() {
    for (size_t before = SIZE_MAX; best_.steps.size() < before && trials_ < kMostTrials;) {
      before = best_.steps.size();
      steps();
      peers();
      settings();
    }
    numbers();
    return best_;
  }

 private:
  // Takes the changed scenario when it still fails.
  bool attempt(const Scenario& changed) {
    if (++trials_ > kMostTrials || !connected(changed) || !fails_(changed)) return false;
    best_ = changed;
    return true;
  }
  bool attempt(const std::function<void(Scenario&)>& change) {
    Scenario changed = best_;
    change(changed);
    return to_line(changed) != to_line(best_) && attempt(changed);
  }

  // Leaves out runs of steps, half of them at first, one at a time in the end.
  void steps() {
    for (size_t run = std::max<size_t>(best_.steps.size() / 2, 1); run > 0; run /= 2)
      for (size_t at = best_.steps.size(); at > 0;) {
        const size_t from = at > run ? at - run : 0;
        const bool gone = attempt([&](Scenario& s) {
          uint32_t waited = 0;   // time goes on as before
          for (size_t i = from; i < at; ++i) waited += s.steps[i].wait;
          s.steps.erase(s.steps.begin() + static_cast<std::ptrdiff_t>(from), s.steps.begin() + static_cast<std::ptrdiff_t>(at));
          if (from < s.steps.size()) s.steps[from].wait += waited;
        }) || attempt([&](Scenario& s) {
          s.steps.erase(s.steps.begin() + static_cast<std::ptrdiff_t>(from), s.steps.begin() + static_cast<std::ptrdiff_t>(at));
        });
        at = gone ? std::min(from, best_.steps.size()) : from;
      }
  }

  void peers() {
    for (size_t i = 0; i < best_.peers.size(); ++i) attempt([&](Scenario& s) { s.peers[i].present = false; });
    for (size_t i = best_.edges.size(); i > 0; --i) attempt([&](Scenario& s) { s.edges.erase(s.edges.begin() + static_cast<std::ptrdiff_t>(i - 1)); });
  }

  void settings() {
    const PeerSetting plain;
    for (size_t i = 0; i < best_.peers.size(); ++i) {
      attempt([&](Scenario& s) { s.peers[i] = plain, s.peers[i].present = best_.peers[i].present; });
      attempt([&](Scenario& s) { s.peers[i].judge = plain.judge; });
      attempt([&](Scenario& s) { s.peers[i].skew_ms = 0; });
      attempt([&](Scenario& s) { s.peers[i].drift_ppm = 0; });
      attempt([&](Scenario& s) { s.peers[i].replace = false; });
      attempt([&](Scenario& s) { s.peers[i].node_writer = false; });
      attempt([&](Scenario& s) { s.peers[i].reconcile = true; });
      attempt([&](Scenario& s) { s.peers[i].store_owner = false; });
      attempt([&](Scenario& s) { s.peers[i].disk = plain.disk; });
      attempt([&](Scenario& s) { s.peers[i].window = 1000; });
      attempt([&](Scenario& s) { s.peers[i].compress_above = 1'000'000; });
    }
    for (size_t i = 0; i < best_.edges.size(); ++i) attempt([&](Scenario& s) { s.edges[i].tab = s.edges[i].bridge = false; });
    attempt([&](Scenario& s) { s.latency_ms = 0; });
  }

  void numbers() {
    for (size_t i = 0; i < best_.steps.size(); ++i) {
      attempt([&](Scenario& s) { s.steps[i].wait = 0; });
      attempt([&](Scenario& s) { s.steps[i].wait /= 4; });
      attempt([&](Scenario& s) { s.steps[i].held = false; });
      if (best_.steps[i].act == Act::kBatch) while (attempt([&](Scenario& s) { s.steps[i].c -= s.steps[i].c > 1; })) {}
      if (best_.steps[i].act == Act::kDown) attempt([&](Scenario& s) { s.steps[i].c = s.steps[i].d = 0; });
      if (best_.steps[i].act == Act::kUp) attempt([&](Scenario& s) { s.steps[i].c = 0; });
    }
  }

  Scenario best_;
  const std::function<bool(const Scenario&)>& fails_;
  size_t trials_ = 0;
};

}  // namespace

std::string play_apart(const Scenario& scenario) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_DFL);
    if (!freopen("/dev/null", "w", stderr)) _exit(1);
    alarm(kTrialSeconds);
    Tally tally;
    const std::string wrong = play(scenario, tally);
    _exit(write(ends[1], wrong.data(), wrong.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;) said.append(buffer, static_cast<size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? "aborted" : said;
}

Scenario shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails) { return Shrinker(scenario, fails).run(); }

Scenario shrink(const Scenario& scenario, const std::string& wrong) {
  return shrink(scenario, [kind = kind_of(wrong)](const Scenario& changed) { return kind_of(play_apart(changed)) == kind; });
}

}  // namespace weft::sim
