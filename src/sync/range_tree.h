// RangeTree: the live set as reconciliation sees it: items ordered by (clock part, digest), with the
// count and the sum mod 2^256 of the digests of any range of ranks in O(log n).
// A counted B+ tree. Invariants: 1. All items of a child lie at or above its `low` and below the next
// child's. 2. `count` and `sum` of a node cover exactly what is below it. 3. No empty node but the root.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace weft {

struct RangeItem {
  uint64_t clock = 0;                  // the stamp's 64-bit clock part; 2^64-1 is reserved
  std::array<uint8_t, 32> digest{};
  friend bool operator<(const RangeItem& a, const RangeItem& b) {
    return a.clock != b.clock ? a.clock < b.clock : a.digest < b.digest;
  }
  friend bool operator==(const RangeItem& a, const RangeItem& b) {
    return a.clock == b.clock && a.digest == b.digest;
  }
};

// A place between items: everything at or above (clock, prefix) lies beyond it.
struct RangeBound {
  static constexpr uint64_t kEnd = UINT64_MAX;   // above every item
  uint64_t clock = 0;
  Buffer prefix;                                 // 0 to 32 bytes of a digest
};

// 256-bit sum of digests read as little-endian numbers.
class DigestSum {
 public:
  void add(const std::array<uint8_t, 32>& digest);
  void add(const DigestSum& other);
  void subtract(const std::array<uint8_t, 32>& digest);
  void subtract(const DigestSum& other);
  std::array<uint8_t, 32> bytes() const;         // little-endian

 private:
  std::array<uint64_t, 4> words_{};
};

class RangeTree {
 public:
  RangeTree();
  ~RangeTree();
  RangeTree(RangeTree&&) noexcept;
  RangeTree& operator=(RangeTree&&) noexcept;

  // Replaces the content. `sorted` ascending, no two equal. O(n).
  void build(const std::vector<RangeItem>& sorted);
  bool insert(const RangeItem& item);            // false: it is there already
  bool erase(const RangeItem& item);             // false: it is not there
  size_t size() const;
  const RangeItem& at(size_t rank) const;        // rank < size()
  size_t lower_bound(const RangeBound& bound) const;   // how many items lie before it
  DigestSum sum(size_t from, size_t to) const;   // of ranks from..to-1
  // Ranks from..to-1 in order, until `visit` returns false.
  void for_each(size_t from, size_t to, const std::function<bool(size_t rank, const RangeItem&)>& visit) const;

 private:
  struct Node;
  DigestSum prefix_sum(size_t rank) const;
  std::unique_ptr<Node> root_;
};

}  // namespace weft
