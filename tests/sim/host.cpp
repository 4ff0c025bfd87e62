// Processes: opened from their disk, ended in order or not, and what their replicas ask of the host.
#include <algorithm>

#include "base/hash.h"
#include "base/pack.h"
#include "queries.h"
#include "world.h"

namespace weft::sim {
namespace {

constexpr uint64_t kStepMs = 50;    // a timer that is early by more tells of a clock that was moved
constexpr uint64_t kLooksOneIn = 32;   // of the times effects are taken: queries make and use what later changes must keep up
constexpr size_t kMostIds = 1000;   // replica ids of one peer; every open has a new one

}  // namespace

void World::open(Peer& p) {
  ReplicaOptions options;
  // Whose id is the greater changes from open to open.
  options.replica_id = p.id = 1 + chance(p.number, next_id_) % 1'000'000 * kMostIds + next_id_;
  ++next_id_;
  options.node_writer = p.setting.node_writer;
  options.replace_full_state = p.setting.replace;
  options.reconcile = p.setting.reconcile;
  options.oplog_size = p.setting.window;
  options.max_drift_ms = scenario_.max_drift_ms;
  options.compress_above = p.setting.compress_above;
  options.prove_after_ms = scenario_.prove_after_ms;
  // Full states in several parts, applied aside, and first fingerprints in slices, by some.
  if (p.number % 3 != 0) options.part_operations = p.number % 3 == 1 ? kSmallPart : 30;
  keep_indexes(options);
  p.replica = std::make_unique<Replica>(options);
  p.replica->set_judge(p.setting.judge != JudgeStyle::kNone);
  p.replica->set_store_owner(p.setting.store_owner);
  p.reopens.reset();
  p.last_link = 0;
  p.greatest = 0;
  p.watcher = Watcher();
  if (chance(p.number, next_id_) % 3 == 0) p.watcher.begin(*p.replica);   // some pages show all there is
  if (p.disk.size() == 0) return;
  const Buffer& journal = p.disk.bytes();
  const size_t half = chance(p.number, journal.size()) % journal.size();
  const bool fed = p.replica->load(ByteView(journal).substr(0, half)).ok() && p.replica->load(ByteView(journal).substr(half)).ok();
  const Status ended = p.replica->load_end(wall(p));
  if (!fed || !ended) return fail("a journal could not be read");
  if (p.replica->graph().fingerprint() != p.disk.says().fingerprint()) return fail("opening gave something other than what was on disk");
  note("peer " + std::to_string(p.number) + " opens with " + std::to_string(p.replica->graph().live_count()) + " operations");
  p.opening = true;
  collect(p);
  p.opening = false;
  if (!std::exchange(p.told_reset, false)) return;
  tally_.saw("torn journal");
  compact(p);   // nothing may be appended after a torn end
}

// `kept`: thousandths of the unflushed bytes that are there all the same.
void World::end(Peer& p, bool orderly, uint32_t kept) {
  if (orderly) {
    collect(p);
    p.disk.flush();
  }
  if (!p.holds_back) look_at(p);   // else what it made last never left it, and nobody will miss it
  const Fingerprint before = p.replica->graph().fingerprint();
  if (p.setting.disk == DiskStyle::kNone) p.disk.wipe();
  p.disk.crash(kept);
  const Graph left = p.disk.says();
  const bool lost = left.fingerprint() != before;
  if (lost) tally_.saw("crash that lost something");
  ledger_.begins_anew(p.number, left, lost);
  for (size_t i = 0; i < lines_.size(); ++i)
    for (size_t side = 0; side < 2; ++side) {
      if (lines_[i].ends[side].peer != p.number) continue;
      if (lines_[i].ends[side].open || lines_[i].ends[side].opens) lose_line(lines_[i], 300, 300);
      lines_[i].ends[side].open = false;
      close_end(i, side);
    }
  p.links.clear();
  p.replica.reset();
  p.waiting.clear();
  p.alarm.reset();
  p.holds_back = p.wrote = p.told_reset = false;
}

void World::collect(Peer& p, bool outgoing) {
  p.holds_back = !outgoing;
  for (const Effect& effect : p.replica->take_effects(outgoing, wall(p))) perform(p, effect);
  if (outgoing) p.wrote = false;
  if (outgoing && p.told_reset && !p.opening) replaced(p);
  if (chance(p.number, messages_) % kLooksOneIn == 0 && !queries_agree(*p.replica)) fail("a query by indexes finds something else than reading every node");
}

void World::perform(Peer& p, const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::kSend: return send(p, effect);
    case EffectKind::kPersist:
      if (p.wrote) look_at_records(p, effect.payload);
      p.disk.append(effect.payload);
      if (p.setting.disk == DiskStyle::kPrompt) p.disk.flush();
      return;
    case EffectKind::kEvents:
      tally_.saw("event");
      if (const std::string odd = p.watcher.take(effect); !odd.empty()) fail(odd);
      return;
    case EffectKind::kReset: p.told_reset = true; return;
    case EffectKind::kWake: {
      const uint64_t wall_now = wall(p), wait = effect.time_ms > wall_now ? effect.time_ms - wall_now : 0;
      // What is due at once is done in a later turn, which a busy page may take a while to come to.
      p.alarm = {now_ + (wait > 0 ? wait : chance(p.number, ++p.turns) % kBusyMs), effect.time_ms};
      return;
    }
    case EffectKind::kJudge: return ask_judge(p, effect);
    case EffectKind::kDropLink: {
      const auto found = p.links.find(effect.target);
      if (found == p.links.end()) return;
      const auto [index, side] = found->second;
      if (!lines_[index].strained) fail("a link was dropped though nothing befell it: " + effect.payload);
      tally_.saw("link dropped by a replica");
      lose_line(lines_[index], scenario_.latency_ms, scenario_.latency_ms);
      return close_end(index, side);
    }
    case EffectKind::kNotice:
      if (effect.payload.find(code_name(Code::kClockAhead)) != Buffer::npos) tally_.saw("held in quarantine");
      if (effect.payload.find(code_name(Code::kStampConflict)) != Buffer::npos) fail("two operations with one stamp");
      return;
    case EffectKind::kPauseLink: tally_.saw("link paused"); return;
    default: return;
  }
}

// Own operations stand in the records of a collection that follows own commands.
void World::look_at_records(Peer& p, ByteView record) {
  for (const OperationRef& operation : read_journal(record).operations) {
    const Stamp& stamp = operation->stamp();
    if (stamp.replica != p.id || ledger_.knows(*operation)) continue;   // known: from a file of its own
    if (stamp.clock <= p.greatest) return fail("a replica's stamps do not rise");
    p.greatest = stamp.clock;
    if (!ledger_.made(p.number, operation)) return fail("a stamp was used twice");
  }
}

// Being replaced is what `fullState: "replace"` allows, once a connection, and what comes is what the
// server held.
void World::replaced(Peer& p) {
  p.told_reset = false;
  tally_.saw("replaced by a full state");
  if (!p.setting.replace) return fail("a graph was replaced that is to be merged");
  // Of one that waited behind a verdict which never came it is not known where it came from.
  if (const auto found = p.links.find(busy_); found != p.links.end()) {
    const auto [index, side] = found->second;
    Line& line = lines_[index];
    if (std::exchange(line.replaced[side], true)) return fail("a graph was replaced twice in one connection");
    // What waits in quarantine is missing, and a verdict may let either of them do two things at once.
    const bool whole = p.replica->status_json().find("\"quarantine\":{\"held\":0") != Buffer::npos;
    const bool one_by_one = p.setting.judge == JudgeStyle::kNone && peer(line.ends[1 - side].peer).setting.judge == JudgeStyle::kNone;
    const std::vector<Claim>& offered = line.offered[side];
    if (whole && one_by_one) {
      tally_.saw("replaced by exactly what was sent");
      if (std::find(offered.begin(), offered.end(), claim_of(p.replica->graph().fingerprint())) == offered.end())
        return fail("a replaced graph is not what its server was");
    }
  }
  note("peer " + std::to_string(p.number) + " is replaced");
  ledger_.begins_anew(p.number, p.replica->graph(), true);
  if (chance(p.number, now_) % 2 == 0) compact(p);   // the host may take its time
}

void World::compact(Peer& p) {
  collect(p);
  p.disk.replace(p.replica->snapshot());
}

// As a browser's timer: set by the wall clock, waiting by the monotonic one (js/host/alarm.js).
void World::ring(Peer& p) {
  const uint64_t time = p.alarm->second, wall_now = wall(p);
  p.alarm.reset();
  if (wall_now < time) p.alarm = {now_ + (time - wall_now), time};
  if (wall_now < time && time - wall_now <= kStepMs) return;
  p.replica->tick(wall_now);
  collect(p);
}

// A judge with an opinion keeps to it: what it refuses once it always refuses. The stamp of what it
// refuses; none: it pleases.
Stamp World::displeases(const Peer& p, Unpacker& operations) const {
  ByteView summary, replica;
  uint32_t size = 0;
  uint64_t physical = 0, logical = 0;
  WEFT_CHECK(operations.skip(&summary));
  if (chance(p.number, hash_bytes(summary, 0)) % 100 >= 15) return kNoStamp;
  Unpacker in(summary);
  WEFT_CHECK(in.array(size) && size == 9);
  for (unsigned i = 0; i < 6; ++i) WEFT_CHECK(in.skip(nullptr));
  WEFT_CHECK(in.uint(physical) && in.uint(logical) && in.str(replica));
  return Stamp::make(physical, static_cast<uint16_t>(logical), std::stoull(Buffer(replica), nullptr, 16));
}

void World::ask_judge(Peer& p, const Effect& effect) {
  Unpacker in(effect.payload);
  uint32_t size = 0, operations = 0;
  ByteView mode;
  if (!in.array(size) || !in.str(mode) || !in.array(operations)) return fail("a judge's question cannot be read");
  const uint64_t draw = chance(p.number, ++p.judged);
  Waiting waiting{now_, effect.target, Buffer(operations, 1), busy_};
  if (p.setting.judge == JudgeStyle::kRefusing && !lenient_)
    for (char& keep : waiting.keep) {
      const Stamp refused = displeases(p, in);
      if (refused.is_none()) continue;
      keep = 0;
      p.refused.push_back(refused);
    }
  tally_.saw("judged");
  if (p.setting.judge == JudgeStyle::kForgetful && draw % 4 == 0) return tally_.saw("verdict that never came");
  if (p.setting.judge != JudgeStyle::kPrompt) waiting.due += draw / 8 % 1000;
  p.waiting.push_back(waiting);
}

void World::answer(Peer& p, size_t at) {
  Waiting waiting = p.waiting[at];
  p.waiting.erase(p.waiting.begin() + static_cast<std::ptrdiff_t>(at));
  if (at > 0 || !p.waiting.empty()) tally_.saw("verdict among others");
  if (lenient_) std::fill(waiting.keep.begin(), waiting.keep.end(), '\1');
  if (waiting.keep.find('\0') != Buffer::npos) tally_.saw("operation refused by a judge");
  busy_ = waiting.link;
  const Status told = p.replica->verdict(waiting.ticket, waiting.keep, wall(p));   // an error: its link is gone
  if (!told) tally_.saw("verdict too late");
  collect(p);
  busy_ = 0;
}

}  // namespace weft::sim
