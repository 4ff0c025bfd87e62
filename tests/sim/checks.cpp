// What must hold at any time, and what once everything is healed and nobody has anything more to say.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "graph/oracle.h"
#include "queries.h"
#include "world.h"

namespace weft::sim {
namespace {

constexpr size_t kOracleOperations = 60;   // it takes the cube of their number

// What a replica says of one of its links.
std::string state_of(const Replica& replica, LinkId link) {
  const Buffer status = replica.sync_status_json();
  const std::string state = "\"state\":\"";
  const size_t session = status.find("\"link\":" + std::to_string(link) + ",");
  if (session == Buffer::npos) return "closed";
  const size_t at = status.find(state, session) + state.size();
  return status.substr(at, status.find('"', at) - at);
}

// The number that follows `name` in JSON text, from `at` on.
uint64_t number_after(const Buffer& json, size_t at, const char* name, int base = 10) {
  const std::string key = "\"" + std::string(name) + (base == 16 ? "\":\"" : "\":");
  return std::strtoull(json.c_str() + json.find(key, at) + key.size(), nullptr, base);
}

// What a replica says it has seen.
Stamp watermark_of(const Replica& replica) {
  const Buffer status = replica.sync_status_json();
  const size_t at = status.find("\"watermark\":{");
  if (at == Buffer::npos) return kNoStamp;
  return Stamp::make(number_after(status, at, "physical"), static_cast<uint16_t>(number_after(status, at, "logical")), number_after(status, at, "replica", 16));
}

// What a delta cannot serve, because the window no longer has it, must lie at or below the floor.
bool floor_holds(const Buffer& snapshot) {
  const Journal journal = read_journal(snapshot);
  const std::set<Stamp> window(journal.state->window.begin(), journal.state->window.end());
  return std::all_of(journal.live.begin(), journal.live.end(), [&](const OperationRef& operation) {
    return operation->stamp() <= journal.state->floor || window.count(operation->stamp()) != 0;
  });
}

}  // namespace

// Nothing that was held is gone, and the watermark moved only after what it speaks of was applied.
void World::look_at(const Peer& p) {
  if (!ledger_.holds(p.number, p.replica->graph())) return fail("something a peer held is gone from it");
  if (p.watcher.watches() && !p.watcher.agrees(*p.replica)) return fail("what events built is not what there is");
  if (!queries_agree(*p.replica)) return fail("a query by indexes finds something else than reading every node");
  const Stamp watermark = watermark_of(*p.replica);
  if (!watermark.is_none() && !ledger_.has_seen(p.number, watermark)) fail("a watermark speaks of what was not applied");
}

bool World::all_equal() const {
  const Peer* first = nullptr;
  for (const Peer& p : peers_) {
    if (!p.runs()) continue;
    if (!first) first = &p;
    else if (p.replica->graph().fingerprint() != first->replica->graph().fingerprint()) return false;
  }
  return true;
}

// Where only connections came and went, nobody waits for what was lost: becoming equal takes a rest and a few messages
// for each peer, and as many turns of a busy page as a full state may have parts, here counted twice.
void World::check_time(uint64_t taken_ms) {
  const auto of_connections = [](const Step& s) {
    return s.act < Act::kCrash || s.act == Act::kUp || s.act == Act::kDown || s.act == Act::kSplit || s.act == Act::kJoin;
  };
  const auto steady = [](const PeerSetting& p) { return p.judge == JudgeStyle::kNone && p.skew_ms == 0 && p.drift_ppm == 0; };
  if (!std::all_of(scenario_.steps.begin(), scenario_.steps.end(), of_connections)) return;
  if (!std::all_of(scenario_.peers.begin(), scenario_.peers.end(), steady)) return;
  tally_.saw("calm run");
  size_t live = 0;
  for (const Peer& p : peers_) if (p.runs()) live = std::max(live, p.replica->graph().live_count());
  const uint64_t parts_ms = live / kSmallPart * kBusyMs / 2;
  const uint64_t usual = peers_.size() * (scenario_.prove_after_ms + 6 * scenario_.latency_ms + parts_ms) + 700;
  if (taken_ms > 2 * usual) fail("not equal in time: " + std::to_string(taken_ms) + " ms");
}

// Judges that refuse may leave peers apart, but never such that one calls it equal. Once they refuse no
// more, and peers meet again, everything comes.
void World::check_refusals() {
  bool refusing = false;
  for (const Peer& p : peers_) refusing = refusing || (p.setting.present && p.setting.judge == JudgeStyle::kRefusing);
  if (!refusing) return;
  for (const Peer& p : peers_)   // who owns the store keeps it for other tabs, and reads it at the next open
    for (const Stamp& stamp : p.refused)
      if (p.runs() && !p.setting.store_owner && p.replica->graph().is_live(stamp)) return fail("what a judge refused is there");
  for (const Line& line : lines_) {
    const Replica &a = *peer(line.edge.a).replica, &b = *peer(line.edge.b).replica;
    const bool equal = a.graph().fingerprint() == b.graph().fingerprint();
    if (!equal) tally_.saw("left apart by a judge");
    const std::string usual = equal ? "proved" : "settled";
    if (state_of(a, line.ends[0].link) != usual || state_of(b, line.ends[1].link) != usual)
      return fail(equal ? "equal but not proved" : "unequal at rest, but not settled");
  }
  lenient_ = true;
  for (Line& line : lines_) lose_line(line, 0, 0);
  if (!settle()) fail("never quiet, once judges refuse no more");
}

void World::check_end() {
  check_lines();
  if (wrong_.empty()) check_same();
  if (wrong_.empty()) check_ledger();
  if (wrong_.empty()) check_journals();
}

void World::check_lines() {
  if (!all_equal()) return fail("not equal at rest");
  for (const Line& line : lines_)
    for (const End& end : line.ends) {
      if (!end.open) return fail("a line is down after everything was healed");
      if (state_of(*peer(end.peer).replica, end.link) != "proved") return fail("equal but not proved");
    }
}

// Equal fingerprints are a claim; the bytes and what a user sees are what it is about.
void World::check_same() {
  const bool files = chance(0, 0) % 4 == 0;   // deflating takes longer than all the rest
  Buffer bytes;
  test::View view;
  bool first = true;
  for (const Peer& p : peers_) {
    if (!p.runs()) continue;
    const Buffer exported = files ? p.replica->export_state() : Buffer();
    const test::View seen = test::view_of(p.replica->graph());
    if (!first && exported != bytes) return fail("equal fingerprints, but exported bytes differ");
    if (!first && !(seen == view)) return fail("equal fingerprints, but users see different graphs");
    bytes = exported;
    view = seen;
    first = false;
  }
}

void World::check_ledger() {
  const Peer* any = nullptr;
  for (const Peer& p : peers_) {
    if (!p.runs()) continue;
    any = &p;
    if (p.replica->status_json().find("\"fullInPlaceOfReconcile\":0") == Buffer::npos) tally_.saw("full state in place of a reconciliation");
    look_at(p);
  }
  if (!wrong_.empty()) return;
  const Graph& graph = any->replica->graph();
  if (const std::string stamp = ledger_.invented(graph); !stamp.empty()) return fail("an operation that nobody made: " + stamp);
  std::vector<OperationRef> due = ledger_.due(graph);
  Graph reference;
  for (size_t i = due.size(); i > 0; --i) reference.apply(due[(i * 7919) % due.size()], nullptr);
  for (const OperationRef& operation : due) reference.apply(operation, nullptr);
  if (reference.fingerprint() != graph.fingerprint()) return fail("not the graph of what was made: something is lost or came back");
  if (due.size() > kOracleOperations) return;
  tally_.saw("compared with the oracle");
  const test::Oracle oracle(due);
  const std::vector<OperationRef> live = graph.live_in_stamp_order();
  bool same = oracle.live().size() == live.size();
  for (size_t i = 0; same && i < live.size(); ++i) same = oracle.live()[i]->bytes() == live[i]->bytes();
  if (!same) return fail("the live set is not what the document says");
  if (!(oracle.view() == test::view_of(graph))) fail("what users see is not what the document says");
}

void World::check_journals() {
  for (const Peer& p : peers_) {
    if (!p.runs() || p.setting.disk == DiskStyle::kNone) continue;
    const Fingerprint now = p.replica->graph().fingerprint();
    // Who owns the store keeps what its judge refused, and what waits in quarantine.
    if (!p.setting.store_owner && p.disk.says().fingerprint() != now) return fail("the journal does not hold the graph");
    ReplicaOptions options;
    options.replica_id = next_id_;
    Replica copy(options);
    const Buffer snapshot = p.replica->snapshot();
    if (!copy.load(snapshot).ok() || !copy.load_end(wall(p)).ok()) return fail("a snapshot could not be read");
    if (copy.graph().fingerprint() != now) return fail("a snapshot does not hold the graph");
    if (!floor_holds(snapshot) || !floor_holds(copy.snapshot())) return fail("what is not in the window lies above the floor");
  }
}

}  // namespace weft::sim
