// Sequence: items kept in an order that is restored only when somebody looks. Adding and removing
// are O(1): what is added in order costs nothing later, a removal leaves a hole. Reading in order
// sorts just the part that came out of order and merges it in.
//
// `Place` says where an item keeps its index and which of two comes first:
//   static uint32_t& index(T&);   static uint32_t index(const T&);   static bool before(const T&, const T&);
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace weft {

template <class T, class Place>
class Sequence {
 public:
  size_t size() const { return items_.size() - holes_; }
  bool empty() const { return size() == 0; }
  T* any() const { return items_.empty() ? nullptr : items_.back(); }   // the back is never a hole

  void add(T* item) {
    if (sorted_ == items_.size() && (items_.empty() || Place::before(*items_.back(), *item))) ++sorted_;
    Place::index(*item) = static_cast<uint32_t>(items_.size());
    items_.push_back(item);
  }

  void remove(T* item) {
    items_[Place::index(*item)] = nullptr;
    ++holes_;
    while (!items_.empty() && !items_.back()) items_.pop_back(), --holes_;
    sorted_ = std::min(sorted_, items_.size());
    if (holes_ > 16 && holes_ * 2 > items_.size()) close_holes();
  }

  void reserve(size_t more) { items_.reserve(items_.size() + more); }

  void clear() {
    items_.clear();
    sorted_ = holes_ = 0;
  }

  // Of two items that are in here; by their places alone where those are in order.
  bool before(const T& a, const T& b) const {
    const size_t of_a = Place::index(a), of_b = Place::index(b);
    return of_a < sorted_ && of_b < sorted_ ? of_a < of_b : Place::before(a, b);
  }

  // In order, each once. The items may not change in number meanwhile.
  const std::vector<T*>& in_order() {
    if (holes_ > 0) close_holes();
    if (sorted_ < items_.size()) sort();
    return items_;
  }

 private:
  void close_holes() {
    size_t to = 0, sorted = 0;
    for (size_t from = 0; from < items_.size(); ++from) {
      if (!items_[from]) continue;
      if (from < sorted_) ++sorted;
      items_[to] = items_[from];
      Place::index(*items_[to]) = static_cast<uint32_t>(to);
      ++to;
    }
    items_.resize(to);
    sorted_ = sorted;
    holes_ = 0;
  }

  void sort() {
    const auto before = [](const T* a, const T* b) { return Place::before(*a, *b); };
    const auto middle = items_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    std::sort(middle, items_.end(), before);
    std::inplace_merge(items_.begin(), middle, items_.end(), before);
    for (size_t i = 0; i < items_.size(); ++i) Place::index(*items_[i]) = static_cast<uint32_t>(i);
    sorted_ = items_.size();
  }

  std::vector<T*> items_;
  size_t sorted_ = 0;   // items before this index are in order
  size_t holes_ = 0;
};

}  // namespace weft
