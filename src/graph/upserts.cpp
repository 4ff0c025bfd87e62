#include "graph/upserts.h"

#include <algorithm>

#include "base/pack.h"

namespace weft {
namespace {

constexpr size_t kFewNames = 4;   // so many are put in place, or dropped, one by one

bool makes_node(const Operation& operation) { return operation.kind() != Kind::kPatch; }

// The bytes an upsert alone gives its node.
ByteView content(const Operation& operation) {
  return operation.kind() == Kind::kReplace ? operation.value() : operation.fields();
}

// What it says of when its node was made.
Stamp created_by(const Operation& operation) {
  const Stamp carried = operation.created();
  return carried.is_none() ? operation.stamp() : carried;
}

bool same(const Operation& a, const Operation& b) { return !precedes(a, b) && !precedes(b, a); }

}  // namespace

std::vector<Upserts::Held>::iterator Upserts::Table::place_of(const Operation& operation) {
  return std::lower_bound(held.begin(), held.end(), operation,
                          [](const Held& h, const Operation& o) { return precedes(*h.operation, o); });
}

Upserts::Inserted Upserts::insert(const Placed& live, Superseded& superseded, bool& conflict) {
  const Operation& operation = *live.operation;
  if (empty()) {
    only_ = live;
    return Inserted::kLive;
  }
  if (only_) {
    conflict = only_.operation->stamp() == operation.stamp() && !same(*only_.operation, operation);
    return insert_beside_one(live, superseded);
  }
  const auto place = table_->place_of(operation);
  const auto has_stamp = [&](const Held& h) { return h.operation->stamp() == operation.stamp(); };
  if (place != table_->held.end() && same(*place->operation, operation)) return Inserted::kKnown;
  conflict = (place != table_->held.end() && has_stamp(*place)) ||
             (place != table_->held.begin() && has_stamp(*(place - 1)));
  const Inserted inserted = insert_into_table(live, superseded);
  if (inserted == Inserted::kLive) settle();
  return inserted;
}

// The everyday cases without a table: a replace over anything, anything below a replace.
Upserts::Inserted Upserts::insert_beside_one(const Placed& live, Superseded& superseded) {
  const Operation &held = *only_.operation, &operation = *live.operation;
  if (same(held, operation)) return Inserted::kKnown;
  const bool above = precedes(held, operation);
  if (above && operation.kind() == Kind::kReplace) {
    superseded.push_back(std::exchange(only_, live));
    return Inserted::kLive;
  }
  if (!above && held.kind() == Kind::kReplace) return Inserted::kSuperseded;
  table_ = std::make_unique<Table>();
  begin_table(std::exchange(only_, Placed()));
  const Inserted inserted = insert_into_table(live, superseded);
  settle();
  return inserted;
}

void Upserts::begin_table(const Placed& live) {
  Table& t = *table_;
  const Operation& first = *live.operation;
  t.held.reserve(3);
  t.winners.reserve(ValueView(first.fields()).size() + size_t{ValueView(first.deleted()).size()} + 1);
  std::vector<const Operation*> nobody;
  t.held.push_back({live, take_names(first, nobody)});
  if (makes_node(first)) t.last = &first;
  if (first.kind() == Kind::kReplace) t.base = &first;
}

Upserts::Inserted Upserts::insert_into_table(const Placed& live, Superseded& superseded) {
  Table& t = *table_;
  const Operation& operation = *live.operation;
  if (t.base && precedes(operation, *t.base)) return Inserted::kSuperseded;
  if (operation.kind() == Kind::kReplace) {
    rebase(live, superseded);
    return Inserted::kLive;
  }
  std::vector<const Operation*> losers;
  const uint32_t wins = take_names(operation, losers);
  const bool is_last = operation.kind() == Kind::kCreate && (!t.last || precedes(*t.last, operation));
  if (wins == 0 && !is_last) return Inserted::kSuperseded;
  t.held.insert(t.place_of(operation), Held{live, wins});
  if (is_last) {
    if (t.last) losers.push_back(t.last);
    t.last = &operation;
  }
  drop_idle(losers, superseded);
  return Inserted::kLive;
}

// Claims every name the operation touches; the count of those it now decides.
uint32_t Upserts::take_names(const Operation& operation, std::vector<const Operation*>& losers) {
  std::vector<Winner>& winners = table_->winners;
  std::vector<Winner> fresh;   // names nobody had claimed
  uint32_t wins = 0;
  const auto claim = [&](ByteView name, size_t value_size) {
    const Winner winner{name.data(), static_cast<uint32_t>(name.size()), static_cast<uint32_t>(value_size), &operation};
    if (winners.empty() || winners.back().text() < name) ++wins, winners.push_back(winner);   // names mostly come in order
    else wins += take(winner, fresh, losers);
  };
  for (auto it = ValueView(operation.fields()).begin(); it.more(); it.next()) claim(it.name(), it.value_bytes().size());
  for (auto it = ValueView(operation.deleted()).begin(); it.more(); it.next()) claim(it.value().text(), 0);
  if (fresh.empty()) return wins;
  const auto by_name = [](const Winner& a, const Winner& b) { return a.text() < b.text(); };
  if (fresh.size() <= kFewNames) {
    for (const Winner& w : fresh) winners.insert(std::lower_bound(winners.begin(), winners.end(), w, by_name), w);
    return wins;
  }
  const auto middle = static_cast<std::ptrdiff_t>(winners.size());
  winners.insert(winners.end(), fresh.begin(), fresh.end());
  std::sort(winners.begin() + middle, winners.end(), by_name);
  std::inplace_merge(winners.begin(), winners.begin() + middle, winners.end(), by_name);
  return wins;
}

bool Upserts::take(const Winner& claim, std::vector<Winner>& fresh, std::vector<const Operation*>& losers) {
  std::vector<Winner>& winners = table_->winners;
  const auto at = std::lower_bound(winners.begin(), winners.end(), claim.text(),
                                   [](const Winner& w, ByteView name) { return w.text() < name; });
  if (at == winners.end() || at->text() != claim.text()) {
    fresh.push_back(claim);
    return true;
  }
  if (!precedes(*at->operation, *claim.operation)) return false;
  if (--table_->place_of(*at->operation)->wins == 0) losers.push_back(at->operation);
  *at = claim;
  return true;
}

// What decides nothing any more goes, unless it is the base or what makes the node.
void Upserts::drop_idle(const std::vector<const Operation*>& candidates, Superseded& superseded) {
  Table& t = *table_;
  const auto is_idle = [&](const Held& h) { return h.wins == 0 && h.operation != t.base && h.operation != t.last; };
  const auto drop = [&](std::vector<Held>::iterator from, std::vector<Held>::iterator to) {
    for (auto it = from; it != to; ++it)
      if (is_idle(*it)) superseded.push_back(*it);
    t.held.erase(std::remove_if(from, to, is_idle), to);
  };
  if (candidates.size() > kFewNames) return drop(t.held.begin(), t.held.end());   // one pass for all of them
  for (const Operation* candidate : candidates) {
    const auto at = t.place_of(*candidate);
    if (at != t.held.end() && at->operation == candidate) drop(at, at + 1);
  }
}

void Upserts::rebase(const Placed& replace, Superseded& superseded) {
  Table& t = *table_;
  drop_all_but_above(replace.operation, kNoStamp, superseded);
  t.base = replace.operation;
  if (!t.last) t.last = replace.operation;
  t.held.insert(t.held.begin(), Held{replace, 0});
}

// Keeps what comes after `base` (when given) and is above `floor`. Each name is decided by the
// latest operation that touched it, so names and their deciders go together.
void Upserts::drop_all_but_above(const Operation* base, const Stamp& floor, Superseded& superseded) {
  Table& t = *table_;
  const auto falls = [&](const Operation* o) { return base ? precedes(*o, *base) : o->stamp() <= floor; };
  t.winners.erase(std::remove_if(t.winners.begin(), t.winners.end(), [&](const Winner& w) { return falls(w.operation); }), t.winners.end());
  if (t.base && falls(t.base)) t.base = nullptr;
  if (t.last && falls(t.last)) t.last = nullptr;
  const auto end = std::find_if(t.held.begin(), t.held.end(), [&](const Held& h) { return !falls(h.operation); });
  for (auto it = t.held.begin(); it != end; ++it) superseded.push_back(*it);
  t.held.erase(t.held.begin(), end);
}

void Upserts::cut(const Stamp& floor, Superseded& superseded) {
  if (only_ && only_.operation->stamp() <= floor) superseded.push_back(std::exchange(only_, Placed()));
  if (!table_) return;
  drop_all_but_above(nullptr, floor, superseded);
  settle();
}

// After every change of the table: of one operation there is none.
void Upserts::settle() {
  Table& t = *table_;
  if (t.held.size() <= 1) {
    if (!t.held.empty()) only_ = t.held[0];
    table_.reset();
    return;
  }
  if (!t.last) return;
  t.created = created_by(*t.last);
  for (const Held& h : t.held)
    if (makes_node(*h.operation)) t.created = std::min(t.created, created_by(*h.operation));
}

const Operation* Upserts::find_like(const Operation& operation) const {
  if (!table_) return only_.operation;
  const auto at = table_->place_of(operation);
  return at == table_->held.end() ? nullptr : at->operation;
}

bool Upserts::exists() const { return only_ ? makes_node(*only_.operation) : table_ && table_->last; }

Stamp Upserts::timestamp() const { return only_ ? only_.operation->stamp() : table_ ? table_->held.back().operation->stamp() : kNoStamp; }

Stamp Upserts::created() const { return only_ ? created_by(*only_.operation) : table_->created; }

ByteView Upserts::whole() const {
  if (only_) return content(*only_.operation);
  // A base that is not a map, and nothing above it that makes the node anew.
  return table_->base && table_->base == table_->last ? table_->base->value() : ByteView();
}

bool Upserts::is_map() const {
  const ByteView bytes = whole();
  return bytes.empty() || ValueView(bytes).type() == Type::kMap;
}

void Upserts::materialise(Buffer& out) const {
  if (is_whole()) {
    out.append(whole());
    return;
  }
  uint32_t count = 0;
  for (FieldCursor it(*this); it.more(); it.next()) ++count;
  pack_map(out, count);
  for (FieldCursor it(*this); it.more(); it.next()) {
    pack_str(out, it.name());
    out.append(it.value());
  }
}

ValueView Upserts::field(ByteView name) const {
  if (only_) return ValueView(content(*only_.operation)).field(name);
  if (!is_map()) return {};
  const std::vector<Winner>& winners = table_->winners;
  const auto at = std::lower_bound(winners.begin(), winners.end(), name,
                                   [](const Winner& w, ByteView n) { return w.text() < n; });
  if (at != winners.end() && at->text() == name) return at->value_size == 0 ? ValueView() : ValueView(at->value());
  return table_->base ? ValueView(table_->base->value()).field(name) : ValueView();
}

FieldCursor::FieldCursor(const Upserts& upserts) : base_({}, 0, false) {
  ByteView below;
  if (upserts.only_) {
    below = content(*upserts.only_.operation);
  } else if (upserts.table_) {
    const auto& winners = upserts.table_->winners;
    winner_ = winners.data();
    winners_end_ = winner_ + winners.size();
    if (upserts.table_->base) below = upserts.table_->base->value();
  }
  if (ValueView(below).type() == Type::kMap) base_ = ValueView(below).begin();
  settle();
}

void FieldCursor::next() {
  if (from_base_) base_.next();
  else ++winner_;
  settle();
}

// Stands on the next field that shows: a winner hides the base's field of its name.
void FieldCursor::settle() {
  while (winner_ != winners_end_) {
    const ByteView name = winner_->text();
    from_base_ = base_.more() && base_.name() < name;
    if (from_base_) break;
    if (base_.more() && base_.name() == name) base_.next();
    if (winner_->value_size > 0) break;
    ++winner_;
  }
  if (winner_ == winners_end_) from_base_ = true;
  more_ = from_base_ ? base_.more() : true;
  if (!more_) return;
  name_ = from_base_ ? base_.name() : winner_->text();
  value_ = from_base_ ? base_.value_bytes() : winner_->value();
}

}  // namespace weft
