#include "query/condition.h"

namespace weft::query {

Path Path::split(ByteView dotted, bool at_node) {
  Path path;
  path.steps = index::split(dotted);
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
