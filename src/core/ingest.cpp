// The one door: every operation enters here, whatever brought it.
#include "core/json_text.h"
#include "core/replica_state.h"

namespace weft {
namespace {

constexpr size_t kReportsAtOnce = 100;   // a flood from a hostile peer is counted, not told one by one

}  // namespace

bool Replica::State::may_report() { return ++reports_ <= kReportsAtOnce; }
bool Replica::State::ingest(const OperationRef& operation, const Origin& origin, bool log) {
  const Stamp& stamp = operation->stamp();
  if (origin.is_foreign() && is_premature(stamp)) {
    hold(operation, origin);
    return false;
  }
  const Applied applied = graph_.apply(operation, queries_.empty() ? nullptr : &touched_,
                                       queries_.follows_links() ? &touched_links_ : nullptr);
  clock_.observe(stamp);
  if (watermark_ < stamp) watermark_ = stamp;
  if (applied == Applied::kConflict || applied == Applied::kConflictChanged)
    report_conflict(*operation, changed(applied));
  if (!changed(applied)) return false;
  if (aside_) aside_->meanwhile.push_back(operation);
  if (log) oplog_.append(operation);
  else oplog_.raise_floor(stamp);
  fingerprint_moved();
  outbox_.add(operation, origin.goes_to_journal(), origin.goes_to_peers() && peer_links_ > 0,
              origin.goes_to_tabs() && tab_links_ > 0);
  return true;
}

void Replica::State::ingest_all(const Operations& operations, const Origin& origin) {
  for (const OperationRef& operation : operations) ingest(operation, origin, true);
}

// A stamp in this replica's own name is exempt only when its clock has reached it: what lies beyond
// was not made here, and is held like anyone else's.
bool Replica::State::is_premature(const Stamp& stamp) const {
  if (!quarantine_.is_ahead(stamp, wall_ms_)) return false;
  return stamp.replica != options_.replica_id || stamp.clock > clock_.last();
}

void Replica::State::hold(const OperationRef& operation, const Origin& origin) {
  if (quarantine_.hold(operation, origin) && may_report())
    notice(code_name(Code::kClockAhead), "operations of a replica whose clock runs ahead are held back",
           {{"replica", hex(operation->stamp().replica)}});
  status_moved_ = true;
}

// Release, and the due time of an operation that was dropped, forget the marks: the peers that sent
// it hold it, and equal fingerprints from before prove nothing any more.
void Replica::State::release_quarantine() {
  std::vector<Quarantine::Held> released;
  if (!quarantine_.release(wall_ms_, released)) return;
  for (Quarantine::Held& held : released) {
    held.origin.persisted = false;   // a snapshot made meanwhile does not hold what was not applied
    ingest(held.operation, held.origin, true);
  }
  status_moved_ = true;
  forget_marks();
}

void Replica::State::report_conflict(const Operation& operation, bool changed) {
  ++conflicts_;
  status_moved_ = true;
  if (!may_report()) return;
  notice(code_name(Code::kStampConflict), "two operations carry one stamp; the one with the greater digest stands",
         {{"id", std::string(operation.id())},
          {"replica", hex(operation.stamp().replica)},
          {"stands", changed ? "the newcomer" : "the one held"}});
}

void Replica::State::fingerprint_moved() {
  ++version_;
  rest_.changed(wall_ms_);
  if (!sessions_.empty()) rest_.want(wall_ms_);
  marks_moved_ = true;
}

}  // namespace weft
