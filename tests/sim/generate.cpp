// What a seed draws. Whole kinds of trouble are on or off for a run: one in which everything happens at
// once hides what only shows when most things go well.
#include "draw.h"
#include "scenario.h"

namespace weft::sim {
namespace {

constexpr uint32_t kHot = 3, kCold = 40, kFields = 3;

class Generator {
 public:
  explicit Generator(uint64_t seed) : draw_(seed) { scenario_.seed = seed; }

  Scenario run() {
    long_ = draw_.below(300) == 0;
    network_ = draw_.chance(60);
    clocks_ = draw_.chance(40);
    processes_ = draw_.chance(45);
    files_ = draw_.chance(20);
    apart_ = draw_.chance(30);   // long silences between peers, so that much differs when they meet
    scenario_.latency_ms = draw_.pick(std::vector<uint32_t>{0, 5, 40, 150});
    scenario_.prove_after_ms = draw_.pick(std::vector<uint32_t>{100, 300, 1000});
    scenario_.max_drift_ms = draw_.pick(std::vector<uint32_t>{500, 2000, 20'000});
    peers();
    edges();
    for (uint32_t left = long_ ? draw_.between(300, 800) : draw_.between(6, 70); left > 0; --left) step();
    return std::move(scenario_);
  }

 private:
  uint32_t count() const { return static_cast<uint32_t>(scenario_.peers.size()); }
  uint32_t any_peer() { return draw_.between(1, count()); }
  uint32_t any_node() { return draw_.chance(70) ? draw_.below(kHot) : kHot + draw_.below(kCold); }

  void peers() {
    const bool replace = draw_.chance(25), judges = draw_.chance(35), refusals = draw_.chance(8), blind = draw_.chance(25);
    const uint32_t usual_window = draw_.pick(std::vector<uint32_t>{1, 2, 6, 20, 1000});
    for (uint32_t left = long_ ? draw_.between(4, 8) : draw_.weighted<uint32_t>({{2, 40}, {3, 30}, {4, 20}, {5, 10}}); left > 0; --left) {
      PeerSetting peer;
      peer.node_writer = draw_.chance(20);
      peer.replace = replace && draw_.chance(70);
      peer.reconcile = !(blind && draw_.chance(50));
      peer.window = draw_.chance(75) ? usual_window : draw_.pick(std::vector<uint32_t>{1, 4, 50});
      peer.compress_above = draw_.weighted<uint32_t>({{64, 10}, {512, 40}, {1'000'000, 50}});
      if (judges && draw_.chance(60)) peer.judge = draw_.pick(std::vector<JudgeStyle>{JudgeStyle::kPrompt, JudgeStyle::kLate, JudgeStyle::kForgetful});
      if (refusals && draw_.chance(50)) peer.judge = JudgeStyle::kRefusing;
      peer.disk = draw_.weighted<DiskStyle>({{DiskStyle::kPrompt, 40}, {DiskStyle::kSlow, 50}, {DiskStyle::kNone, 10}});
      if (clocks_ && draw_.chance(50)) peer.skew_ms = static_cast<int32_t>(draw_.below(8000)) - 4000;
      if (clocks_ && draw_.chance(40)) peer.drift_ppm = static_cast<int32_t>(draw_.below(200'000)) - 100'000;
      scenario_.peers.push_back(peer);
    }
  }

  void edges() {
    const uint32_t topology = draw_.below(4);   // chain, star, and twice as often a mesh
    const bool tabs = draw_.chance(15);
    for (uint32_t a = 1; a <= count(); ++a)
      for (uint32_t b = a + 1; b <= count(); ++b) {
        if ((topology == 0 && b != a + 1) || (topology == 1 && a != 1)) continue;
        EdgeSetting edge{a, b, false, false};
        edge.tab = tabs && a == 1 && draw_.chance(60);
        edge.bridge = edge.tab && draw_.chance(50);
        scenario_.edges.push_back(edge);
      }
    if (tabs && draw_.chance(50)) scenario_.peers[0].store_owner = true;
    for (const EdgeSetting& edge : scenario_.edges)
      if (draw_.chance(apart_ ? 25 : 75)) add({Act::kUp, 0, edge.a, edge.b, draw_.below(50), 0});
  }

  void step() {
    const uint32_t dice = draw_.below(100);
    if (dice < 60) return work();
    if (dice < 78) return connections();
    if (dice < 88 && network_) return faults();
    if (dice < 93 && processes_) return process();
    if (dice < 97 && clocks_) return clock();
    if (dice >= 97 && files_) return files();
    if (!scenario_.steps.empty()) scenario_.steps.back().wait += draw_.below(3) * scenario_.prove_after_ms;
  }

  void work() {
    const uint32_t value = ++written_, peer = any_peer();
    switch (draw_.weighted<Act>({{Act::kPut, 60}, {Act::kWhole, 8}, {Act::kScalar, 5}, {Act::kLong, 4}, {Act::kRemove, 12}, {Act::kLink, 10},
                                 {Act::kUnlink, 6}, {Act::kClear, 2}, {Act::kBatch, 12}})) {
      case Act::kWhole: return user({Act::kWhole, 0, peer, any_node(), draw_.below(kFields), value});
      case Act::kScalar: return user({Act::kScalar, 0, peer, any_node(), 0, value});
      case Act::kLong: return user({Act::kLong, 0, peer, any_node(), draw_.below(kFields), value});
      case Act::kRemove: return user({Act::kRemove, 0, peer, any_node(), 0, 0});
      case Act::kLink: return user({Act::kLink, 0, peer, any_node(), draw_.below(kHot), draw_.chance(30) ? value : 0});
      case Act::kUnlink: return user({Act::kUnlink, 0, peer, any_node(), draw_.below(kHot), 0});
      case Act::kClear: return user({Act::kClear, 0, peer, 0, 0, 0});
      case Act::kBatch: return user({Act::kBatch, 0, peer, draw_.below(1'000'000), draw_.between(2, long_ ? 200 : 14), value});
      default: return user({Act::kPut, 0, peer, any_node(), draw_.below(kFields), value});
    }
  }

  void user(Step step) {
    step.wait = pause();
    step.held = draw_.chance(10);
    add(step);
  }

  void connections() {
    const EdgeSetting edge = draw_.pick(scenario_.edges);
    const uint32_t dice = draw_.below(100);
    if (dice < (apart_ ? 30u : 50u)) add({Act::kUp, pause(), edge.a, edge.b, draw_.below(80), 0});
    else if (dice < 85) add({Act::kDown, pause(), edge.a, edge.b, draw_.below(4), draw_.below(300)});
    else if (dice < 93) add({Act::kSplit, pause(), draw_.below(1u << count()), 0, 0, 0});
    else add({Act::kJoin, pause(), 0, 0, 0, 0});
  }

  void faults() {
    EdgeSetting edge = draw_.pick(scenario_.edges);
    if (draw_.chance(50)) std::swap(edge.a, edge.b);
    const Act act = draw_.weighted<Act>({{Act::kLose, 20}, {Act::kRepeat, 20}, {Act::kReorder, 20}, {Act::kDelay, 20}, {Act::kTruncate, 10}, {Act::kFlip, 10}});
    add({act, draw_.below(20), edge.a, edge.b, draw_.below(act == Act::kDelay ? 40'000 : 2000), 0});
  }

  void process() {
    const uint32_t peer = any_peer(), away = draw_.chance(60) ? draw_.below(200) : draw_.below(5000);
    switch (draw_.weighted<Act>({{Act::kCrash, 40}, {Act::kStop, 15}, {Act::kFlush, 30}, {Act::kCompact, 15}})) {
      case Act::kCrash: return add({Act::kCrash, pause(), peer, away, draw_.chance(30) ? 1000 : draw_.below(1001), 0});
      case Act::kStop: return add({Act::kStop, pause(), peer, away, 0, 0});
      case Act::kFlush: return add({Act::kFlush, pause(), peer, 0, 0, 0});
      default: return add({Act::kCompact, pause(), peer, 0, 0, 0});
    }
  }

  void clock() {
    const uint32_t by = draw_.chance(80) ? draw_.below(5000) : draw_.below(3'600'000);
    add({draw_.chance(50) ? Act::kJump : Act::kBack, pause(), any_peer(), by, 0, 0});
  }

  void files() { add({draw_.weighted<Act>({{Act::kExport, 45}, {Act::kImport, 45}, {Act::kRestore, 10}}), pause(), any_peer(), 0, 0, 0}); }

  uint32_t pause() { return draw_.chance(40) ? 0 : draw_.below(200); }
  void add(const Step& step) { scenario_.steps.push_back(step); }

  Draw draw_;
  Scenario scenario_;
  bool long_ = false, network_ = false, clocks_ = false, processes_ = false, files_ = false, apart_ = false;
  uint32_t written_ = 0;
};

}  // namespace

Scenario draw_scenario(uint64_t seed) { return Generator(seed).run(); }

}  // namespace weft::sim
