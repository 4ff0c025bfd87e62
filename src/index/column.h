// Column: one path's value of every node, side by side in memory by slot, so that a scan walks an
// array instead of the nodes. Cells borrow from the operations that hold the values: one whose node
// has changed must be read again before it is looked at. Values laid beside them are copies of what the cells say now.
#pragma once
#include <array>
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
  void read(uint32_t slot, const Graph&, const Node*);   // nullptr: reads as missing
  void clear();

  size_t size() const { return kinds_.size(); }
  size_t count(Type type) const { return counts_[static_cast<size_t>(type)]; }   // how many cells are of it
  Type type(uint32_t slot) const { return static_cast<Type>(kinds_[slot] & kTypeMask); }
  uint64_t leading(uint32_t slot) const { return leading_[slot]; }
  bool exact(uint32_t slot) const { return !(kinds_[slot] & kInexact); }
  // Short texts and arrays are copied side by side once a second query reads through many of them: where they stand in
  // their operations, each is a miss of the caches. The view is valid until then.
  ValueView value(uint32_t slot) const { return ValueView(is_laid(slot) ? ByteView(laid_).substr(places_[slot].at, places_[slot].size) : views_[slot]); }
  ByteView text(uint32_t slot) const { return value(slot).text(); }   // of a cell of kString
  bool is_laid(uint32_t slot) const { return slot < places_.size() && places_[slot].size != kNotLaid; }
  ByteView laid() const { return laid_; }    // where value() points into, of those that are
  bool expect_reading(size_t slots) const;   // of so many cells; whether that is many
  Key key(uint32_t slot) const { return {type(slot), exact(slot), leading(slot), ValueView(views_[slot])}; }   // to be kept
  size_t bytes() const { return kinds_.capacity() * kCellBytes + places_.capacity() * sizeof(Span) + laid_.capacity(); }

 private:
  static constexpr uint8_t kTypeMask = 0x0f, kInexact = 0x10;
  static constexpr size_t kCellBytes = sizeof(uint8_t) + sizeof(uint64_t) + sizeof(ByteView);

  struct Span { uint32_t at = 0, size = kNotLaid; };
  static constexpr uint32_t kNotLaid = UINT32_MAX;
  void lay() const;
  void set(uint32_t slot, uint8_t kind, uint64_t leading, ByteView view);
  void drop_laid(uint32_t slot);           // its cell is about to say something else

  FieldPath path_;
  std::array<uint32_t, kTypeMask + 1> counts_{};   // by type
  std::vector<uint8_t> kinds_;             // Type, and kInexact unless Key::exact
  std::vector<uint64_t> leading_;
  std::vector<ByteView> views_;
  mutable Buffer laid_;                    // encodings of short ones, one behind the other, by slot
  mutable std::vector<Span> places_;       // where; empty: nothing is laid
  mutable size_t readings_ = 0, dropped_ = 0;
};

}  // namespace weft::index
