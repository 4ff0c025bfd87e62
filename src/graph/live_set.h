// LiveSet: every live operation, found by its stamp, and their fingerprint.
// Invariants: 1. It owns one count of each operation. 2. What was never asked for a fingerprint is
// not digested: a graph that never syncs does not pay for it.
#pragma once
#include <array>
#include <vector>

#include "base/flat_table.h"
#include "graph/graph.h"

namespace weft {

class LiveSet {
 public:
  explicit LiveSet(uint64_t hash_seed) : seed_(hash_seed) {}
  ~LiveSet() { clear(); }
  LiveSet(const LiveSet&) = delete;
  LiveSet& operator=(const LiveSet&) = delete;

  void insert(const Operation& operation);
  void erase(const Operation& operation);   // may end its life
  void clear();

  size_t size() const { return table_.size(); }
  // Not below any stamp held.
  const Stamp& ceiling() const { return ceiling_; }
  // The operation under this stamp; of several the one with the greatest digest.
  const Operation* find(const Stamp& stamp);
  bool holds(const Operation& operation);   // this very content
  std::vector<OperationRef> in_stamp_order();
  Fingerprint fingerprint();
  void observe(DigestObserver* observer);
  uint64_t count(Kind kind) const { return counts_[static_cast<size_t>(kind)]; }
  uint64_t bytes(Kind kind) const { return bytes_[static_cast<size_t>(kind)]; }

 private:
  using Table = FlatTable<const Operation>;
  uint64_t hash(const Stamp& stamp) const;
  void digest(Table::Slot& slot);

  uint64_t seed_;
  DigestObserver* observer_ = nullptr;
  Table table_;                      // a slot's mark: its digest is in sum_
  std::array<uint64_t, 4> sum_{};    // least significant first
  std::vector<Stamp> undigested_;    // stamps inserted since the last fingerprint …
  bool scan_ = false;                // … or too many to list: look at every slot
  Stamp ceiling_;
  std::array<uint64_t, 8> counts_{}, bytes_{};
};

}  // namespace weft
