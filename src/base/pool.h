// Pool: objects of one type at stable addresses, many to an allocation. A freed place is used again;
// memory goes back when the pool is cleared or ends. Whoever clears it has destroyed what it made.
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace weft {

template <class T>
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  template <class... Arguments>
  T* make(Arguments&&... arguments) {
    if (!free_) add_chunk();
    Place* place = std::exchange(free_, free_->next);
    return new (place->space) T(std::forward<Arguments>(arguments)...);
  }
  void destroy(T* item) {
    item->~T();
    auto* place = reinterpret_cast<Place*>(item);
    place->next = std::exchange(free_, place);
  }
  void clear() {
    chunks_.clear();
    free_ = nullptr;
  }

 private:
  union Place {
    Place* next;
    alignas(T) unsigned char space[sizeof(T)];
  };
  static constexpr size_t kChunk = 256;

  void add_chunk() {
    chunks_.emplace_back(new Place[kChunk]);
    for (size_t i = kChunk; i-- > 0;) chunks_.back()[i].next = std::exchange(free_, &chunks_.back()[i]);
  }

  std::vector<std::unique_ptr<Place[]>> chunks_;
  Place* free_ = nullptr;
};

}  // namespace weft
