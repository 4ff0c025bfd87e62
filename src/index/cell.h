// Cells: the earth's map of degrees, cut into four, each quarter into four, and so on. A point's *code* has
// the bits of its two coordinates in turn, so that the codes of the points in one cell are one range.
//
// Invariant: code_of() keeps the order of each coordinate, so a point in a box has a code in some cell that
// touches the box.
#pragma once
#include <array>
#include <cstdint>

#include "index/point.h"

namespace weft::index {

// Edges included; it does not cross the 180th meridian.
struct Box {
  double south = -kMaxLatitude, north = kMaxLatitude, west = -kMaxLongitude, east = kMaxLongitude;
};

// 32 bits each: half a centimetre by one.
uint64_t code_of(const Point&);

struct Cell {
  static constexpr uint8_t kMaxDepth = 32;
  uint64_t first = 0;    // the lowest code in it
  uint8_t depth = 0;     // 0: the whole earth

  uint64_t last() const { return first + (~uint64_t{0} >> depth >> depth); }   // by 64 at once is undefined
  bool splits() const { return depth < kMaxDepth; }
  std::array<Cell, 4> quarters() const;
  Box box() const;       // with every point whose code is in the cell
};

}  // namespace weft::index
