// The journal: what is read at open, written as one goes, and written anew as a snapshot.
#include <algorithm>

#include "core/replica_state.h"

namespace weft {

Status Replica::State::load(ByteView bytes) { return reader_.feed(bytes); }

// Nothing is applied before everything was read and found sound.
Status Replica::State::load_end() {
  Result<Journal> read = reader_.finish();
  reader_ = JournalReader();
  if (!read) return read.error();
  adopt(*read);
  indexes_.prepare(graph_);
  if (!read->warning.empty()) {
    notice(code_name(Code::kCorruptStore), read->warning);
    outbox_.put(EffectKind::kReset, 0, {});  // nothing may be appended after a torn end
  }
  return ok_status();
}

// In a snapshot nothing stands twice, and what was created since is mostly another node each.
void Replica::State::make_room(const Journal& journal) {
  const auto upserts = std::count_if(journal.live.begin(), journal.live.end(), [](const OperationRef& o) { return is_upsert(o->kind()); });
  const auto created = std::count_if(journal.operations.begin(), journal.operations.end(), [](const OperationRef& o) { return o->kind() == Kind::kCreate; });
  graph_.reserve(static_cast<size_t>(upserts + created), journal.live.size() + static_cast<size_t>(created));
}

// A snapshot's operations go into the graph and, where its window names them, into the oplog; its
// floor covers the rest. What came after it is applied as it was then.
void Replica::State::adopt(const Journal& journal) {
  const Origin origin{Source::kStore};
  make_room(journal);
  journal_begun_ = journal_begun_ || journal.version == kJournalVersion;
  if (journal.state) {
    const bool first = watermark_.is_none();
    for (const OperationRef& operation : journal.live) ingest(operation, origin, !first);
    if (first) {
      oplog_ = Oplog(options_.oplog_size);
      oplog_.raise_floor(journal.state->floor);
      restore_window(journal);
    }
    clock_.observe(Stamp{journal.state->clock, 0});
    if (watermark_ < journal.state->watermark) watermark_ = journal.state->watermark;
  }
  for (const OperationRef& operation : journal.operations) ingest(operation, origin, true);
}

void Replica::State::restore_window(const Journal& journal) {
  std::set<Stamp> window(journal.state->window.begin(), journal.state->window.end());
  // From the latest on: what is below the floor already raises it no more.
  for (auto it = journal.live.rbegin(); it != journal.live.rend(); ++it)
    if (oplog_.floor() < (*it)->stamp() && window.count((*it)->stamp()) == 0) oplog_.raise_floor((*it)->stamp());
  for (const Stamp& stamp : journal.state->window)
    if (const OperationRef operation = graph_.live(stamp)) oplog_.append(operation);
}

// Of the moment in which it is called. Of what the oplog holds, the operations that are live are looked up one by one:
// to look by stamp would sort the graph.
std::unique_ptr<Slices> Replica::State::snapshot_slices() const {
  JournalState state;
  state.watermark = watermark_;
  state.floor = oplog_.floor();
  state.clock = clock_.last();
  for (const OplogEntry& entry : oplog_.entries())
    if (entry.operation && graph_.is_live(*entry.operation)) state.window.push_back(entry.stamp);
  return slice_snapshot(graph_.live_in_any_order(), std::move(state));
}

// What was persisted at receipt and is not applied yet is not in there: it is persisted once more, behind it.
uint32_t Replica::State::begin_snapshot() {
  close_unit();
  const uint32_t number = begin_slices(snapshot_slices());
  for (const auto& [id, ticket] : tickets_) {
    if (!ticket.origin.persisted) continue;
    for (const size_t index : ticket.judged) outbox_.add(ticket.message.operations[index], true, false, false);
  }
  for (auto& [id, session] : sessions_)
    if (session.staging && session.staging->persisted) persist_staged(session);
  return number;
}

Buffer Replica::State::snapshot() const {
  const std::unique_ptr<Slices> slices = snapshot_slices();
  Buffer journal;
  while (slices->next(journal)) {}
  return journal;
}

void Replica::State::append_record(const Operations& operations, bool reset) {
  Buffer record;
  append_operations(record, operations, reset);
  persist(std::move(record), false);
}

// `whole_state`: what a large full state added, which is no reason to write the journal anew.
void Replica::State::persist(Buffer records, bool whole_state) {
  if (!journal_begun_) {
    Buffer header;
    append_header(header);
    records.insert(0, header);
    journal_begun_ = true;
  }
  outbox_.put_outgoing(EffectKind::kPersist, 0, std::move(records), whole_state ? 1 : 0);
}

}  // namespace weft
