#include "query/column_match.h"

#include <algorithm>

#include "query/text_match.h"

namespace weft::query {
namespace {

using index::Bits;
using index::Column;
using index::Key;

// What deciding one value costs, from a load and a comparison up to a walk through a text.
int weight_of(Test test) {
  switch (test) {
    case Test::kEqual:
    case Test::kGreater:
    case Test::kGreaterEqual:
    case Test::kLess:
    case Test::kLessEqual:
    case Test::kBetween:
    case Test::kPresent:
    case Test::kType: return 1;
    case Test::kIn:
    case Test::kSize:
    case Test::kStartsWith:
    case Test::kEndsWith: return 4;
    case Test::kContains:
    case Test::kAnyEntry: return 16;
    default: return 64;
  }
}

// An array is walked through, which costs as much as a text; so does, on average, a column of which some are arrays.
constexpr int kArrayWeight = 16;
int weight_of(Test test, const Column& column) {
  const size_t arrays = column.count(Type::kArray), slots = std::max<size_t>(column.size(), 1);
  return weight_of(test) + static_cast<int>(arrays * kArrayWeight / slots);
}

// Arrays are met by any entry.
template <class Accepts>
bool accepts_entry(const ValueView& array, const Key& literal, Accepts accepts) {
  for (auto it = array.begin(); it.more(); it.next()) {
    const Key key = Key::of(it.value());
    if (key.type == literal.type && accepts(index::compare(key, literal))) return true;
  }
  return false;
}

// Whether equal values are equal bytes. A number may also be written as a bigint, a map in any order.
bool has_one_encoding(Type type) { return type != Type::kNumber && type != Type::kArray && type != Type::kMap; }

// An encoding that begins with another one is that one.
bool has_entry(const ValueView& array, ByteView encoding) {
  for (auto it = array.begin(); it.more(); it.next())
    if (starts_with(it.value().rest(), encoding)) return true;
  return false;
}

Bits equal(const Condition& condition, const Column& column, const Bits& among) {
  const ByteView encoding = condition.literals[0].view().bytes();
  const Key literal = Key::of(condition.literals[0].view());
  const bool by_bytes = has_one_encoding(literal.type);
  if (column.count(Type::kArray) > 0 || !literal.exact) column.expect_reading(among.count());
  return among.those([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type == Type::kArray && by_bytes) return has_entry(column.value(slot), encoding);
    if (type == literal.type ? column.leading(slot) != literal.leading : type != Type::kArray) return false;
    if (literal.exact && type == literal.type && column.exact(slot)) return true;
    return holds(condition, column.value(slot));
  });
}

// A comparison with a literal, decided by the cell alone where that is possible. What the leading bits leave open
// is left to holds().
template <class Accepts>
Bits compared(const Condition& condition, const Key& literal, const Column& column, const Bits& among, Accepts accepts) {
  if (column.count(Type::kArray) > 0 || !literal.exact) column.expect_reading(among.count());
  return among.those([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type != literal.type) return type == Type::kArray && accepts_entry(column.value(slot), literal, accepts);
    const uint64_t leading = column.leading(slot);
    if (leading != literal.leading) return accepts(leading < literal.leading ? -1 : 1);
    if (literal.exact && column.exact(slot)) return accepts(0);
    return holds(condition, column.value(slot));
  });
}

Bits between(const Condition& condition, const Column& column, const Bits& among) {
  const Key low = Key::of(condition.literals[0].view()), high = Key::of(condition.literals[1].view());
  return among.those([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type != low.type) return type == Type::kArray && holds(condition, column.value(slot));
    const uint64_t leading = column.leading(slot);
    if (leading > low.leading && leading < high.leading) return true;
    if (leading < low.leading || leading > high.leading) return false;
    return holds(condition, column.value(slot));
  });
}

// The literals are sorted, and so are their keys.
Bits in(const Condition& condition, const Column& column, const Bits& among) {
  std::vector<Key> keys;
  for (const Literal& literal : condition.literals) keys.push_back(Key::of(literal.view()));
  column.expect_reading(among.count());
  return among.those([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type == Type::kArray) return holds(condition, column.value(slot));
    const uint64_t leading = column.leading(slot);
    const auto at = std::partition_point(keys.begin(), keys.end(), [&](const Key& key) {
      return key.type != type ? key.type < type : key.leading < leading;
    });
    if (at == keys.end() || at->type != type || at->leading != leading) return false;
    return (at->exact && column.exact(slot)) || holds(condition, column.value(slot));
  });
}

// What only a value of one of the types in `mask` can meet.
Bits of_types(const Condition& condition, uint32_t mask, const Column& column, const Bits& among) {
  return among.those([&](uint32_t slot) {
    return (mask & type_mask(column.type(slot))) && holds(condition, column.value(slot));
  });
}

Bits decided(const Condition& condition, const Column& column, const Bits& among) {
  const auto literal = [&] { return Key::of(condition.literals[0].view()); };
  const auto by = [&](auto accepts) { return compared(condition, literal(), column, among, accepts); };
  switch (condition.test) {
    case Test::kEqual: return equal(condition, column, among);
    case Test::kGreater: return by([](int order) { return order > 0; });
    case Test::kGreaterEqual: return by([](int order) { return order >= 0; });
    case Test::kLess: return by([](int order) { return order < 0; });
    case Test::kLessEqual: return by([](int order) { return order <= 0; });
    case Test::kBetween: return between(condition, column, among);
    case Test::kIn: return in(condition, column, among);
    case Test::kStartsWith:
    case Test::kEndsWith:
    case Test::kContains:
    case Test::kLike:
    case Test::kReads: return text_match(condition, column, among);
    case Test::kWithin: return of_types(condition, type_mask(Type::kMap) | type_mask(Type::kArray), column, among);
    case Test::kPresent: return among.those([&](uint32_t slot) { return column.type(slot) != Type::kMissing; });
    case Test::kSize:
    case Test::kAnyEntry: return of_types(condition, type_mask(Type::kArray), column, among);
    default: return among.those([&](uint32_t slot) { return holds(condition, column.value(slot)); });
  }
}

}  // namespace

ColumnMatch::ColumnMatch(const Condition& condition, const Graph& graph, index::Indexes& indexes) : graph_(graph) {
  std::vector<index::FieldPath> paths;
  root_ = part_of(condition, paths);
  columns_ = indexes.look(graph, paths);
  weigh(root_, nullptr);
}

ColumnMatch::Part ColumnMatch::part_of(const Condition& condition, std::vector<index::FieldPath>& paths) {
  Part part{&condition, 0, 0, {}};
  if ((condition.test == Test::kAt || condition.test == Test::kPlacedWithin) && condition.path.root == Path::Root::kField) {
    const auto same = [&](const index::FieldPath& path) { return dotted(path) == dotted(condition.path.steps); };
    part.column = static_cast<size_t>(std::find_if(paths.begin(), paths.end(), same) - paths.begin());
    if (part.column == paths.size()) paths.push_back(condition.path.steps);
  }
  const bool is_logical = condition.test <= Test::kNot;
  if (!is_logical && condition.test != Test::kAt) return part;
  for (const Condition& child : condition.children) part.parts.push_back(part_of(child, paths));
  return part;
}

// Of conditions of which all, or one, must hold the cheap ones go first: the others then look at fewer nodes.
void ColumnMatch::weigh(Part& part, const Column* column) const {
  const Condition& condition = *part.condition;
  if (condition.test == Test::kAt && condition.path.root == Path::Root::kField) column = columns_[part.column];
  if (part.parts.empty()) part.weight = column ? weight_of(condition.test, *column) : weight_of(condition.test);
  for (Part& each : part.parts) {
    weigh(each, column);
    part.weight += each.weight;
  }
  if (condition.test == Test::kAll || condition.test == Test::kAny)
    std::stable_sort(part.parts.begin(), part.parts.end(), [](const Part& a, const Part& b) { return a.weight < b.weight; });
}

index::Bits ColumnMatch::run(const Bits& among) const { return at_node(root_, among); }

template <class One>
index::Bits ColumnMatch::combined(const Part& part, const Bits& among, One one) const {
  if (part.condition->test == Test::kNot) {
    Bits rest = among;
    return rest -= one(part.parts[0], among);
  }
  const bool all = part.condition->test == Test::kAll;
  Bits left = among, found = all ? Bits() : Bits(among.size());
  for (const Part& each : part.parts) {
    if (left.empty()) break;
    Bits hit = one(each, left);
    if (all) {
      left = std::move(hit);
    } else {
      left -= hit;
      found |= hit;
    }
  }
  return all ? left : found;
}

index::Bits ColumnMatch::at_node(const Part& part, const Bits& among) const {
  if (part.condition->test <= Test::kNot)
    return combined(part, among, [&](const Part& each, const Bits& left) { return at_node(each, left); });
  const Condition& condition = *part.condition;
  const auto at_one = [&](uint32_t slot) { return holds(condition, graph_, *graph_.at(slot)); };
  if (condition.path.root != Path::Root::kField) return among.those(at_one);
  const Column& column = *columns_[part.column];
  if (condition.test == Test::kAt) return at_value(part.parts[0], column, among);
  return among.those([&](uint32_t slot) {
    const Type type = column.type(slot);
    if (type == Type::kMissing) return at_one(slot);   // by the node's own place
    return (type == Type::kMap || type == Type::kArray) && has_point_in(*condition.region, column.value(slot));
  });
}

index::Bits ColumnMatch::at_value(const Part& part, const Column& column, const Bits& among) const {
  if (part.condition->test <= Test::kNot)
    return combined(part, among, [&](const Part& each, const Bits& left) { return at_value(each, column, left); });
  return decided(*part.condition, column, among);
}

}  // namespace weft::query
