#include "index/column.h"

namespace weft::index {

void Column::resize(size_t slots) {
  kinds_.resize(slots);
  leading_.resize(slots);
  views_.resize(slots);
}

void Column::read(uint32_t slot, const Graph& graph, const Node& node) {
  const Key key = Key::of(follow(graph, node, path_));
  kinds_[slot] = static_cast<uint8_t>(static_cast<uint8_t>(key.type) | (key.exact ? 0 : kInexact));
  leading_[slot] = key.leading;
  views_[slot] = key.value.rest();
}

void Column::forget(uint32_t slot) {
  kinds_[slot] = static_cast<uint8_t>(Type::kMissing);
  leading_[slot] = 0;
  views_[slot] = {};
}

void Column::clear() {
  std::vector<uint8_t>().swap(kinds_);
  std::vector<uint64_t>().swap(leading_);
  std::vector<ByteView>().swap(views_);
}

}  // namespace weft::index
