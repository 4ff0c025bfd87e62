// Column: one path's value of every node, side by side in memory by slot, so that a scan walks an
// array instead of the nodes. Cells borrow from the operations that hold the values: one whose node
// has changed must be read again before it is looked at.
#pragma once
#include <cstdint>
#include <vector>

#include "index/field_path.h"
#include "index/key.h"

namespace weft::index {

class Column {
 public:
  explicit Column(FieldPath path) : path_(std::move(path)) {}
  const FieldPath& path() const { return path_; }

  void resize(size_t slots);
  void read(uint32_t slot, const Graph&, const Node&);
  void forget(uint32_t slot);              // reads as missing
  void clear();

  Type type(uint32_t slot) const { return static_cast<Type>(kinds_[slot] & kTypeMask); }
  uint64_t leading(uint32_t slot) const { return leading_[slot]; }
  bool exact(uint32_t slot) const { return !(kinds_[slot] & kInexact); }
  ValueView value(uint32_t slot) const { return ValueView(views_[slot]); }
  Key key(uint32_t slot) const { return {type(slot), exact(slot), leading(slot), value(slot)}; }
  size_t bytes() const { return kinds_.capacity() * kCellBytes; }

 private:
  static constexpr uint8_t kTypeMask = 0x0f, kInexact = 0x10;
  static constexpr size_t kCellBytes = sizeof(uint8_t) + sizeof(uint64_t) + sizeof(ByteView);

  FieldPath path_;
  std::vector<uint8_t> kinds_;             // Type, and kInexact unless Key::exact
  std::vector<uint64_t> leading_;
  std::vector<ByteView> views_;
};

}  // namespace weft::index
