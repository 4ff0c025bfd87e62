// FieldPath: the way from a node's value to one inside it, a dot path taken apart once.
#pragma once
#include <vector>

#include "graph/graph.h"
#include "value/value.h"

namespace weft::index {

// One name of a dot path; in an array it is an index, if it reads as one.
struct Step {
  static constexpr uint32_t kNotAnIndex = UINT32_MAX;
  Buffer name;
  uint32_t index = kNotAnIndex;
  friend bool operator==(const Step& a, const Step& b) { return a.name == b.name; }
};

using FieldPath = std::vector<Step>;

FieldPath split(ByteView dotted);
// As it was before split().
Buffer dotted(const FieldPath& path);

// What `path` from its step `from` on leads to; missing when it leads nowhere.
ValueView follow(ValueView value, const FieldPath& path, size_t from);
// The same from the node's value. `path` is not empty.
ValueView follow(const Graph&, const Node&, const FieldPath& path);

}  // namespace weft::index
