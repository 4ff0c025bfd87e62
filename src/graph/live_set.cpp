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

// By address: it is looked at as a number only, also when nothing is there any more.
uint64_t hash(const Operation* operation) { return hash_mix(reinterpret_cast<uintptr_t>(operation) * 0xa0761d6478bd642full); }

}  // namespace

LiveSet::Table::Slot* LiveSet::slot_of(const Operation* operation) {
  return table_.find(hash(operation), [&](const Operation& o) { return &o == operation; });
}

void LiveSet::reserve(size_t count) {
  table_.reserve(table_.size() + count);
  ordered_.reserve(ordered_.size() + count);
}

void LiveSet::insert(const Operation& operation) {
  operation.retain();
  table_.insert(hash(&operation), &operation);
  // What comes in order stays in order: a graph that is filled, or read from a full state or a file, is never sorted.
  ordered_stale_ = ordered_stale_ || !(ordered_.empty() || ordered_.back()->stamp() < operation.stamp());
  if (!ordered_stale_) ordered_.push_back(&operation);
  ceiling_ = std::max(ceiling_, operation.stamp());
  const auto kind = static_cast<size_t>(operation.kind());
  ++counts_[kind];
  bytes_[kind] += operation.bytes().size();
  if (scan_) return;
  undigested_.push_back(&operation);
  scan_ = undigested_.size() > std::max(kListAtLeast, table_.size() / 16);
}

void LiveSet::erase(const Operation& operation) {
  Table::Slot* slot = slot_of(&operation);
  WEFT_CHECK(slot);
  if (slot->mark) {
    subtract(sum_, as_number(operation.digest()));
    --digested_;
    if (observer_) observer_->removed(operation);
  }
  table_.erase(slot);
  ordered_stale_ = true;
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
  digested_ = 0;
  undigested_.clear();
  ordered_.clear();
  scan_ = ordered_stale_ = false;
  ceiling_ = kNoStamp;
  counts_ = bytes_ = {};
}

const std::vector<const Operation*>& LiveSet::in_stamp_order() {
  if (!ordered_stale_) return ordered_;
  ordered_.clear();
  ordered_.reserve(table_.size());
  table_.for_each_slot([&](Table::Slot& slot) { ordered_.push_back(slot.item); });
  std::sort(ordered_.begin(), ordered_.end(), [](const Operation* a, const Operation* b) { return precedes(*a, *b); });
  ordered_stale_ = false;
  return ordered_;
}

const Operation* LiveSet::find(const Stamp& stamp) {
  const auto& all = in_stamp_order();
  const auto after = std::upper_bound(all.begin(), all.end(), stamp, [](const Stamp& s, const Operation* o) { return s < o->stamp(); });
  return after != all.begin() && (*(after - 1))->stamp() == stamp ? *(after - 1) : nullptr;
}

void LiveSet::digest(Table::Slot& slot) {
  add(sum_, as_number(slot.item->digest()));
  slot.mark = 1;
  ++digested_;
  if (observer_) observer_->added(*slot.item);
}

void LiveSet::observe(DigestObserver* observer) {
  observer_ = observer;
  if (!observer) return;
  std::vector<const Operation*> digested;
  table_.for_each_slot([&](Table::Slot& slot) { if (slot.mark) digested.push_back(slot.item); });
  observer->attached(digested);
}

// Looks at every slot, so a slice should be worth it.
void LiveSet::digest_some(size_t most) {
  table_.for_each_slot([&](Table::Slot& slot) {
    if (most == 0 || slot.mark) return;
    digest(slot);
    --most;
  });
}

Fingerprint LiveSet::fingerprint() {
  const auto digest_new = [&](Table::Slot& slot) { if (!slot.mark) digest(slot); };
  if (scan_) table_.for_each_slot(digest_new);
  else
    for (const Operation* operation : undigested_)
      if (Table::Slot* slot = slot_of(operation)) digest_new(*slot);
  undigested_.clear();
  scan_ = false;
  Fingerprint print;
  print.count = table_.size();
  for (size_t i = 0; i < 32; ++i) print.sum[i] = static_cast<uint8_t>(sum_[3 - i / 8] >> (56 - 8 * (i % 8)));
  return print;
}

}  // namespace weft
