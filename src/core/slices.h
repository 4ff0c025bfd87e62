// Slices: a whole state on its way out, as it was when that began, a slice a turn, while the graph goes on. Operations
// never change, so what is kept for it is one reference to each that was live then.
//
// Invariant: all slices together are what one step would have given.
#pragma once
#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "log/stamp_order.h"
#include "store/journal.h"

namespace weft {

class Slices {
 public:
  explicit Slices(Operations live) : live_(std::move(live)) {}
  virtual ~Slices() = default;
  // Appends the next slice; it may be empty. False: that was the last.
  bool next(Buffer& out) { return live_.sort_some() || write(out); }
  size_t operations() const { return live_.size(); }
  size_t written() const { return live_.taken(); }

 protected:
  virtual bool write(Buffer& out) = 0;
  // The operations that come next: so many at most, and no more than fit so many bytes. At least one, while there is one.
  Operations take(size_t most, size_t bytes);
  StampOrder live_;
};

std::unique_ptr<Slices> slice_snapshot(Operations live, JournalState state);   // a journal: header and snapshot
std::unique_ptr<Slices> slice_file(Operations live);                           // core/transfer.cpp

}  // namespace weft
