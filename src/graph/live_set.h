// LiveSet: every live operation, in stamp order when asked, and their fingerprint.
// Invariants: 1. It owns one count of each operation. 2. What was never asked for a fingerprint is
// not digested: a graph that never syncs does not pay for it. 3. Operations are told apart by where
// they are, so that any number under one stamp (an attack) costs no more than as many under several.
#pragma once
#include <array>
#include <vector>

#include "base/flat_table.h"
#include "graph/graph.h"

namespace weft {

class LiveSet {
 public:
  LiveSet() = default;
  ~LiveSet() { clear(); }
  LiveSet(const LiveSet&) = delete;
  LiveSet& operator=(const LiveSet&) = delete;

  void reserve(size_t count);               // more than are held
  void insert(const Operation& operation);
  void erase(const Operation& operation);   // may end its life
  void clear();

  size_t size() const { return table_.size(); }
  // Not below any stamp held.
  const Stamp& ceiling() const { return ceiling_; }
  // In order of precedes(). Sorted at the first call after a change.
  const std::vector<const Operation*>& in_stamp_order();
  bool is_in_order() const { return !ordered_stale_; }
  // The operation under this stamp, of several the latest; by way of in_stamp_order().
  const Operation* find(const Stamp& stamp);
  template <typename Visit>
  void for_each(const Visit& visit) { table_.for_each_slot([&](Table::Slot& slot) { visit(*slot.item); }); }   // in no order
  Fingerprint fingerprint();
  size_t undigested() const { return table_.size() - digested_; }
  void digest_some(size_t most);
  void observe(DigestObserver* observer);
  uint64_t count(Kind kind) const { return counts_[static_cast<size_t>(kind)]; }
  uint64_t bytes(Kind kind) const { return bytes_[static_cast<size_t>(kind)]; }

 private:
  using Table = FlatTable<const Operation>;
  Table::Slot* slot_of(const Operation* operation);
  void digest(Table::Slot& slot);

  DigestObserver* observer_ = nullptr;
  Table table_;                                // a slot's mark: its digest is in sum_
  std::array<uint64_t, 4> sum_{};              // least significant first; of digested_ operations
  size_t digested_ = 0;
  std::vector<const Operation*> undigested_;   // inserted since the last fingerprint, dead ones among them …
  bool scan_ = false;                          // … or too many to list: look at every slot
  std::vector<const Operation*> ordered_;
  bool ordered_stale_ = false;
  Stamp ceiling_;
  std::array<uint64_t, 8> counts_{}, bytes_{};
};

}  // namespace weft
