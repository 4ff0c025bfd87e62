// FlatTable: open addressing over pointers; the items are owned elsewhere. Linear probing, at most
// four fifths full, and no tombstones (a removal shifts its followers back). Its order is never
// shown to anyone.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft {

template <class T>
class FlatTable {
 public:
  struct Slot {
    T* item = nullptr;
    uint32_t hash = 0;
  };

  size_t size() const { return size_; }

  // The slot of the first item with this hash for which `is_it` holds, or nullptr.
  template <class IsIt>
  Slot* find(uint64_t hash, IsIt is_it) {
    if (slots_.empty()) return nullptr;
    const uint32_t wanted = fold(hash);
    for (size_t i = wanted & mask(); slots_[i].item; i = (i + 1) & mask())
      if (slots_[i].hash == wanted && is_it(*slots_[i].item)) return &slots_[i];
    return nullptr;
  }

  void insert(uint64_t hash, T* item) {
    if (!fits(size_ + 1, slots_.size())) resize(slots_.empty() ? kLeast : slots_.size() * 2);
    Slot slot;
    slot.item = item;
    slot.hash = fold(hash);
    place(slot);
    ++size_;
  }

  // Room for so many, so that nothing is placed twice on the way there.
  void reserve(size_t count) {
    size_t slots = std::max(kLeast, slots_.size());
    while (!fits(count, slots)) slots *= 2;
    if (slots > slots_.size()) resize(slots);
  }

  void erase(Slot* slot) {
    size_t hole = static_cast<size_t>(slot - slots_.data());
    for (size_t i = (hole + 1) & mask(); slots_[i].item; i = (i + 1) & mask()) {
      // Movable if its home is not within (hole, i].
      if (((i - slots_[i].hash) & mask()) < ((i - hole) & mask())) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = Slot();
    --size_;
  }

  void clear() {
    slots_.clear();
    slots_.shrink_to_fit();
    size_ = 0;
  }

  template <class F>
  void for_each_slot(F f) {
    for (Slot& slot : slots_)
      if (slot.item) f(slot);
  }

 private:
  static uint32_t fold(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  size_t mask() const { return slots_.size() - 1; }
  void place(const Slot& slot) {
    size_t i = slot.hash & mask();
    while (slots_[i].item) i = (i + 1) & mask();
    slots_[i] = slot;
  }
  static constexpr size_t kLeast = 16;
  static bool fits(size_t count, size_t slots) { return count * 5 <= slots * 4; }
  void resize(size_t slots) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.item) place(slot);
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace weft
