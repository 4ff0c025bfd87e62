// Range reconciliation: a few rounds of range fingerprints, then exactly the operations that differ, both
// ways. The replica with the greater id initiates; the other keeps nothing between rounds. Both sides'
// graphs may move meanwhile: that costs a needless or a missing operation, never a wrong one, and the
// fingerprints at the end say whether it did.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "core/replica_state.h"

namespace weft {
namespace {

// Measured (docs/performance.md, "Reconciliation"): among 100,000 operations a branching of 8 takes half the bytes of 16,
// the reference implementation's, for one more round. A message fits one chunk of the transport.
// The first message cuts finer, which costs a kilobyte once and saves a round; to look for single missing items costs
// a hash each, a few milliseconds for a message.
constexpr negentropy::Settings kSettings{8, 60'000, 64, 16'384};
constexpr uint64_t kRangesCost = limits::kPartOperations;   // what a message of ranges takes, at worst
constexpr size_t kMaxNeeded = size_t{1} << 22;           // a peer that claims more than four million is refused

}  // namespace

bool Replica::State::both_reconcile(const Session& session) const {
  return options_.reconcile && (session.peer_modes & kOffersReconcile) != 0;
}

// The live set in (clock part, digest) order: built when first needed, in slices where it is large (build_ranges), kept
// up to date from then on. False: not yet.
bool Replica::State::has_ranges() {
  if (!ranges_) {
    ranges_ = std::make_unique<LiveRanges>();
    graph_.observe_digests(ranges_.get());
  }
  graph_.fingerprint();   // digests what is new, which reaches the tree
  if (ranges_->pending() <= options_.part_operations) ranges_->build_some(options_.part_operations);
  return ranges_->is_whole();
}

void Replica::State::start_reconcile(Session& session) {
  if (!both_reconcile(session)) return send_full(session, true);
  const Claim now = claim();
  if (session.full_out.covers(now, wall_ms_)) return;   // one is under way
  session.awaits_ranges = session.starts_then = !has_ranges();
  if (session.awaits_ranges) return;
  session.full_out.set(now, wall_ms_);
  session.mode = SyncMode::kReconcile;
  session.initiated.begin(session.initiated.number + 1, version_);
  session.reconciliation.emplace();
  send_ranges(session, session.initiated.number, negentropy::initiate(ranges_->tree(), kSettings));
}

// A message that takes the tree to answer waits for it, first in its line.
void Replica::State::await_ranges(Session& session, ByteView bytes) {
  session.awaits_ranges = true;
  session.parked.emplace_front(bytes);
  session.parked_bytes += bytes.size() + limits::kParkedOverhead;
}

// A slice of the tree; with the last one go on those that waited for it.
bool Replica::State::build_ranges() {
  const auto waits = [](const auto& entry) { return entry.second.awaits_ranges; };
  if (fingerprint_is_behind() || std::none_of(sessions_.begin(), sessions_.end(), waits)) return false;
  if (!has_ranges()) ranges_->build_some(options_.part_operations);
  if (!ranges_->is_whole()) return true;
  for (auto& [id, session] : sessions_) {
    if (!std::exchange(session.awaits_ranges, false)) continue;
    if (std::exchange(session.starts_then, false)) start_reconcile(session);
  }
  return true;
}

void Replica::State::send_ranges(Session& session, uint64_t exchange, Buffer bytes) {
  Message message;
  message.type = MessageType::kRanges;
  message.exchange = exchange;
  message.ranges = std::move(bytes);
  ++session.rounds;
  send(session, message);
}

void Replica::State::on_ranges(Session& session, const Message& message) {
  if (session.peer == 0) return refuse(session, make_error(Code::kMalformed, "a reconciliation before a sync"));
  if (session.peer > options_.replica_id) return answer_ranges(session, message);
  if (!session.reconciliation || !session.initiated.is_current(message.exchange)) return;  // of one given up
  if (!affords(session, kRangesCost)) return session.reconciliation.reset();
  Result<negentropy::Progress> progress = negentropy::proceed(ranges_->tree(), kSettings, message.ranges);
  if (!progress) return refuse(session, progress.error());
  Reconciliation& found = *session.reconciliation;
  found.have.insert(progress->have.begin(), progress->have.end());
  found.need.insert(progress->need.begin(), progress->need.end());
  if (found.need.size() > kMaxNeeded)
    return refuse(session, make_error(Code::kTooLarge, "a peer that claims more operations than there can be"));
  if (progress->message) return send_ranges(session, message.exchange, std::move(*progress->message));
  send_difference(session);
}

void Replica::State::answer_ranges(Session& session, const Message& message) {
  if (!session.answering.is_current(message.exchange)) session.answering.begin(message.exchange, version_);
  session.mode = SyncMode::kReconcile;
  session.sync_out.clear();
  if (!affords(session, kRangesCost)) return;
  Result<Buffer> answer = negentropy::respond(ranges_->tree(), kSettings, message.ranges);
  if (!answer) return refuse(session, answer.error());
  send_ranges(session, message.exchange, std::move(*answer));
}

void Replica::State::send_difference(Session& session) {
  Sending difference;
  difference.message.type = MessageType::kDifference;
  difference.message.exchange = session.initiated.number;
  const Reconciliation& found = *session.reconciliation;
  difference.operations = graph_.live_among({found.have.begin(), found.have.end()});
  difference.need.assign(found.need.begin(), found.need.end());
  session.reconciliation.reset();
  begin_sending(session, std::move(difference));
}

void Replica::State::on_difference(Session& session, const Message& difference, const Origin& origin) {
  session.sync_out.clear();
  session.mode = SyncMode::kReconcile;
  ingest_all(difference.operations, origin);
  send_back(session, difference.exchange, graph_.live_among(difference.need));
}

}  // namespace weft
