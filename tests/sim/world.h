// World: real replicas, with clocks, disks, judges and lines between them, in virtual time. It plays a
// scenario and says what was wrong. Nothing in it is drawn while it runs: what the scenario does not
// say (a latency, a judge's answer) follows from the scenario's seed and a count.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/pack.h"
#include "draw.h"
#include "ledger.h"
#include "line.h"
#include "peer.h"
#include "scenario.h"
#include "tally.h"

namespace weft::sim {

using Trace = std::function<void(uint64_t now_ms, const std::string& what)>;

class World {
 public:
  World(const Scenario& scenario, Tally& tally, Trace trace = {});

  // Plays the steps, heals everything, waits for silence and looks. Empty: nothing was wrong.
  std::string run();

  // ---- for tests that place things themselves
  void act(const Step& step);
  void advance(uint64_t by_ms);
  bool settle();                         // until nothing is under way and nobody waits; false: never
  bool all_equal() const;
  uint64_t messages() const { return messages_; }
  uint64_t now() const { return now_; }
  const std::string& wrong() const { return wrong_; }
  void heal();

 private:
  enum class What : uint8_t { kNothing, kReopen, kAlarm, kVerdict, kClose, kDial, kOpen, kParcel };
  struct Event {
    What what = What::kNothing;
    uint64_t at = UINT64_MAX;
    size_t index = 0, side = 0;          // of the peer, or of the line and its end
  };

  // ---- world.cpp: time
  Event next() const;
  void handle(const Event& event);
  void fail(const std::string& what);
  void note(const std::string& what) const { if (trace_) trace_(now_, what); }
  uint64_t chance(uint64_t a, uint64_t b) const { return mix(mix(scenario_.seed, a), b); }

  // ---- host.cpp: processes
  Peer& peer(uint32_t number) { return peers_[number - 1]; }
  uint64_t wall(const Peer& p) const { return p.clock.read(now_); }
  void open(Peer& p);
  void end(Peer& p, bool orderly, uint32_t kept);
  void collect(Peer& p, bool outgoing = true);
  void perform(Peer& p, const Effect& effect);
  void look_at_records(Peer& p, ByteView record);
  void replaced(Peer& p);
  void compact(Peer& p);
  void ring(Peer& p);
  Stamp displeases(const Peer& p, Unpacker& operations) const;
  void ask_judge(Peer& p, const Effect& effect);
  void answer(Peer& p, size_t at);

  // ---- lines.cpp: connections
  Line* line_of(uint32_t a, uint32_t b, size_t* side_of_b = nullptr);
  void send(Peer& p, const Effect& effect);
  void post(size_t index, size_t side, ByteView bytes);
  void befall(End& end, Line& line, Parcel& parcel);
  void deliver(size_t index, size_t side);
  void dial(Line& line);
  void open_end(size_t index, size_t side);
  void close_end(size_t index, size_t side);
  void lose_line(Line& line, uint64_t first_ms, uint64_t second_ms);
  void connect(const Step& step);
  void disconnect(const Step& step);
  void split(uint32_t mask);

  // ---- work.cpp: what users do
  void work(const Step& step);
  void batch(Peer& p, const Step& step);
  void check_seen(const Peer& p, const Step& step);

  // ---- checks.cpp: what must hold at any time, and at the end
  void look_at(const Peer& p);
  void check_time(uint64_t taken_ms);
  void check_refusals();
  void check_end();
  void check_lines();
  void check_same();
  void check_ledger();
  void check_journals();

  const Scenario scenario_;
  Tally& tally_;
  Trace trace_;
  uint64_t now_ = 0, next_id_ = 1, messages_ = 0, last_message_ = 0;
  uint64_t pieces_ = 0;   // of the messages: parts of a larger one
  std::vector<Peer> peers_;
  std::vector<Line> lines_;
  Ledger ledger_;
  Buffer file_;                          // exported last
  LinkId busy_ = 0;                      // the link whose message is being taken
  bool lenient_ = false;                 // healed: judges refuse no more
  std::string wrong_;
};

// Plays it whole. Empty: nothing was wrong.
std::string play(const Scenario& scenario, Tally& tally, Trace trace = {});

}  // namespace weft::sim
