// Placed: a live operation, and its place in the live set. Whatever holds an operation of the graph holds it so; then
// nothing has to be looked for when it goes.
#pragma once
#include <cstdint>

#include "log/operation.h"

namespace weft {

struct Placed {
  const Operation* operation = nullptr;
  uint32_t place = 0;
  explicit operator bool() const { return operation != nullptr; }
};

}  // namespace weft
