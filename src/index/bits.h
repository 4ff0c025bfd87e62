// Bits: a set of slots, one bit each. Sets that are combined have one size.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::index {

class Bits {
 public:
  Bits() = default;
  explicit Bits(size_t size) : words_((size + 63) / 64) {}

  void resize(size_t size) { words_.resize((size + 63) / 64); }   // new ones are not in it
  size_t size() const { return words_.size() * 64; }
  bool has(uint32_t slot) const { return slot / 64 < words_.size() && (words_[slot / 64] >> (slot % 64) & 1); }
  void add(uint32_t slot) { words_[slot / 64] |= uint64_t{1} << (slot % 64); }
  void remove(uint32_t slot) { words_[slot / 64] &= ~(uint64_t{1} << (slot % 64)); }
  void set(uint32_t slot, bool in) { in ? add(slot) : remove(slot); }

  size_t count() const {
    size_t count = 0;
    for (const uint64_t word : words_) count += static_cast<size_t>(__builtin_popcountll(word));
    return count;
  }
  bool empty() const {
    for (const uint64_t word : words_)
      if (word) return false;
    return true;
  }
  Bits& operator|=(const Bits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  Bits& operator&=(const Bits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Bits& operator-=(const Bits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }

  // In ascending order.
  template <class F>
  void for_each(F visit) const {
    for (size_t i = 0; i < words_.size(); ++i)
      for (uint64_t word = words_[i]; word; word &= word - 1)
        visit(static_cast<uint32_t>(i * 64) + static_cast<uint32_t>(__builtin_ctzll(word)));
  }

  // Those of them that `holds` holds for.
  template <class F>
  Bits those(F holds) const {
    Bits found(words_.size() * 64);
    for (size_t i = 0; i < words_.size(); ++i) {
      uint64_t kept = 0;
      for (uint64_t word = words_[i]; word; word &= word - 1) {
        const auto bit = static_cast<uint32_t>(__builtin_ctzll(word));
        kept |= uint64_t{holds(static_cast<uint32_t>(i * 64) + bit)} << bit;
      }
      found.words_[i] = kept;
    }
    return found;
  }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace weft::index
