// Held: which state of which node the host has read and kept, so that it need not cross again. What is read for the
// first time is not kept: most of it is not read again, and keeping costs a copy. The host drops all it keeps at once, by
// coming with another generation; a node's state is told by its version (graph/graph.h).
//
// A frame of nodes, as `map` and `get` give it to such a host, little-endian:
//
//   [u32 count][u32 handle]×count [node]… the fresh ones, each as Replica::get() gives it
//   handle: slot << 1 | held. held: the host has it under `slot`; else it is fresh and to be kept there.
//   kUnkept: fresh, and not to be kept.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "graph/graph.h"

namespace weft {

class Held {
 public:
  static constexpr uint32_t kUnkept = UINT32_MAX;

  void begin(uint32_t generation);
  void forget();                     // another graph: slots and versions mean something else
  // The handle of a node that goes into a frame; after that the host has it, unless it is kUnkept.
  uint32_t handle(const Graph&, const Node&);
  size_t bytes() const { return read_.capacity() * sizeof(Read); }

 private:
  struct Read {
    uint32_t version = 0;            // 0: none
    bool kept = false;
  };
  uint32_t generation_ = 0;
  std::vector<Read> read_;           // by slot
};

}  // namespace weft
