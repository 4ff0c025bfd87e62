// Full state: the whole live set one way, and back what only its receiver held. Where a peer does not offer
// reconciliation a full state "in place" stands in for it: that one always merges, and is counted.
#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "core/replica_state.h"

namespace weft {
namespace {

bool before(const OperationRef& a, const OperationRef& b) { return precedes(*a, *b); }

}  // namespace

Operations only_held(const Operations& held, Operations sent) {
  if (!std::is_sorted(sent.begin(), sent.end(), before)) std::sort(sent.begin(), sent.end(), before);
  Operations only;
  std::set_difference(held.begin(), held.end(), sent.begin(), sent.end(), std::back_inserter(only), before);
  return only;
}

// A peer may make us pack everything again and again, by asking after each change. `cost`: operations to pack, or as
// much work. What is above its budget is not answered: proof after rest asks again. A wall clock that steps back forgives.
bool Replica::State::affords(Session& session, uint64_t cost) {
  if (wall_ms_ < session.spending_since_ms || wall_ms_ - session.spending_since_ms >= limits::kAnswerWindowMs) {
    session.spending_since_ms = wall_ms_;
    session.spent = 0;
  }
  if (session.spent + cost > std::max<uint64_t>(limits::kAnswerOperations, limits::kAnswerStates * graph_.live_count())) {
    ++session.over_budget;
    session.answering.lost = true;   // it ends without a mark, if at all
    status_moved_ = true;
    return false;
  }
  session.spent += cost;
  return true;
}

void Replica::State::send_full(Session& session, bool in_place) {
  const Claim now = claim();
  if (!session.sending.empty() || session.full_out.covers(now, wall_ms_)) return;  // one is on its way
  if (!affords(session, graph_.live_count())) return;
  Sending sending;
  sending.operations = graph_.live_in_stamp_order();
  Message& full = sending.message;
  full.type = MessageType::kFull;
  full.sync.replica = options_.replica_id;
  full.sync.watermark = watermark_;
  full.claim = now;
  full.in_place = in_place;
  session.initiated.begin(session.initiated.number + 1, version_);
  session.reconciliation.reset();
  full.exchange = session.initiated.number;
  session.full_out.set(now, wall_ms_);
  session.mode = in_place ? SyncMode::kReconcile : SyncMode::kFull;
  if (in_place) {
    ++session.full_in_place;
    ++full_in_place_;
  }
  begin_sending(session, std::move(sending));
}

// All of it is there.
void Replica::State::on_whole(Session& session, const Message& full) {
  if (full.exchange == kToAllTabs) return;
  session.sync_out.clear();
  session.mode = full.in_place ? SyncMode::kReconcile : SyncMode::kFull;
  session.answering.begin(full.exchange, version_);
  session.answering.lost = session.staging->lost;
}

// One that fits a part, in one step; core/aside.cpp has the others.
void Replica::State::on_full(Session& session, const Message& full, const Origin& origin) {
  Operations back;
  if (is_replaced_by(session, full)) {
    session.replaced = true;
    replace_graph(full.operations, origin);
  } else {
    merge_full(full, origin);
    if (full.exchange == kToAllTabs) return;
    back = only_held(graph_.live_in_stamp_order(), full.operations);
  }
  send_back(session, full.exchange, std::move(back));
}

// An answer to an earlier exchange still brings operations, but says nothing of the latest one.
void Replica::State::on_back(Session& session, const Message& back, const Origin& origin) {
  session.sync_out.clear();
  const bool current = session.initiated.is_current(back.exchange);
  ingest_all(back.operations, origin);
  Message done;
  done.type = MessageType::kDone;
  done.exchange = back.exchange;
  done.claim = claim();
  done.moved = !current || session.initiated.moved(version_);
  send(session, done);
  if (!current) return;
  hear(session);
  end_exchange(session, session.initiated, back);
}

// The other side has set its mark by what the answer said. When this graph moved since (a release from
// quarantine), being equal now is not known over there: one more sync, after rest, tells both.
void Replica::State::on_done(Session& session, const Message& done) {
  session.sync_out.clear();
  if (!session.answering.is_current(done.exchange)) return;
  end_exchange(session, session.answering, done);
  if (session.answering.answered != version_) forget_mark(session);
}

// Of two only the one with the lower (watermark, id), and once a connection, or they would swap for
// ever. Tabs share one store, so between them nothing is ever discarded; nor by what is not whole.
bool Replica::State::is_replaced_by(const Session& session, const Message& full) const {
  if (!options_.replace_full_state || full.in_place || session.replaced || session.tab || session.answering.lost) return false;
  const Stamp& theirs = full.sync.watermark;
  return watermark_ != theirs ? watermark_ < theirs : options_.replica_id < full.sync.replica;
}

// What stands in for a reconciliation is logged as one would be. A full state proper does not fit the
// window: it goes into the floor, and the old history, which no longer describes the graph, after it.
void Replica::State::merge_full(const Message& full, const Origin& origin) {
  if (full.in_place) return ingest_all(full.operations, origin);
  bool changed = false;
  for (const OperationRef& operation : full.operations) changed |= ingest(operation, origin, false);
  if (changed) oplog_.clear_into_floor();
}

// From the old state to the new in one step. The clock keeps what it reached: a stamp made before
// could be made again. A fingerprint may return to an old value, so every link's mark is forgotten.
void Replica::State::replace_graph(const Operations& operations, const Origin& origin) {
  close_unit();
  aside_.reset();   // it began with the graph that goes, and begins anew
  touched_links_.all = true;
  if (!queries_.empty())
    graph_.for_each_node([this](const Node& node) { touched_.emplace_back(graph_.id(node)); });
  graph_.observe_digests(nullptr);
  ranges_.reset();   // it watched the graph that goes
  graph_.forget_all();
  oplog_ = Oplog(options_.oplog_size);
  watermark_ = kNoStamp;
  Origin kept = origin;
  kept.persisted = true;  // by the record below, which also discards what the journal said before
  for (const OperationRef& operation : operations) ingest(operation, kept, false);
  fingerprint_moved();    // also when nothing came
  append_record(graph_.live_in_stamp_order(), true);
  outbox_.put(EffectKind::kReset, 0, {});
  forget_marks();
}

}  // namespace weft
