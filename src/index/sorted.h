// Sorted: the nodes in the order of one path's values (type, then value), ties by id: what equality,
// ranges, prefixes and sorting read. Blocks of entries, each sorted, one after the other. (Its blocks hold
// entries of other keys just as well: places.h.)
//
// Invariants: 1. Every node has one entry for its whole value, missing included; one whose value is an
// array has a part beside it for each different entry of the array, which meets comparisons and is no
// place in an order. 2. Entries borrow: a node's are taken out before its value goes (Indexes).
#pragma once
#include <memory>
#include <vector>

#include "index/key.h"
#include "graph/graph.h"

namespace weft::index {

struct Entry {
  uint64_t leading = 0;
  const Node* node = nullptr;
  ByteView value;
  Type type = Type::kMissing;
  bool exact = true;
  bool is_part = false;

  Key key() const { return {type, exact, leading, ValueView(value)}; }
};

class Sorted {
 public:
  // An entry, or the end; valid until the next change.
  struct Position {
    size_t block = 0, index = 0;
    friend bool operator==(const Position& a, const Position& b) { return a.block == b.block && a.index == b.index; }
    friend bool operator!=(const Position& a, const Position& b) { return !(a == b); }
  };

  void build(const std::vector<std::pair<const Node*, Key>>& values);
  void insert(const Node&, const Key& value);
  void erase(const Node&, const Key& value);   // as it was inserted

  void build(std::vector<Entry> all);
  void insert(const Entry&);
  void erase(const Entry&);                    // which is in here

  size_t size() const { return size_; }
  bool has_parts() const { return parts_ > 0; }
  size_t bytes() const;

  Position begin() const { return {}; }
  Position end() const { return {blocks_.size(), 0}; }
  Position first_of(Type) const;               // the first entry of this type or a later one
  Position lower(const Key&) const;            // the first not below
  Position upper(const Key&) const;            // the first above
  Position place(const Key&, const Node&) const;   // of the whole value of a node that is in here
  size_t distance(Position from, Position to) const;
  const Entry& at(Position p) const { return (*blocks_[p.block])[p.index]; }
  Position next(Position p) const { return ++p.index < blocks_[p.block]->size() ? p : Position{p.block + 1, 0}; }
  Position previous(Position p) const {
    return p.index > 0 ? Position{p.block, p.index - 1} : Position{p.block - 1, blocks_[p.block - 1]->size() - 1};
  }

 private:
  using Block = std::vector<Entry>;
  // The first entry for which `is_below` is false; it is true for a front part of the order.
  template <class IsBelow>
  Position partition(IsBelow is_below) const;

  std::vector<std::unique_ptr<Block>> blocks_;   // none is empty
  size_t size_ = 0, parts_ = 0;
};

}  // namespace weft::index
