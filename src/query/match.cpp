#include <algorithm>

#include "base/pack.h"
#include "query/condition.h"
#include "query/like.h"

namespace weft::query {
namespace {

ValueView resolve_timestamp(const Path& path, const Stamp& stamp, Buffer& scratch) {
  scratch.clear();
  if (path.is_clock()) pack_bigint(scratch, stamp.clock);
  else if (path.steps.size() == 1 && path.steps[0].name == "physical") pack_uint(scratch, stamp.physical_ms());
  else if (path.steps.size() == 1 && path.steps[0].name == "logical") pack_uint(scratch, stamp.logical());
  return ValueView(scratch);   // empty: missing
}

// ---- about one value

template <class Meets>
bool whole_or_any_entry(const ValueView& value, Meets meets) {
  const Type type = value.type();
  if (meets(value, type)) return true;
  if (type != Type::kArray) return false;
  for (auto it = value.begin(); it.more(); it.next())
    if (const ValueView entry = it.value(); meets(entry, entry.type())) return true;
  return false;
}

template <class Accepts>
bool compares(const ValueView& value, const Literal& literal, Accepts accepts) {
  return whole_or_any_entry(value, [&](const ValueView& one, Type type) {
    return type == literal.type() && accepts(literal.compare_with(one, type));
  });
}

template <class Accepts>
bool reads(const ValueView& value, Accepts accepts) {
  return whole_or_any_entry(value, [&](const ValueView& one, Type type) {
    return type == Type::kString && accepts(one.text());
  });
}

bool is_between(const ValueView& value, const Literal& low, const Literal& high) {
  return whole_or_any_entry(value, [&](const ValueView& one, Type type) {
    return low.compare_with(one, type) >= 0 && high.compare_with(one, type) <= 0;   // both of one type
  });
}

bool is_in(const ValueView& value, const std::vector<Literal>& sorted) {
  return whole_or_any_entry(value, [&](const ValueView& one, Type type) {
    const auto at = std::partition_point(sorted.begin(), sorted.end(), [&](const Literal& literal) {
      return literal.compare_with(one, type) > 0;
    });
    return at != sorted.end() && at->compare_with(one, type) == 0;
  });
}

bool has_type(const ValueView& value, uint32_t mask) {
  const Type type = value.type();
  return (mask & type_mask(type)) || ((mask & kBigintMask) && type == Type::kNumber && value.is_bigint());
}

// Recursion is bounded by the depth of a value.
bool reads_anywhere(const ValueView& value, const TextTest& test) {
  const Type type = value.type();
  if (type == Type::kString) return test.accepts(value.text());
  if (type != Type::kArray && type != Type::kMap) return false;
  for (auto it = value.begin(); it.more(); it.next())
    if (reads_anywhere(it.value(), test)) return true;
  return false;
}

bool is_placed_within(const Condition& condition, const Graph& graph, const Node& node) {
  bool found = false;
  Buffer scratch;
  index::for_each_place(resolve(condition.path, graph, node, scratch), graph, node,
                        [&](const Point& point) { found = found || condition.region->has(point); });
  return found;
}

bool any_entry(const ValueView& value, const Condition& condition) {
  if (value.type() != Type::kArray) return false;
  for (auto it = value.begin(); it.more(); it.next())
    if (holds(condition, it.value())) return true;
  return false;
}

}  // namespace

// Recursion is bounded by the depth of the query's JSON.
bool holds(const Condition& condition, const ValueView& value) {
  const auto child_holds = [&](const Condition& child) { return holds(child, value); };
  const auto& children = condition.children;
  const auto& literals = condition.literals;
  const ByteView text = condition.text;
  switch (condition.test) {
    case Test::kAll: return std::all_of(children.begin(), children.end(), child_holds);
    case Test::kAny: return std::any_of(children.begin(), children.end(), child_holds);
    case Test::kNot: return !holds(children[0], value);
    case Test::kAt: return holds(children[0], index::follow(value, condition.path.steps, 0));
    case Test::kEqual: return compares(value, literals[0], [](int order) { return order == 0; });
    case Test::kGreater: return compares(value, literals[0], [](int order) { return order > 0; });
    case Test::kGreaterEqual: return compares(value, literals[0], [](int order) { return order >= 0; });
    case Test::kLess: return compares(value, literals[0], [](int order) { return order < 0; });
    case Test::kLessEqual: return compares(value, literals[0], [](int order) { return order <= 0; });
    case Test::kBetween: return is_between(value, literals[0], literals[1]);
    case Test::kIn: return is_in(value, literals);
    case Test::kStartsWith: return reads(value, [&](ByteView one) { return starts_with(one, text); });
    case Test::kEndsWith: return reads(value, [&](ByteView one) { return ends_with(one, text); });
    case Test::kContains: return reads(value, [&](ByteView one) { return one.find(text) != ByteView::npos; });
    case Test::kLike: return reads(value, [&](ByteView one) { return like(one, text); });
    case Test::kReads: return reads(value, [&](ByteView one) { return condition.reads->accepts(one); });
    case Test::kReadsAnywhere: return reads_anywhere(value, *condition.reads);
    case Test::kWithin: return has_point_in(*condition.region, value);
    case Test::kPresent: return value.type() != Type::kMissing;
    case Test::kType: return has_type(value, condition.mask);
    case Test::kSize: return value.type() == Type::kArray && value.size() == condition.number;
    case Test::kAnyEntry: return any_entry(value, children[0]);
    case Test::kPlacedWithin: break;   // is about a node
  }
  WEFT_CHECK(false);
}

ValueView resolve(const Path& path, const Graph& graph, const Node& node, Buffer& scratch) {
  switch (path.root) {
    case Path::Root::kField: return index::follow(graph, node, path.steps);
    case Path::Root::kTimestamp: return resolve_timestamp(path, graph.timestamp(node), scratch);
    case Path::Root::kWhole: return ValueView(graph.value_view(node, scratch));
    case Path::Root::kId: break;
  }
  scratch.clear();
  if (path.steps.empty()) pack_str(scratch, graph.id(node));
  return ValueView(scratch);
}

bool holds(const Condition& condition, const Graph& graph, const Node& node) {
  const auto child_holds = [&](const Condition& child) { return holds(child, graph, node); };
  const auto& children = condition.children;
  switch (condition.test) {
    case Test::kAll: return std::all_of(children.begin(), children.end(), child_holds);
    case Test::kAny: return std::any_of(children.begin(), children.end(), child_holds);
    case Test::kNot: return !child_holds(children[0]);
    case Test::kPlacedWithin: return is_placed_within(condition, graph, node);
    default: break;
  }
  WEFT_CHECK(condition.test == Test::kAt);
  Buffer scratch;
  return holds(children[0], resolve(condition.path, graph, node, scratch));
}

}  // namespace weft::query
