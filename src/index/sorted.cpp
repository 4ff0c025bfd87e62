#include "index/sorted.h"

#include <algorithm>

namespace weft::index {
namespace {

constexpr size_t kBlock = 512;   // moving half of one costs less than looking for the place

Entry entry_of(const Node& node, const Key& key, bool is_part) {
  return {key.leading, &node, key.value.rest(), key.type, key.exact, is_part};
}

int compare(const Entry& a, const Key& b) {
  if (a.type != b.type) return a.type < b.type ? -1 : 1;
  if (a.leading != b.leading) return a.leading < b.leading ? -1 : 1;
  return a.exact && b.exact ? 0 : weft::compare(ValueView(a.value), b.value);
}

bool before(const Entry& a, const Entry& b) {
  if (const int order = compare(a, b.key())) return order < 0;
  if (a.node != b.node) return Graph::id(*a.node) < Graph::id(*b.node);
  return a.is_part < b.is_part;
}

// The whole value, then the parts, each once.
template <class F>
void for_each_entry(const Node& node, const Key& whole, F visit) {
  visit(entry_of(node, whole, false));
  if (whole.type != Type::kArray) return;
  std::vector<Entry> parts;
  for (auto it = whole.value.begin(); it.more(); it.next()) parts.push_back(entry_of(node, Key::of(it.value()), true));
  std::sort(parts.begin(), parts.end(), before);
  for (size_t i = 0; i < parts.size(); ++i)
    if (i == 0 || before(parts[i - 1], parts[i])) visit(parts[i]);
}

}  // namespace

void Sorted::build(const std::vector<std::pair<const Node*, Key>>& values) {
  std::vector<Entry> all;
  all.reserve(values.size());
  for (const auto& [node, key] : values) for_each_entry(*node, key, [&](const Entry& entry) { all.push_back(entry); });
  build(std::move(all));
}

void Sorted::build(std::vector<Entry> all) {
  std::sort(all.begin(), all.end(), before);
  size_ = all.size();
  parts_ = static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const Entry& entry) { return entry.is_part; }));
  blocks_.clear();
  constexpr size_t kFill = kBlock * 3 / 4;   // room for what comes
  for (size_t from = 0; from < all.size(); from += kFill) {
    const auto first = all.begin() + static_cast<ptrdiff_t>(from);
    auto block = std::make_unique<Block>();
    block->reserve(kBlock);
    block->assign(first, all.begin() + static_cast<ptrdiff_t>(std::min(all.size(), from + kFill)));
    blocks_.push_back(std::move(block));
  }
}

void Sorted::insert(const Node& node, const Key& value) {
  for_each_entry(node, value, [this](const Entry& entry) { insert(entry); });
}

void Sorted::erase(const Node& node, const Key& value) {
  for_each_entry(node, value, [this](const Entry& entry) { erase(entry); });
}

template <class IsBelow>
Sorted::Position Sorted::partition(IsBelow is_below) const {
  const auto block = std::partition_point(blocks_.begin(), blocks_.end(), [&](const auto& each) { return is_below(each->back()); });
  if (block == blocks_.end()) return end();
  const auto entry = std::partition_point((*block)->begin(), (*block)->end(), is_below);
  return {static_cast<size_t>(block - blocks_.begin()), static_cast<size_t>(entry - (*block)->begin())};
}

void Sorted::insert(const Entry& entry) {
  Position at = partition([&](const Entry& each) { return before(each, entry); });
  if (at == end()) {
    if (blocks_.empty()) {
      blocks_.push_back(std::make_unique<Block>());
      blocks_.back()->reserve(kBlock);
    }
    at = {blocks_.size() - 1, blocks_.back()->size()};
  }
  if (blocks_[at.block]->size() == kBlock) {
    // What comes in order fills blocks up instead of leaving them half empty.
    const size_t kept = at.index == kBlock ? kBlock : kBlock / 2;
    Block& full = *blocks_[at.block];
    auto rest = std::make_unique<Block>();
    rest->reserve(kBlock);
    rest->assign(full.begin() + static_cast<ptrdiff_t>(kept), full.end());
    full.resize(kept);
    blocks_.insert(blocks_.begin() + static_cast<ptrdiff_t>(at.block) + 1, std::move(rest));
    if (at.index >= kept) at = {at.block + 1, at.index - kept};
  }
  Block& block = *blocks_[at.block];
  block.insert(block.begin() + static_cast<ptrdiff_t>(at.index), entry);
  ++size_;
  parts_ += entry.is_part;
}

void Sorted::erase(const Entry& entry) {
  const Position at = partition([&](const Entry& each) { return before(each, entry); });
  WEFT_CHECK(at != end() && this->at(at).node == entry.node && this->at(at).is_part == entry.is_part);
  Block& block = *blocks_[at.block];
  block.erase(block.begin() + static_cast<ptrdiff_t>(at.index));
  if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<ptrdiff_t>(at.block));
  --size_;
  parts_ -= entry.is_part;
}

size_t Sorted::bytes() const {
  size_t bytes = blocks_.capacity() * sizeof(void*);
  for (const auto& block : blocks_) bytes += block->capacity() * sizeof(Entry);
  return bytes;
}

Sorted::Position Sorted::first_of(Type type) const {
  return partition([&](const Entry& each) { return each.type < type; });
}

Sorted::Position Sorted::lower(const Key& key) const {
  return partition([&](const Entry& each) { return compare(each, key) < 0; });
}

Sorted::Position Sorted::upper(const Key& key) const {
  return partition([&](const Entry& each) { return compare(each, key) <= 0; });
}

Sorted::Position Sorted::place(const Key& key, const Node& node) const {
  const Entry entry = entry_of(node, key, false);
  return partition([&](const Entry& each) { return before(each, entry); });
}

size_t Sorted::distance(Position from, Position to) const {
  if (from.block == to.block) return to.index - from.index;
  size_t count = blocks_[from.block]->size() - from.index + to.index;
  for (size_t i = from.block + 1; i < to.block; ++i) count += blocks_[i]->size();
  return count;
}

}  // namespace weft::index
