// Scenarios in words, for the trace of a failing run.
#include "scenario.h"

namespace weft::sim {
namespace {

std::string n(uint32_t number) { return std::to_string(number); }

std::string deed(const Step& s) {
  switch (s.act) {
    case Act::kPut: return "sets field " + n(s.c) + " of node " + n(s.b) + " to " + n(s.d);
    case Act::kWhole: return "puts node " + n(s.b) + " with field " + n(s.c) + " only, " + n(s.d);
    case Act::kScalar: return "puts the number " + n(s.d) + " as node " + n(s.b);
    case Act::kLong: return "sets field " + n(s.c) + " of node " + n(s.b) + " to a long text " + n(s.d);
    case Act::kRemove: return "removes node " + n(s.b);
    case Act::kLink: return "links node " + n(s.b) + " to " + n(s.c) + (s.d ? " with the value " + n(s.d) : "");
    case Act::kUnlink: return "unlinks node " + n(s.b) + " from " + n(s.c);
    case Act::kClear: return "clears the graph";
    case Act::kBatch: return "writes a batch of " + n(s.c) + " (drawn from " + n(s.b) + ")";
    case Act::kExport: return "exports a file";
    case Act::kImport: return "imports the file";
    case Act::kRestore: return "restores the file";
    case Act::kCrash: return "crashes, keeping " + n(s.c) + " thousandths of what was not flushed; opens again after " + n(s.b) + " ms";
    case Act::kStop: return "closes; opens again after " + n(s.b) + " ms";
    case Act::kFlush: return "flushes its disk";
    case Act::kCompact: return "compacts its journal";
    case Act::kJump: return "has its clock jump forward by " + n(s.b) + " ms";
    case Act::kBack: return "has its clock step back by " + n(s.b) + " ms";
    default: return {};
  }
}

std::string between(const Step& s) {
  const std::string pair = n(s.a) + " and " + n(s.b), next = "the next message from " + n(s.a) + " to " + n(s.b);
  switch (s.act) {
    case Act::kUp: return pair + " connect, " + n(s.c) + " ms apart";
    case Act::kDown: return pair + " lose each other: " + n(s.c) + " messages each way still arrive, " + n(s.b) + " notices " + n(s.d) + " ms later";
    case Act::kSplit: return "the network splits along the bits of " + n(s.a);
    case Act::kJoin: return "the network joins again";
    case Act::kLose: return next + " is lost";
    case Act::kRepeat: return next + " comes twice";
    case Act::kReorder: return next + " is overtaken for " + n(s.c) + " ms";
    case Act::kDelay: return next + " holds the line up for " + n(s.c) + " ms";
    case Act::kTruncate: return next + " is cut short (at " + n(s.c) + ")";
    case Act::kFlip: return next + " has a bit turned (" + n(s.c) + ")";
    default: return {};
  }
}

}  // namespace

std::string describe(const Step& step) {
  const std::string what = deed(step);
  return (what.empty() ? between(step) : "peer " + n(step.a) + " " + what) + (step.held ? ", and goes on" : "");
}

std::string describe(const PeerSetting& p, uint32_t number) {
  static constexpr const char* kJudges[] = {"", ", a prompt judge", ", a late judge", ", a forgetful judge", ", a judge that refuses"};
  static constexpr const char* kDisks[] = {", no disk", "", ", a disk that waits for flushes"};
  std::string out = "peer " + n(number) + ": a window of " + n(p.window);
  if (p.node_writer) out += ", merge: node";
  if (p.replace) out += ", fullState: replace";
  if (!p.reconcile) out += ", no reconciliation";
  if (p.store_owner) out += ", owns the store";
  out += kJudges[static_cast<size_t>(p.judge)];
  out += kDisks[static_cast<size_t>(p.disk)];
  if (p.skew_ms != 0) out += ", clock off by " + std::to_string(p.skew_ms) + " ms";
  if (p.drift_ppm != 0) out += ", drifting by " + std::to_string(p.drift_ppm) + " ppm";
  return out;
}

}  // namespace weft::sim
