// Tickets: operations from elsewhere that wait for a judge's verdict.
#pragma once
#include <cstdint>
#include <vector>

#include "core/origin.h"
#include "sync/message.h"

namespace weft {

struct Ticket {
  uint32_t link = 0;             // 0: an import
  Message message;               // decoded and checked whole; of an import only the operations count
  std::vector<size_t> judged;    // which of its operations the judge sees: those not held already
  uint64_t due_ms = 0;           // discarded then
  Origin origin;
};

}  // namespace weft
