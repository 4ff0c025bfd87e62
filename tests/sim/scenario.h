// Scenario: everything that is decided about a run before it begins. A seed draws one; running it draws
// nothing more, so any part can be left out and what is left means the same. That is what makes a
// failing run shrinkable (shrink.h) and a line of regressions.txt replayable whatever a seed draws later.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace weft::sim {

enum class Act : uint8_t {
  // ---- what a user does at peer a
  kPut,        // field c of node b becomes d, the rest of the node stays
  kWhole,      // node b becomes a map of field c only
  kScalar,     // node b becomes the number d
  kLong,       // field c of node b becomes a long text
  kRemove,     // node b
  kLink,       // from b to c, with the value d (0: none)
  kUnlink,     // from b to c
  kClear,
  kBatch,      // c commands drawn from b
  kExport,     // keeps a's state as a file
  kImport,     // the file that was kept last
  kRestore,    // the same, written anew
  // ---- what happens to a process
  kCrash,      // all but c thousandths of what is not flushed yet is lost; opens again after b ms
  kStop,       // closed in order; opens again after b ms
  kFlush,      // the disk has everything
  kCompact,    // the journal is replaced by a snapshot
  kJump,       // a's clock jumps forward by b ms
  kBack,       // a's clock steps back by b ms
  // ---- what happens between a and b
  kUp,         // they connect; b's side opens c ms later
  kDown,       // the connection ends; c messages each way still arrive; b's side notices d ms later
  kSplit,      // the peers whose bit is set in a lose the others
  kJoin,       // all connections are wanted again
  // ---- what happens to the next message from a to b
  kLose,
  kRepeat,
  kReorder,    // it comes c ms late, the ones behind it do not
  kDelay,      // it and the ones behind it come c ms late
  kTruncate,   // cut short, at a place that c tells
  kFlip,       // one bit, which c tells, is turned
  kCount,
};
const char* act_name(Act act);

struct Step {
  Act act = Act::kPut;
  uint32_t wait = 0;           // ms that pass before it
  uint32_t a = 0, b = 0, c = 0, d = 0;
  bool held = false;           // a user's: the same task goes on, what goes out waits
};

enum class JudgeStyle : uint8_t { kNone, kPrompt, kLate, kForgetful, kRefusing };
enum class DiskStyle : uint8_t { kNone, kPrompt, kSlow };   // kSlow: only a step flushes

struct PeerSetting {
  bool present = true;
  bool node_writer = false, replace = false, reconcile = true, store_owner = false;
  uint32_t window = 6, compress_above = 512;
  JudgeStyle judge = JudgeStyle::kNone;
  DiskStyle disk = DiskStyle::kPrompt;
  int32_t skew_ms = 0;         // its wall clock against the world's
  int32_t drift_ppm = 0;       // and how it runs away, until the world is healed
};

struct EdgeSetting {
  uint32_t a = 0, b = 0;
  bool tab = false, bridge = false;   // bridge: what b says as a's tab, a tells its peers
};

struct Scenario {
  uint64_t seed = 0;
  uint32_t latency_ms = 20, prove_after_ms = 300, max_drift_ms = 2000;
  std::vector<PeerSetting> peers;     // number i + 1
  std::vector<EdgeSetting> edges;
  std::vector<Step> steps;
};

Scenario draw_scenario(uint64_t seed);

// One line of text, and back. Errors: MALFORMED.
std::string to_line(const Scenario& scenario);
Result<Scenario> from_line(const std::string& line);

// A step and a peer in words.
std::string describe(const Step& step);
std::string describe(const PeerSetting& peer, uint32_t number);

}  // namespace weft::sim
