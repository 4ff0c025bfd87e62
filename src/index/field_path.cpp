#include "index/field_path.h"

#include <algorithm>

namespace weft::index {
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

ValueView step_into(const ValueView& value, const Step& step) {
  switch (value.type()) {
    case Type::kMap: return value.field(step.name);
    case Type::kArray: return step.index < value.size() ? value.entry(step.index) : ValueView();
    default: return ValueView();
  }
}

}  // namespace

FieldPath split(ByteView dotted) {
  FieldPath path;
  for (size_t from = 0; from <= dotted.size();) {
    const size_t dot = std::min(dotted.find('.', from), dotted.size());
    const ByteView name = dotted.substr(from, dot - from);
    path.push_back(Step{Buffer(name), as_index(name)});
    from = dot + 1;
  }
  return path;
}

Buffer dotted(const FieldPath& path) {
  Buffer out;
  for (const Step& step : path) {
    if (&step != &path.front()) out += '.';
    out += step.name;
  }
  return out;
}

ValueView follow(ValueView value, const FieldPath& path, size_t from) {
  for (size_t i = from; i < path.size(); ++i) value = step_into(value, path[i]);
  return value;
}

ValueView follow(const Graph& graph, const Node& node, const FieldPath& path) {
  return follow(graph.field(node, path[0].name), path, 1);
}

}  // namespace weft::index
