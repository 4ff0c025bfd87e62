// Draw: where a simulated run's chances come from. The same seed gives the same numbers everywhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::sim {

// The finalizer of SplitMix64: neighbouring numbers in, unrelated ones out.
inline uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
inline uint64_t mix(uint64_t a, uint64_t b) { return mix(mix(a + 0x9e3779b97f4a7c15ULL) + b); }

class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(mix(seed + 1)) {}
  uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
  uint32_t below(uint64_t n) { return static_cast<uint32_t>(next() % n); }
  uint32_t between(uint32_t least, uint32_t most) { return least + below(most - least + 1); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  // One of `from`, each as likely as its weight says.
  template <class T>
  const T& weighted(const std::vector<std::pair<T, unsigned>>& from) {
    unsigned all = 0;
    for (const auto& [item, weight] : from) all += weight;
    unsigned left = below(all);
    size_t i = 0;
    for (; left >= from[i].second; ++i) left -= from[i].second;
    return from[i].first;
  }

 private:
  uint64_t state_;
};

}  // namespace weft::sim
