// LiveSet: every live operation, in stamp order when asked, and their fingerprint.
// Invariants: 1. It owns one count of each operation. 2. What was never asked for a fingerprint is
// not digested: a graph that never syncs does not pay for it. 3. An operation stays in its place while
// it is live; whoever holds it knows the place, so that nothing is ever looked for.
#pragma once
#include <array>
#include <vector>

#include "graph/graph.h"
#include "graph/placed.h"

namespace weft {

class LiveSet {
 public:
  LiveSet() = default;
  ~LiveSet() { clear(); }
  LiveSet(const LiveSet&) = delete;
  LiveSet& operator=(const LiveSet&) = delete;

  void reserve(size_t more) { places_.reserve(places_.size() + more); }
  // What insert() would give, or will give when nothing else happens before.
  Placed place(const Operation& operation) const { return {&operation, free_.empty() ? static_cast<uint32_t>(places_.size()) : free_.back()}; }
  Placed insert(const Operation& operation);
  void erase(const Placed& live);           // may end its life
  void clear();

  size_t size() const { return places_.size() - free_.size(); }
  // Not below any stamp held.
  const Stamp& ceiling() const { return ceiling_; }
  // In order of precedes(). Sorted at the first call after a change, where the places are not in order themselves.
  const std::vector<const Operation*>& in_stamp_order();
  bool is_in_order() const { return is_dense_and_in_order() || ordered_.size() == size(); }
  // The operation under this stamp, of several the latest; by way of in_stamp_order().
  const Operation* find(const Stamp& stamp);
  template <typename Visit>
  void for_each(const Visit& visit) const {   // in no order
    for (const Operation* operation : places_)
      if (operation) visit(*operation);
  }
  Fingerprint fingerprint();
  size_t undigested() const { return size() - digested_; }
  void digest_some(size_t most);
  void observe(DigestObserver* observer);
  uint64_t count(Kind kind) const { return counts_[static_cast<size_t>(kind)]; }
  uint64_t bytes(Kind kind) const { return bytes_[static_cast<size_t>(kind)]; }

 private:
  bool is_dense_and_in_order() const { return places_in_order_ && free_.empty(); }
  void digest(uint32_t place);
  void forget_order() {
    if (!ordered_.empty()) std::vector<const Operation*>().swap(ordered_);
  }

  DigestObserver* observer_ = nullptr;
  std::vector<const Operation*> places_;       // null: free
  std::vector<uint32_t> free_;
  bool places_in_order_ = true;                // but for holes
  std::vector<bool> is_digested_;              // by place: its digest is in sum_
  std::array<uint64_t, 4> sum_{};              // least significant first; of digested_ operations
  size_t digested_ = 0;
  std::vector<uint32_t> undigested_;           // places that were taken since the last fingerprint …
  bool scan_ = false;                          // … or too many to list: look at each
  std::vector<const Operation*> ordered_;      // made when asked for, gone with the next change
  Stamp ceiling_;
  std::array<uint64_t, 8> counts_{}, bytes_{};
};

}  // namespace weft
