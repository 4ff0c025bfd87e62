#include "index/cell.h"

#include <algorithm>

namespace weft::index {
namespace {

constexpr double kSteps = 4294967296.0;   // 2^32 along each side
constexpr double kMargin = 1e-9;          // degrees: more than rounding moves an edge

uint32_t step_of(double degrees, double most) {
  return static_cast<uint32_t>(std::min((degrees + most) / (2 * most) * kSteps, kSteps - 1));
}

double degrees_of(double step, double most) { return step / kSteps * 2 * most - most; }

// Bits 0, 1, 2 … to 0, 2, 4 …
uint64_t spread(uint32_t step) {
  uint64_t bits = step;
  bits = (bits | bits << 16) & 0x0000ffff0000ffff;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits << 2) & 0x3333333333333333;
  return (bits | bits << 1) & 0x5555555555555555;
}

uint32_t gathered(uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(bits | bits >> 16);
}

}  // namespace

uint64_t code_of(const Point& point) {
  return spread(step_of(point.latitude, kMaxLatitude)) << 1 | spread(step_of(point.longitude, kMaxLongitude));
}

std::array<Cell, 4> Cell::quarters() const {
  std::array<Cell, 4> all;
  const auto inner = static_cast<uint8_t>(depth + 1);
  const uint64_t size = (~uint64_t{0} >> inner >> inner) + 1;
  for (size_t i = 0; i < all.size(); ++i) all[i] = {first + i * size, inner};
  return all;
}

Box Cell::box() const {
  const double south = gathered(first >> 1), west = gathered(first);
  const double side = static_cast<double>(uint64_t{1} << (kMaxDepth - depth));
  const auto low = [](double step, double most) { return std::max(degrees_of(step, most) - kMargin, -most); };
  const auto high = [](double step, double most) { return std::min(degrees_of(step, most) + kMargin, most); };
  return {low(south, kMaxLatitude), high(south + side, kMaxLatitude), low(west, kMaxLongitude), high(west + side, kMaxLongitude)};
}

}  // namespace weft::index
