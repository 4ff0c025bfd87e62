// Oplog: the sliding window of the latest operations in the order this replica applied them.
// An entry refers to the operation; its content is looked up ("hydrated") when asked for.
// Invariant: floor() is the greatest stamp of any operation that changed this replica's live set
// and is not in the window.
#pragma once
#include <deque>
#include <vector>

#include "log/operation.h"

namespace weft {

struct OplogEntry {
  Kind kind;
  Stamp stamp;
  Buffer id;   // the node, a link's source; empty for clear
};

}  // namespace weft
