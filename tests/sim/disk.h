// Disk: what a process leaves behind. Journal bytes, of which the end may not be flushed yet.
#pragma once
#include <vector>

#include "base/bytes.h"
#include "graph/graph.h"
#include "store/journal.h"

namespace weft::sim {

class Disk {
 public:
  void append(ByteView chunk);
  void flush() { flushed_ = bytes_.size(); }
  void replace(Buffer journal);                   // by a snapshot, in one step, flushed
  // A crash: of what is not flushed so many thousandths are there all the same. The rest is gone.
  void crash(uint32_t kept);
  void wipe();

  const Buffer& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  // What the journal says, read chunk by chunk as it was written: what opening it must give.
  Graph says() const;

 private:
  Buffer bytes_;
  std::vector<size_t> ends_;                      // of the chunks
  size_t flushed_ = 0;
};

// A piece of a journal that holds whole groups, or the beginning of one at its end.
Journal read_journal(ByteView chunk);

}  // namespace weft::sim
