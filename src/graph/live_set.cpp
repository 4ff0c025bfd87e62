#include "graph/live_set.h"

#include <algorithm>

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

Placed LiveSet::insert(const Operation& operation) {
  operation.retain();
  const Placed placed = place(operation);
  // What comes in order stays in order: a graph that is filled, or read from a full state or a file, is never sorted.
  const bool is_last = placed.place == places_.size() && (ceiling_ < operation.stamp() || places_.empty());
  places_in_order_ = places_in_order_ && is_last;
  forget_order();
  if (placed.place == places_.size()) {
    places_.push_back(&operation);
    is_digested_.push_back(false);
  } else {
    free_.pop_back();
    places_[placed.place] = &operation;
  }
  ceiling_ = std::max(ceiling_, operation.stamp());
  const auto kind = static_cast<size_t>(operation.kind());
  ++counts_[kind];
  bytes_[kind] += operation.bytes().size();
  if (scan_) return placed;
  undigested_.push_back(placed.place);
  scan_ = undigested_.size() > std::max(kListAtLeast, size() / 16);
  return placed;
}

void LiveSet::erase(const Placed& live) {
  const Operation& operation = *live.operation;
  WEFT_CHECK(places_[live.place] == &operation);
  if (is_digested_[live.place]) {
    subtract(sum_, as_number(operation.digest()));
    --digested_;
    if (observer_) observer_->removed(operation);
  }
  is_digested_[live.place] = false;
  places_[live.place] = nullptr;
  free_.push_back(live.place);
  forget_order();
  const auto kind = static_cast<size_t>(operation.kind());
  --counts_[kind];
  bytes_[kind] -= operation.bytes().size();
  operation.release();
}

void LiveSet::clear() {
  for_each([](const Operation& operation) { operation.release(); });
  for (auto* places : {&free_, &undigested_}) std::vector<uint32_t>().swap(*places);
  std::vector<const Operation*>().swap(places_);
  forget_order();
  std::vector<bool>().swap(is_digested_);
  if (observer_) observer_->cleared();
  sum_ = {};
  digested_ = 0;
  scan_ = false;
  places_in_order_ = true;
  ceiling_ = kNoStamp;
  counts_ = bytes_ = {};
}

const std::vector<const Operation*>& LiveSet::in_stamp_order() {
  if (is_dense_and_in_order()) return places_;
  if (ordered_.size() == size()) return ordered_;
  ordered_.reserve(size());
  for_each([&](const Operation& operation) { ordered_.push_back(&operation); });
  if (!places_in_order_)
    std::sort(ordered_.begin(), ordered_.end(), [](const Operation* a, const Operation* b) { return precedes(*a, *b); });
  return ordered_;
}

const Operation* LiveSet::find(const Stamp& stamp) {
  const auto& all = in_stamp_order();
  const auto after = std::upper_bound(all.begin(), all.end(), stamp, [](const Stamp& s, const Operation* o) { return s < o->stamp(); });
  return after != all.begin() && (*(after - 1))->stamp() == stamp ? *(after - 1) : nullptr;
}

void LiveSet::digest(uint32_t place) {
  if (!places_[place] || is_digested_[place]) return;
  const Operation& operation = *places_[place];
  add(sum_, as_number(operation.digest()));
  is_digested_[place] = true;
  ++digested_;
  if (observer_) observer_->added(operation);
}

void LiveSet::observe(DigestObserver* observer) {
  observer_ = observer;
  if (!observer) return;
  std::vector<const Operation*> digested;
  for (size_t i = 0; i < places_.size(); ++i)
    if (is_digested_[i]) digested.push_back(places_[i]);
  observer->attached(digested);
}

// Looks at every place, so a slice should be worth it.
void LiveSet::digest_some(size_t most) {
  const size_t enough = std::min(digested_ + most, size());
  for (uint32_t i = 0; digested_ < enough; ++i) digest(i);
}

Fingerprint LiveSet::fingerprint() {
  if (scan_)
    for (uint32_t i = 0; digested_ < size(); ++i) digest(i);
  else
    for (const uint32_t place : undigested_) digest(place);   // some are free again, or another's
  undigested_.clear();
  scan_ = false;
  Fingerprint print;
  print.count = size();
  for (size_t i = 0; i < 32; ++i) print.sum[i] = static_cast<uint8_t>(sum_[3 - i / 8] >> (56 - 8 * (i % 8)));
  return print;
}

}  // namespace weft
