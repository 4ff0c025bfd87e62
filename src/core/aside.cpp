// A large full state is built aside and exchanged for the graph in use; see core/aside.h.
#include "core/aside.h"

#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "core/replica_state.h"
#include "log/columns.h"

namespace weft {
namespace {

constexpr bool kWholeState = true;

}  // namespace

// The next full state that has come whole, of the link with the least number. Its place in the order of exchanges is
// the moment at which its last part came.
bool Replica::State::begin_aside() {
  const auto whole = std::find_if(sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second.applies(); });
  const auto import = std::find_if(imports_.begin(), imports_.end(), [](const auto& entry) { return entry.second->staging.whole; });
  if (whole == sessions_.end() && import == imports_.end()) return false;
  aside_ = std::make_unique<Aside>(options_.hash_seed);
  Aside& aside = *aside_;
  if (whole == sessions_.end()) {
    aside.import = import->first;
  } else {
    const Session& session = whole->second;
    aside.link = session.link;
    aside.replaces = is_replaced_by(session, session.staging->full);
  }
  aside.origin = origin_of(aside.link);
  aside.origin.persisted = staging_of(aside).persisted;
  if (aside.replaces) append_reset(aside.journal);
  else aside.ours = graph_.live_in_stamp_order();
  if (!ranges_) return true;
  aside.ranges = std::make_unique<LiveRanges>();
  aside.graph.observe_digests(aside.ranges.get());
  return true;
}

Staging& Replica::State::staging_of(const Aside& aside) {
  return aside.link == 0 ? imports_.at(aside.import)->staging : *sessions_.at(aside.link).staging;
}

// One slice. Digests are taken as it grows, so that its fingerprint costs nothing in the end.
bool Replica::State::build_aside() {
  if (!aside_) return begin_aside();
  Aside& aside = *aside_;
  const Staging& staging = staging_of(aside);
  if (aside.next_ours < aside.ours.size()) apply_aside(aside.ours, aside.next_ours);
  else if (aside.next_run < staging.runs.size()) merge_run(staging.full.operations, staging.runs[aside.next_run]);
  else if (!aside.compared) compare_aside(staging.full.operations);
  else if (aside.meanwhile.size() - aside.next_meanwhile > options_.part_operations) apply_aside(aside.meanwhile, aside.next_meanwhile);
  else exchange_aside();
  return true;
}

void Replica::State::apply_aside(const Operations& operations, size_t& next) {
  const size_t to = std::min(next + options_.part_operations, operations.size());
  for (; next < to; ++next) aside_->graph.apply(operations[next], nullptr);
  aside_->graph.fingerprint();
}

// One part of what came: into the graph, and packed for whoever is to have it too.
void Replica::State::merge_run(const Operations& theirs, const PackedRun& run) {
  Aside& aside = *aside_;
  const size_t fresh_before = aside.fresh.size();
  ++aside.next_run;
  for (size_t i = run.from; i < run.to; ++i) {
    const OperationRef& operation = theirs[i];
    if (is_premature(operation->stamp())) {
      aside.ahead.push_back(operation);
      continue;
    }
    const Applied applied = aside.graph.apply(operation, &aside.touched);
    aside.greatest = std::max(aside.greatest, operation->stamp());
    if (applied == Applied::kConflict || applied == Applied::kConflictChanged) aside.conflicts.emplace_back(operation, changed(applied));
    if (changed(applied)) aside.fresh.push_back(operation);
  }
  aside.graph.fingerprint();
  if (aside.fresh.size() == fresh_before) return;
  const bool all = aside.fresh.size() - fresh_before == run.to - run.from && !run.columns.empty();
  pack_aside(all ? run.columns : pack_columns(aside.fresh, fresh_before, aside.fresh.size()));
}

void Replica::State::pack_aside(const Buffer& columns) {
  Aside& aside = *aside_;
  if (aside.origin.goes_to_journal()) append_packed(aside.journal, columns);
  if (aside.origin.goes_to_tabs() && tab_links_ > 0) aside.for_tabs.push_back(part_for_tabs(aside.for_tabs.size(), columns, false));
}

// Full states for all tabs at once are of exchange 0, which nothing answers.
Buffer Replica::State::part_for_tabs(uint64_t number, const Buffer& columns, bool last) const {
  Message message;
  message.type = number == 0 ? MessageType::kFull : MessageType::kPart;
  message.sync.replica = options_.replica_id;
  message.in_place = true;
  message.part = number;
  message.last = last;
  message.columns = columns;
  return encode(message, SIZE_MAX);   // it stays in this machine
}

// What only this replica holds, for the answer.
void Replica::State::compare_aside(const Operations& theirs) {
  Aside& aside = *aside_;
  aside.compared = true;
  if (aside.ours.empty() || aside.link == 0) return;
  Operations only = only_held(aside.ours, theirs);
  for (OperationRef& operation : only)
    if (aside.graph.is_live(*operation)) aside.only_ours.push_back(std::move(operation));
}

void Replica::State::exchange_aside() {
  const std::unique_ptr<Aside> aside = std::move(aside_);
  for (size_t i = aside->next_meanwhile; i < aside->meanwhile.size(); ++i) aside->graph.apply(aside->meanwhile[i], nullptr);
  const Staging staging = aside->link == 0 ? std::move(staging_of(*aside)) : take_staging(sessions_.at(aside->link));
  close_unit();   // what came before goes out before
  show_aside(*aside);
  log_aside(*aside, staging.full);
  persist_aside(*aside);
  tell_tabs(*aside);
  if (aside->replaces) {
    sessions_.at(aside->link).replaced = true;
    outbox_.put(EffectKind::kReset, 0, {});
    forget_marks();
  }
  for (const auto& [operation, stands] : aside->conflicts) report_conflict(*operation, stands);
  for (const OperationRef& operation : aside->ahead) hold(operation, aside->origin);
  if (aside->link == 0) {
    imports_.erase(aside->import);
    return;
  }
  if (staging.full.exchange != kToAllTabs) send_back(sessions_.at(aside->link), staging.full.exchange, back_of(*aside));
  resume(aside->link);
}

// The exchange. What stood beside the old graph is told that everything may have changed. What came meanwhile was told
// as the old graph showed it: with what is in the new one (an older remove, say) it may look otherwise.
void Replica::State::show_aside(Aside& aside) {
  if (!queries_.empty()) {
    touched_links_.all = true;
    if (aside.replaces) graph_.for_each_node([this](const Node& node) { touched_.emplace_back(graph_.id(node)); });
    touched_.insert(touched_.end(), std::make_move_iterator(aside.touched.begin()), std::make_move_iterator(aside.touched.end()));
    for (const OperationRef& operation : aside.meanwhile)
      if (operation->kind() != Kind::kClear) touched_.emplace_back(operation->id());
  }
  graph_.observe_digests(nullptr);
  graph_.observe_changes(nullptr);
  std::swap(graph_, aside.graph);
  std::swap(ranges_, aside.ranges);
  if (!ranges_) graph_.observe_digests(nullptr);
  indexes_.cleared();
  graph_.observe_changes(&indexes_);
  held_.forget();
  if (aside.replaces) watermark_ = kNoStamp;
  for (const OperationRef& operation : aside.meanwhile) watermark_ = std::max(watermark_, operation->stamp());
  watermark_ = std::max(watermark_, aside.greatest);
  clock_.observe(aside.greatest);
  if (aside.replaces || !aside.fresh.empty()) fingerprint_moved();
  retired_.push_back(std::move(aside.graph));
}

// What stands in for a reconciliation is logged as one would be. A full state proper does not fit the window: it goes
// into the floor, and the old history, which no longer describes the graph, after it.
void Replica::State::log_aside(const Aside& aside, const Message& full) {
  if (aside.replaces) oplog_ = Oplog(options_.oplog_size);
  const bool logs = full.in_place && !aside.replaces;
  const size_t logged = logs ? std::min(aside.fresh.size(), oplog_.capacity()) : 0, from = aside.fresh.size() - logged;
  for (size_t i = 0; i < from; ++i) oplog_.raise_floor(aside.fresh[i]->stamp());
  if (!logs && from > 0) oplog_.clear_into_floor();
  for (size_t i = from; i < aside.fresh.size(); ++i) oplog_.append(aside.fresh[i]);
  if (!aside.replaces) return;
  for (const OperationRef& operation : aside.meanwhile) oplog_.append(operation);
}

// One group: whole or not at all. Of what came meanwhile the records stand before a reset, so it comes once more.
void Replica::State::persist_aside(Aside& aside) {
  if (!aside.replaces && (aside.fresh.empty() || !aside.origin.goes_to_journal())) return;
  append_operations(aside.journal, aside.replaces ? aside.meanwhile : Operations(), false);
  persist(std::move(aside.journal), kWholeState);
}

void Replica::State::tell_tabs(Aside& aside) {
  if (aside.for_tabs.empty()) return;
  aside.for_tabs.push_back(part_for_tabs(aside.for_tabs.size(), pack_columns({}, 0, 0), true));
  for (Buffer& message : aside.for_tabs) {
    for (auto& [id, session] : sessions_)
      if (session.tab && !session.dropped) session.count_sent(MessageType::kPart, 0, message.size(), message.size());
    outbox_.put_outgoing(EffectKind::kSend, kTabBroadcast, std::move(message));
  }
}

Operations Replica::State::back_of(Aside& aside) const {
  if (aside.replaces) return {};
  Operations back = std::move(aside.only_ours);
  for (const OperationRef& operation : aside.meanwhile)
    if (graph_.is_live(*operation)) back.push_back(operation);
  return back;
}

// The owner of the store keeps what another tab posted as soon as it is there: that tab may ask whether it is safe.
void Replica::State::persist_staged(Session& session) {
  Staging& staging = *session.staging;
  if (!store_owner_ || !session.tab) return;
  close_unit();
  Buffer journal;
  for (const PackedRun& run : staging.runs)
    append_packed(journal, run.columns.empty() ? pack_columns(staging.full.operations, run.from, run.to) : run.columns);
  append_operations(journal, {}, false);
  persist(std::move(journal), kWholeState);
  staging.persisted = true;
}

}  // namespace weft
