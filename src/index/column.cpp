#include "index/column.h"

namespace weft::index {
namespace {

constexpr size_t kShortText = 64;   // a longer one fills cache lines of its own wherever it stands
constexpr size_t kWorn = 8;         // texts are laid anew when an eighth has changed

}  // namespace

void Column::resize(size_t slots) {
  kinds_.resize(slots);
  leading_.resize(slots);
  views_.resize(slots);
}

void Column::read(uint32_t slot, const Graph& graph, const Node& node) {
  drop_text(slot);
  const Key key = Key::of(follow(graph, node, path_));
  kinds_[slot] = static_cast<uint8_t>(static_cast<uint8_t>(key.type) | (key.exact ? 0 : kInexact));
  leading_[slot] = key.leading;
  views_[slot] = key.value.rest();
}

void Column::forget(uint32_t slot) {
  drop_text(slot);
  kinds_[slot] = static_cast<uint8_t>(Type::kMissing);
  leading_[slot] = 0;
  views_[slot] = {};
}

void Column::clear() {
  std::vector<uint8_t>().swap(kinds_);
  std::vector<uint64_t>().swap(leading_);
  std::vector<ByteView>().swap(views_);
  Buffer().swap(texts_);
  std::vector<Span>().swap(laid_);
  readings_ = dropped_ = 0;
}

void Column::will_be_read_through() const {
  const size_t slots = kinds_.size();
  const bool is_fresh = !laid_.empty() && (dropped_ + slots - laid_.size()) * kWorn <= slots;
  if (++readings_ < 2 || is_fresh) return;
  texts_.clear();
  laid_.assign(slots, Span());
  dropped_ = 0;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    if (type(slot) != Type::kString) continue;
    const ByteView text = value(slot).text();
    if (text.size() > kShortText) continue;
    laid_[slot] = {static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(text.size())};
    texts_ += text;
  }
}

void Column::drop_text(uint32_t slot) {
  if (!is_laid(slot)) return;
  laid_[slot] = Span();
  ++dropped_;
}

}  // namespace weft::index
