#include "graph/live_set.h"

#include <algorithm>

#include "base/hash.h"
#include "base/pack_head.h"

namespace weft {
namespace {

constexpr size_t kListAtLeast = 64;   // stamps listed before scanning is the cheaper way

using Sum = std::array<uint64_t, 4>;

Sum as_number(const Digest& digest) {
  Sum number;
  for (size_t i = 0; i < 4; ++i) number[3 - i] = read_be(reinterpret_cast<const char*>(digest.data()) + 8 * i, 8);
  return number;
}

void add(Sum& sum, const Sum& number) {
  uint64_t carry = 0;
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t with_carry = sum[i] + carry;
    carry = with_carry < carry;
    sum[i] = with_carry + number[i];
    carry += sum[i] < number[i];
  }
}

void subtract(Sum& sum, const Sum& number) {
  Sum negated;   // two's complement: not x, plus one
  for (size_t i = 0; i < 4; ++i) negated[i] = ~number[i];
  add(sum, negated);
  add(sum, Sum{1, 0, 0, 0});
}

}  // namespace

uint64_t LiveSet::hash(const Stamp& stamp) const { return hash_pair(stamp.clock, stamp.replica, seed_); }

void LiveSet::insert(const Operation& operation) {
  operation.retain();
  table_.insert(hash(operation.stamp()), &operation);
  ceiling_ = std::max(ceiling_, operation.stamp());
  const auto kind = static_cast<size_t>(operation.kind());
  ++counts_[kind];
  bytes_[kind] += operation.bytes().size();
  if (scan_) return;
  undigested_.push_back(operation.stamp());
  scan_ = undigested_.size() > std::max(kListAtLeast, table_.size() / 16);
}

void LiveSet::erase(const Operation& operation) {
  Table::Slot* slot = table_.find(hash(operation.stamp()), [&](const Operation& o) { return &o == &operation; });
  WEFT_CHECK(slot);
  if (slot->mark) {
    subtract(sum_, as_number(operation.digest()));
    if (observer_) observer_->removed(operation);
  }
  table_.erase(slot);
  const auto kind = static_cast<size_t>(operation.kind());
  --counts_[kind];
  bytes_[kind] -= operation.bytes().size();
  operation.release();
}

void LiveSet::clear() {
  table_.for_each_slot([](Table::Slot& slot) { slot.item->release(); });
  table_.clear();
  if (observer_) observer_->cleared();
  sum_ = {};
  undigested_.clear();
  scan_ = false;
  ceiling_ = kNoStamp;
  counts_ = bytes_ = {};
}

const Operation* LiveSet::find(const Stamp& stamp) {
  const Operation* found = nullptr;
  table_.find(hash(stamp), [&](const Operation& o) {
    if (o.stamp() == stamp && (!found || precedes(*found, o))) found = &o;
    return false;   // look at all of them
  });
  return found;
}

bool LiveSet::holds(const Operation& operation) {
  return table_.find(hash(operation.stamp()), [&](const Operation& o) {
    return &o == &operation || (o.stamp() == operation.stamp() && o.bytes() == operation.bytes());
  });
}

std::vector<OperationRef> LiveSet::in_stamp_order() {
  std::vector<OperationRef> all;
  all.reserve(table_.size());
  table_.for_each_slot([&](Table::Slot& slot) { all.emplace_back(slot.item); });
  std::sort(all.begin(), all.end(), [](const OperationRef& a, const OperationRef& b) { return precedes(*a, *b); });
  return all;
}

void LiveSet::digest(Table::Slot& slot) {
  add(sum_, as_number(slot.item->digest()));
  slot.mark = 1;
  if (observer_) observer_->added(*slot.item);
}

void LiveSet::observe(DigestObserver* observer) {
  observer_ = observer;
  if (!observer) return;
  std::vector<const Operation*> digested;
  table_.for_each_slot([&](Table::Slot& slot) { if (slot.mark) digested.push_back(slot.item); });
  observer->attached(digested);
}

Fingerprint LiveSet::fingerprint() {
  if (scan_) {
    table_.for_each_slot([&](Table::Slot& slot) { if (!slot.mark) digest(slot); });
  } else {
    for (const Stamp& stamp : undigested_)
      while (Table::Slot* slot = table_.find_slot(hash(stamp), [&](const Table::Slot& s) { return !s.mark && s.item->stamp() == stamp; }))
        digest(*slot);
  }
  undigested_.clear();
  scan_ = false;
  Fingerprint print;
  print.count = table_.size();
  for (size_t i = 0; i < 32; ++i) print.sum[i] = static_cast<uint8_t>(sum_[3 - i / 8] >> (56 - 8 * (i % 8)));
  return print;
}

}  // namespace weft
