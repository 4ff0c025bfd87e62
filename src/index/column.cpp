#include "index/column.h"

namespace weft::index {
namespace {

constexpr size_t kShort = 64;   // a longer one fills cache lines of its own wherever it stands
constexpr size_t kMany = 4;     // a quarter of the nodes
constexpr size_t kWorn = 8;     // they are laid anew when an eighth has changed

bool is_read(Type type) { return type == Type::kString || type == Type::kArray; }

}  // namespace

void Column::resize(size_t slots) {
  counts_[static_cast<size_t>(Type::kMissing)] += static_cast<uint32_t>(slots - kinds_.size());
  kinds_.resize(slots);
  leading_.resize(slots);
  views_.resize(slots);
}

void Column::read(uint32_t slot, const Graph& graph, const Node* node) {
  const Key key = Key::of(node ? follow(graph, *node, path_) : ValueView());
  set(slot, static_cast<uint8_t>(static_cast<uint8_t>(key.type) | (key.exact ? 0 : kInexact)), key.leading, key.value.rest());
}

void Column::set(uint32_t slot, uint8_t kind, uint64_t leading, ByteView view) {
  drop_laid(slot);
  --counts_[kinds_[slot] & kTypeMask];
  ++counts_[kind & kTypeMask];
  kinds_[slot] = kind;
  leading_[slot] = leading;
  views_[slot] = view;
}

void Column::clear() {
  std::vector<uint8_t>().swap(kinds_);
  std::vector<uint64_t>().swap(leading_);
  std::vector<ByteView>().swap(views_);
  Buffer().swap(laid_);
  std::vector<Span>().swap(places_);
  counts_ = {};
  readings_ = dropped_ = 0;
}

bool Column::expect_reading(size_t slots) const {
  if (slots * kMany <= size()) return false;
  const bool is_fresh = !places_.empty() && (dropped_ + size() - places_.size()) * kWorn <= size();
  if (count(Type::kString) + count(Type::kArray) > 0 && ++readings_ >= 2 && !is_fresh) lay();
  return true;
}

void Column::lay() const {
  const auto slots = static_cast<uint32_t>(size());
  laid_.clear();
  places_.assign(slots, Span());
  dropped_ = 0;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    if (!is_read(type(slot))) continue;
    const ByteView value = ValueView(views_[slot]).bytes();
    if (value.size() > kShort) continue;
    places_[slot] = {static_cast<uint32_t>(laid_.size()), static_cast<uint32_t>(value.size())};
    laid_ += value;
  }
}

void Column::drop_laid(uint32_t slot) {
  if (!is_laid(slot)) return;
  places_[slot] = Span();
  ++dropped_;
}

}  // namespace weft::index
