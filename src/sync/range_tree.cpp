#include "sync/range_tree.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"

namespace weft {
namespace {

constexpr size_t kFanout = 32;   // entries of a node; a leaf of 32 items is 1.3 KB

std::array<uint64_t, 4> words_of(const std::array<uint8_t, 32>& digest) {
  std::array<uint64_t, 4> words;
  for (size_t i = 0; i < 4; ++i) {
    words[i] = 0;
    for (size_t b = 0; b < 8; ++b) words[i] |= uint64_t{digest[i * 8 + b]} << (8 * b);
  }
  return words;
}

void add_words(std::array<uint64_t, 4>& to, const std::array<uint64_t, 4>& from) {
  uint64_t carry = 0;
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t sum = to[i] + from[i];
    const uint64_t next = sum + carry;
    carry = static_cast<uint64_t>(sum < from[i]) | static_cast<uint64_t>(next < sum);
    to[i] = next;
  }
}

void subtract_words(std::array<uint64_t, 4>& from, const std::array<uint64_t, 4>& what) {
  uint64_t borrow = 0;
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t difference = from[i] - what[i];
    const uint64_t next = difference - borrow;
    borrow = static_cast<uint64_t>(from[i] < what[i]) | static_cast<uint64_t>(difference < borrow);
    from[i] = next;
  }
}

bool is_before(const RangeItem& item, const RangeBound& bound) {
  if (item.clock != bound.clock) return item.clock < bound.clock;
  return std::memcmp(item.digest.data(), bound.prefix.data(), bound.prefix.size()) < 0;
}

}  // namespace

void DigestSum::add(const std::array<uint8_t, 32>& digest) { add_words(words_, words_of(digest)); }
void DigestSum::add(const DigestSum& other) { add_words(words_, other.words_); }
void DigestSum::subtract(const std::array<uint8_t, 32>& digest) { subtract_words(words_, words_of(digest)); }
void DigestSum::subtract(const DigestSum& other) { subtract_words(words_, other.words_); }

std::array<uint8_t, 32> DigestSum::bytes() const {
  std::array<uint8_t, 32> out;
  for (size_t i = 0; i < 32; ++i) out[i] = static_cast<uint8_t>(words_[i / 8] >> (8 * (i % 8)));
  return out;
}

struct RangeTree::Node {
  RangeItem low;
  size_t count = 0;
  DigestSum sum;
  bool leaf = true;
  std::vector<RangeItem> items;                  // of a leaf
  std::vector<std::unique_ptr<Node>> children;   // of an inner node

  void recount() {
    count = 0;
    sum = DigestSum();
    if (leaf) {
      count = items.size();
      for (const RangeItem& item : items) sum.add(item.digest);
    } else {
      for (const auto& child : children) {
        count += child->count;
        sum.add(child->sum);
      }
    }
  }

  // The child whose range holds `item`: the last whose low is not above it.
  size_t child_for(const RangeItem& item) const {
    auto after = std::upper_bound(children.begin() + 1, children.end(), item,
                                  [](const RangeItem& i, const std::unique_ptr<Node>& c) { return i < c->low; });
    return static_cast<size_t>(after - children.begin()) - 1;
  }

  bool insert(const RangeItem& item) {
    if (leaf) {
      auto at = std::lower_bound(items.begin(), items.end(), item);
      if (at != items.end() && *at == item) return false;
      items.insert(at, item);
    } else {
      const size_t index = child_for(item);
      if (!children[index]->insert(item)) return false;
      if (children[index]->is_over()) {
        children.insert(children.begin() + static_cast<std::ptrdiff_t>(index) + 1, children[index]->split());
      }
    }
    if (item < low) low = item;
    ++count;
    sum.add(item.digest);
    return true;
  }

  bool erase(const RangeItem& item) {
    if (leaf) {
      auto at = std::lower_bound(items.begin(), items.end(), item);
      if (at == items.end() || !(*at == item)) return false;
      items.erase(at);
    } else {
      const size_t index = child_for(item);
      if (!children[index]->erase(item)) return false;
      if (children[index]->count == 0) children.erase(children.begin() + static_cast<std::ptrdiff_t>(index));
    }
    --count;
    sum.subtract(item.digest);
    return true;
  }

  bool is_over() const { return (leaf ? items.size() : children.size()) > kFanout; }

  // Gives its upper half away.
  std::unique_ptr<Node> split() {
    auto right = std::make_unique<Node>();
    right->leaf = leaf;
    if (leaf) {
      const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
      right->items.assign(middle, items.end());
      items.erase(middle, items.end());
      right->low = right->items.front();
    } else {
      const auto middle = children.begin() + static_cast<std::ptrdiff_t>(children.size() / 2);
      right->children.assign(std::make_move_iterator(middle), std::make_move_iterator(children.end()));
      children.erase(middle, children.end());
      right->low = right->children.front()->low;
    }
    right->recount();
    recount();
    return right;
  }
};

RangeTree::RangeTree() : root_(std::make_unique<Node>()) {}
RangeTree::~RangeTree() = default;
RangeTree::RangeTree(RangeTree&&) noexcept = default;
RangeTree& RangeTree::operator=(RangeTree&&) noexcept = default;

void RangeTree::build(const std::vector<RangeItem>& sorted) {
  constexpr size_t kFill = kFanout * 3 / 4;   // room for later insertions
  std::vector<std::unique_ptr<Node>> level;
  for (size_t from = 0; from < sorted.size(); from += kFill) {
    auto node = std::make_unique<Node>();
    const size_t to = std::min(from + kFill, sorted.size());
    node->items.assign(sorted.begin() + static_cast<std::ptrdiff_t>(from), sorted.begin() + static_cast<std::ptrdiff_t>(to));
    node->low = node->items.front();
    node->recount();
    level.push_back(std::move(node));
  }
  while (level.size() > 1) {
    std::vector<std::unique_ptr<Node>> above;
    for (size_t from = 0; from < level.size(); from += kFill) {
      auto node = std::make_unique<Node>();
      node->leaf = false;
      for (size_t i = from; i < std::min(from + kFill, level.size()); ++i) node->children.push_back(std::move(level[i]));
      node->low = node->children.front()->low;
      node->recount();
      above.push_back(std::move(node));
    }
    level = std::move(above);
  }
  root_ = level.empty() ? std::make_unique<Node>() : std::move(level.front());
}

bool RangeTree::insert(const RangeItem& item) {
  if (!root_->insert(item)) return false;
  if (root_->is_over()) {
    auto above = std::make_unique<Node>();
    above->leaf = false;
    auto right = root_->split();
    above->low = root_->low;
    above->children.push_back(std::move(root_));
    above->children.push_back(std::move(right));
    above->recount();
    root_ = std::move(above);
  }
  return true;
}

bool RangeTree::erase(const RangeItem& item) {
  if (!root_->erase(item)) return false;
  while (!root_->leaf && root_->children.size() == 1) {
    auto only = std::move(root_->children.front());
    root_ = std::move(only);
  }
  if (root_->count == 0) root_ = std::make_unique<Node>();
  return true;
}

size_t RangeTree::size() const { return root_->count; }

const RangeItem& RangeTree::at(size_t rank) const {
  WEFT_CHECK(rank < size());
  const Node* node = root_.get();
  while (!node->leaf) {
    for (const auto& child : node->children) {
      if (rank < child->count) {
        node = child.get();
        break;
      }
      rank -= child->count;
    }
  }
  return node->items[rank];
}

size_t RangeTree::lower_bound(const RangeBound& bound) const {
  if (bound.clock == RangeBound::kEnd) return size();
  const Node* node = root_.get();
  size_t before = 0;
  while (!node->leaf) {
    size_t index = node->children.size() - 1;
    while (index > 0 && !is_before(node->children[index]->low, bound)) --index;
    for (size_t i = 0; i < index; ++i) before += node->children[i]->count;
    node = node->children[index].get();
  }
  for (const RangeItem& item : node->items) before += is_before(item, bound);
  return before;
}

DigestSum RangeTree::prefix_sum(size_t rank) const {
  DigestSum sum;
  const Node* node = root_.get();
  while (!node->leaf && rank > 0) {
    for (const auto& child : node->children) {
      if (rank < child->count) {
        node = child.get();
        break;
      }
      sum.add(child->sum);
      rank -= child->count;
      if (rank == 0) return sum;
    }
  }
  for (size_t i = 0; i < rank; ++i) sum.add(node->items[i].digest);
  return sum;
}

DigestSum RangeTree::sum(size_t from, size_t to) const {
  DigestSum sum = prefix_sum(to);
  sum.subtract(prefix_sum(from));
  return sum;
}

void RangeTree::for_each(size_t from, size_t to,
                         const std::function<bool(size_t, const RangeItem&)>& visit) const {
  const std::function<bool(const Node&, size_t)> walk = [&](const Node& node, size_t first) {
    if (node.leaf) {
      for (size_t i = 0; i < node.items.size(); ++i) {
        const size_t rank = first + i;
        if (rank >= from && rank < to && !visit(rank, node.items[i])) return false;
      }
      return true;
    }
    for (const auto& child : node.children) {
      if (first >= to) return true;
      if (first + child->count > from && !walk(*child, first)) return false;
      first += child->count;
    }
    return true;
  };
  walk(*root_, 0);
}

}  // namespace weft
