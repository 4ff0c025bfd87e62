// Range reconciliation: a few rounds of range fingerprints, then exactly the operations that differ, both
// ways. The replica with the greater id initiates; the other keeps nothing between rounds. Both sides'
// graphs may move meanwhile: that costs a needless or a missing operation, never a wrong one, and the
// fingerprints at the end say whether it did.
#include <algorithm>

#include "core/replica_state.h"

namespace weft {
namespace {

// Measured (docs/performance.md, "Reconciliation"): among 100,000 operations a branching of 8 takes half the bytes of 16,
// the reference implementation's, for one more round. A message fits one chunk of the transport.
// The first message cuts finer, which costs a kilobyte once and saves a round; to look for single missing items costs
// a hash each, a few milliseconds for a message.
constexpr negentropy::Settings kSettings{8, 60'000, 64, 16'384};
constexpr size_t kMaxNeeded = size_t{1} << 22;           // a peer that claims more than four million is refused

}  // namespace

bool Replica::State::both_reconcile(const Session& session) const {
  return options_.reconcile && (session.peer_modes & kOffersReconcile) != 0;
}

// The live set in (clock part, digest) order: built when first needed, kept up to date from then on.
const RangeTree& Replica::State::ranges() {
  if (!ranges_) {
    ranges_ = std::make_unique<LiveRanges>();
    graph_.observe_digests(ranges_.get());
  }
  graph_.fingerprint();   // digests what is new, which reaches the tree
  return ranges_->tree();
}

void Replica::State::start_reconcile(Session& session) {
  if (!both_reconcile(session)) return send_full(session, true);
  const Claim now = claim();
  if (session.full_out.covers(now, wall_ms_)) return;   // one is under way
  session.full_out.set(now, wall_ms_);
  session.mode = SyncMode::kReconcile;
  session.initiated.begin(session.initiated.number + 1, version_);
  session.reconciliation.emplace();
  send_ranges(session, session.initiated.number, negentropy::initiate(ranges(), kSettings));
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
  Result<negentropy::Progress> progress = negentropy::proceed(ranges(), kSettings, message.ranges);
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
  Result<Buffer> answer = negentropy::respond(ranges(), kSettings, message.ranges);
  if (!answer) return refuse(session, answer.error());
  send_ranges(session, message.exchange, std::move(*answer));
}

Operations Replica::State::live_of(const std::set<Digest>& digests) const {
  Operations found;
  if (digests.empty()) return found;
  for (const OperationRef& operation : graph_.live_in_stamp_order())
    if (digests.count(operation->digest()) != 0) found.push_back(operation);
  return found;
}

void Replica::State::send_difference(Session& session) {
  Message difference;
  difference.type = MessageType::kDifference;
  difference.exchange = session.initiated.number;
  difference.operations = live_of(session.reconciliation->have);
  difference.need.assign(session.reconciliation->need.begin(), session.reconciliation->need.end());
  session.reconciliation.reset();
  send(session, difference);
}

void Replica::State::on_difference(Session& session, const Message& difference, const Origin& origin) {
  session.sync_out.clear();
  session.mode = SyncMode::kReconcile;
  const bool current = session.answering.is_current(difference.exchange);
  ingest_all(difference.operations, origin);
  Message back;
  back.type = MessageType::kBack;
  back.exchange = difference.exchange;
  back.operations = live_of({difference.need.begin(), difference.need.end()});
  back.claim = claim();
  back.moved = !current || session.answering.moved(version_);
  if (current) session.answering.answered = version_;
  if (current) hear(session);
  send(session, back);
}

}  // namespace weft
