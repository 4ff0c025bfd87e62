#include "query/project.h"

#include <algorithm>

#include "base/limits.h"
#include "base/pack.h"

namespace weft::query {
namespace {

ValueView part_of(const ValueView& value, const index::Step& step) {
  if (value.type() == Type::kMap) return value.field(step.name);
  return step.index < value.size() ? value.entry(step.index) : ValueView();
}

}  // namespace

Result<Selection> Selection::parse(const Json& json, const std::string& path) {
  Selection selection;
  if (!json.is_array()) return make_error(Code::kInvalidQuery, "`$select` takes an array of dot paths", path);
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    if (!json[i].is_string()) return make_error(Code::kInvalidQuery, "`$select` takes an array of dot paths", at);
    const Path wanted = Path::split(json[i].get_ref<const std::string&>(), /*at_node=*/true);
    // Nothing lies deeper in a value, and the tree is walked by recursion.
    if (wanted.steps.size() > limits::kMaxDepth) return make_error(Code::kTooDeep, "no value is that deep", at);
    if (wanted.root == Path::Root::kField) add(selection.parts_, wanted.steps, 0);
  }
  return selection;
}

void Selection::add(std::vector<Part>& parts, const index::FieldPath& steps, size_t at) {
  const index::Step& step = steps[at];
  auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.step.name == step.name; });
  if (found == parts.end()) found = parts.insert(parts.end(), Part{step, false, {}});
  if (at + 1 == steps.size()) found->whole = true;
  else add(found->parts, steps, at + 1);
}

void Selection::project(ByteView value, Buffer& out) const {
  Buffer entries;
  const ValueView view(value);
  const uint32_t count = view.type() == Type::kMap ? pack(parts_, view, entries) : 0;
  pack_map(out, count);
  out += entries;
}

uint32_t Selection::pack(const std::vector<Part>& parts, const ValueView& value, Buffer& out) {
  uint32_t count = 0;
  for (const Part& part : parts) {
    const ValueView found = part_of(value, part.step);
    const Type type = found.type();
    if (type == Type::kMissing) continue;
    if (part.whole) {
      pack_str(out, part.step.name);
      out += found.bytes();
      ++count;
    } else if (type == Type::kMap || type == Type::kArray) {
      Buffer inner;
      const uint32_t entries = pack(part.parts, found, inner);
      if (entries == 0) continue;
      pack_str(out, part.step.name);
      pack_map(out, entries);
      out += inner;
      ++count;
    }
  }
  return count;
}

}  // namespace weft::query
