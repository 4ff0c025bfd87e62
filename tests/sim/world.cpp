// Time: one event after the other, the earliest first; of those at one time in a fixed order.
#include "world.h"

#include <algorithm>

namespace weft::sim {
namespace {

constexpr uint64_t kMostMessages = 2000;      // after healing, and as many more for each step, pieces aside; a few hundred are usual
constexpr uint64_t kMostMessagesAStep = 100;
constexpr unsigned kMostEvents = 1'000'000;
constexpr uint64_t kGraceMs = 500;            // before a connection that failed is tried again

}  // namespace

World::World(const Scenario& scenario, Tally& tally, Trace trace)
    : scenario_(scenario), tally_(tally), trace_(std::move(trace)), peers_(scenario.peers.size()) {
  for (size_t i = 0; i < peers_.size(); ++i) {
    Peer& p = peers_[i];
    p.number = static_cast<uint32_t>(i + 1);
    p.setting = scenario.peers[i];
    p.clock = WallClock(p.setting.skew_ms, p.setting.drift_ppm);
  }
  for (const EdgeSetting& edge : scenario.edges) {
    if (!peer(edge.a).setting.present || !peer(edge.b).setting.present) continue;
    Line line;
    line.edge = edge;
    line.ends[0].peer = edge.a;
    line.ends[1].peer = edge.b;
    lines_.push_back(std::move(line));
  }
  for (Peer& p : peers_)
    if (p.setting.present) open(p);
}

void World::fail(const std::string& what) {
  if (!wrong_.empty()) return;
  wrong_ = what;
  note("WRONG: " + what);
}

World::Event World::next() const {
  Event first;
  const auto offer = [&](What what, uint64_t at, size_t index, size_t side = 0) {
    at = std::max(at, now_);
    if (at < first.at || (at == first.at && what < first.what)) first = Event{what, at, index, side};
  };
  for (size_t i = 0; i < peers_.size(); ++i) {
    const Peer& p = peers_[i];
    if (p.reopens) offer(What::kReopen, *p.reopens, i);
    if (p.alarm) offer(What::kAlarm, p.alarm->first, i);
    for (size_t w = 0; w < p.waiting.size(); ++w) offer(What::kVerdict, p.waiting[w].due, i, w);
  }
  for (size_t i = 0; i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    for (size_t side = 0; side < 2; ++side) {
      const End& end = line.ends[side];
      if (end.closes) offer(What::kClose, *end.closes, i, side);
      if (end.opens) offer(What::kOpen, *end.opens, i, side);
      if (end.open && !end.inbox.empty()) offer(What::kParcel, end.inbox.front().due, i, side);
    }
    if (line.wanted && line.idle() && peers_[line.edge.a - 1].runs() && peers_[line.edge.b - 1].runs())
      offer(What::kDial, line.redial, i);
  }
  return first;
}

void World::handle(const Event& event) {
  switch (event.what) {
    case What::kNothing: return;
    case What::kReopen: return open(peers_[event.index]);
    case What::kAlarm: return ring(peers_[event.index]);
    case What::kVerdict: return answer(peers_[event.index], event.side);
    case What::kClose:
      close_end(event.index, event.side);
      lines_[event.index].redial = now_ + chance(event.index, now_) % kGraceMs;
      return;
    case What::kDial: return dial(lines_[event.index]);
    case What::kOpen: return open_end(event.index, event.side);
    case What::kParcel: return deliver(event.index, event.side);
  }
}

// A task ends when time passes: what it held back goes out.
void World::advance(uint64_t by_ms) {
  for (Peer& p : peers_)
    if (p.holds_back) collect(p);
  const uint64_t until = now_ + by_ms;
  for (Event event = next(); event.at <= until && wrong_.empty(); event = next()) {
    now_ = event.at;
    handle(event);
  }
  now_ = until;
}

bool World::settle() {
  advance(0);
  const uint64_t most = messages_ - pieces_ + kMostMessages + kMostMessagesAStep * scenario_.steps.size();
  for (unsigned left = kMostEvents; wrong_.empty(); --left) {
    const Event event = next();
    if (event.what == What::kNothing) return true;
    if (left == 0 || messages_ - pieces_ > most) return false;
    now_ = event.at;
    handle(event);
  }
  return true;
}

// Clocks stay off, but run true; everybody is there and connected; nothing more goes wrong.
void World::heal() {
  note("everything is healed");
  for (Peer& p : peers_) {
    p.clock.straighten(now_);
    if (p.reopens) p.reopens = now_;
  }
  for (Line& line : lines_) {
    line.wanted = true;
    for (End& end : line.ends) end.armed.reset();
  }
}

std::string World::run() {
  for (const Step& step : scenario_.steps) {
    if (step.wait > 0) advance(step.wait);
    if (!wrong_.empty()) return wrong_;
    act(step);
    ++tally_.steps[act_name(step.act)];
  }
  heal();
  const uint64_t healed = messages_, healed_at = now_;
  if (!settle()) fail("never quiet: " + std::to_string(messages_ - healed) + " messages after everything was healed");
  if (wrong_.empty()) check_time(std::max(last_message_, healed_at) - healed_at);
  if (wrong_.empty()) check_refusals();
  if (wrong_.empty()) check_end();
  ++tally_.runs;
  tally_.operations += ledger_.size();
  tally_.quiet_ms += now_;
  return wrong_;
}

void World::act(const Step& step) {
  if (trace_) note(describe(step));
  for (const uint32_t number : {step.a, step.b})
    if (step.act == Act::kDown && peer(number).runs() && !peer(number).holds_back) look_at(peer(number));
  const bool of_a_peer = step.act <= Act::kBack;
  if (of_a_peer && (step.a == 0 || step.a > peers_.size() || !peer(step.a).setting.present)) return;
  if (of_a_peer && step.act <= Act::kBack && step.act != Act::kJump && step.act != Act::kBack && !peer(step.a).runs()) return;
  switch (step.act) {
    case Act::kCrash: return end(peer(step.a), false, step.c), void(peer(step.a).reopens = now_ + step.b);
    case Act::kStop: return end(peer(step.a), true, 1000), void(peer(step.a).reopens = now_ + step.b);
    case Act::kFlush: return peer(step.a).disk.flush();
    case Act::kCompact: return compact(peer(step.a));
    case Act::kJump: return peer(step.a).clock.move(step.b);
    case Act::kBack: return peer(step.a).clock.move(-int64_t{step.b});
    case Act::kUp: return connect(step);
    case Act::kDown: return disconnect(step);
    case Act::kSplit: return split(step.a);
    case Act::kJoin:
      for (Line& line : lines_) line.wanted = true;
      return;
    case Act::kLose: case Act::kRepeat: case Act::kReorder: case Act::kDelay: case Act::kTruncate: case Act::kFlip: {
      size_t side = 0;
      if (Line* line = line_of(step.a, step.b, &side)) line->ends[side].armed = Armed{step.act, step.c};
      return;
    }
    default: return work(step);
  }
}

std::string play(const Scenario& scenario, Tally& tally, Trace trace) { return World(scenario, tally, std::move(trace)).run(); }

}  // namespace weft::sim
