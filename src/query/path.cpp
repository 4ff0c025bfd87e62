#include <algorithm>

#include "query/condition.h"

namespace weft::query {
namespace {

// An entry's number as JavaScript writes it: "07" and "-1" are names.
uint32_t as_index(ByteView name) {
  if (name.empty() || name.size() > 9 || (name[0] == '0' && name.size() > 1)) return Step::kNotAnIndex;
  uint32_t index = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') return Step::kNotAnIndex;
    index = index * 10 + static_cast<uint32_t>(c - '0');
  }
  return index;
}

}  // namespace

Path Path::split(ByteView dotted, bool at_node) {
  Path path;
  for (size_t from = 0; from <= dotted.size();) {
    const size_t dot = std::min(dotted.find('.', from), dotted.size());
    const ByteView name = dotted.substr(from, dot - from);
    path.steps.push_back(Step{Buffer(name), as_index(name)});
    from = dot + 1;
  }
  if (!at_node) return path;
  const auto shadowed = [&](size_t i) {
    const Buffer& name = path.steps[i].name;
    return name == "id" ? Root::kId : name == "timestamp" ? Root::kTimestamp : Root::kField;
  };
  path.root = shadowed(0);
  const bool unshadows = path.steps[0].name == "value" && path.steps.size() > 1 && shadowed(1) != Root::kField;
  if (path.root != Root::kField || unshadows) path.steps.erase(path.steps.begin());
  return path;
}

}  // namespace weft::query
