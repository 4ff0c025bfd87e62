#include "query/narrow.h"

#include <algorithm>

#include "base/pack.h"
#include "query/like.h"

namespace weft::query {
namespace {

using index::Key;
using index::Sorted;
using Position = Sorted::Position;

bool is_before(Position a, Position b) { return a.block != b.block ? a.block < b.block : a.index < b.index; }

void add(Narrowed& all, Narrowed one) {
  all.count += one.count;
  std::move(one.ranges.begin(), one.ranges.end(), std::back_inserter(all.ranges));
}

// One order, and the conditions about the value it is sorted by. Which of them it narrows depends on the
// condition alone.
class OfField {
 public:
  OfField(const Sorted& sorted, Buffer path) : sorted_(sorted), path_(std::move(path)) {}

  std::optional<Narrowed> narrow(const Condition& condition) const {
    const auto key = [&](size_t i) { return Key::of(condition.literals[i].view()); };
    switch (condition.test) {
      case Test::kAll: return all(condition.children);
      case Test::kAny: return any(condition.children);
      case Test::kEqual: return range(sorted_.lower(key(0)), sorted_.upper(key(0)));
      case Test::kGreater: return range(sorted_.upper(key(0)), end_of(key(0).type));
      case Test::kGreaterEqual: return range(sorted_.lower(key(0)), end_of(key(0).type));
      case Test::kLess: return range(sorted_.first_of(key(0).type), sorted_.lower(key(0)));
      case Test::kLessEqual: return range(sorted_.first_of(key(0).type), sorted_.upper(key(0)));
      case Test::kBetween: return range(sorted_.lower(key(0)), sorted_.upper(key(1)));
      case Test::kIn: return in(condition.literals);
      case Test::kStartsWith: return prefix(condition.text);
      case Test::kLike: return like(literal_prefix(condition.text));
      case Test::kPresent: return range(end_of(Type::kMissing), sorted_.end());
      default: return std::nullopt;
    }
  }

 private:
  Narrowed range(Position from, Position to) const {
    if (!is_before(from, to)) return {};
    return {{{&sorted_, from, to, path_}}, sorted_.distance(from, to)};
  }
  Position end_of(Type type) const {
    return type == Type::kMap ? sorted_.end() : sorted_.first_of(static_cast<Type>(static_cast<uint8_t>(type) + 1));
  }

  // No byte of UTF-8 is 0xff, so the texts with this prefix end below it.
  Narrowed prefix(ByteView text) const {
    Buffer low, high;
    pack_str(low, text);
    pack_str(high, Buffer(text) + '\xff');
    return range(sorted_.lower(Key::of(ValueView(low))), sorted_.lower(Key::of(ValueView(high))));
  }

  std::optional<Narrowed> like(ByteView text) const {
    if (text.empty()) return std::nullopt;   // any text may be meant
    return prefix(text);
  }

  Narrowed in(const std::vector<Literal>& literals) const {
    Narrowed all;
    for (const Literal& literal : literals) {
      const Key key = Key::of(literal.view());
      add(all, range(sorted_.lower(key), sorted_.upper(key)));
    }
    return all;
  }

  std::optional<Narrowed> any(const std::vector<Condition>& children) const {
    Narrowed all;
    for (const Condition& child : children) {
      std::optional<Narrowed> one = narrow(child);
      if (!one) return std::nullopt;
      add(all, std::move(*one));
    }
    return all;
  }

  // Two tests may be met by two entries of an array: only where there is none do their ranges overlap.
  std::optional<Narrowed> all(const std::vector<Condition>& children) const {
    std::optional<Narrowed> best;
    for (const Condition& child : children) {
      std::optional<Narrowed> one = narrow(child);
      if (!one) continue;
      if (best && !sorted_.has_parts() && best->ranges.size() == 1 && one->ranges.size() == 1) {
        const Range &a = best->ranges[0], &b = one->ranges[0];
        best = range(is_before(a.from, b.from) ? b.from : a.from, is_before(a.to, b.to) ? a.to : b.to);
      } else if (!best || one->count < best->count) {
        best = std::move(one);
      }
    }
    return best;
  }

  const Sorted& sorted_;
  const Buffer path_;
};

Narrowed in_region(const index::Places& places, const Region& region, const Buffer& path) {
  Narrowed all;
  for (const index::Places::Span& span : places.covering(region.boxes()))
    add(all, {{{&places.sorted(), span.from, span.to, path, true}}, span.count});
  return all;
}

bool would_narrow(const Condition& condition) {
  if (condition.path.root != Path::Root::kField) return false;
  if (condition.test == Test::kPlacedWithin) return true;
  static const Sorted nothing;
  return condition.test == Test::kAt && OfField(nothing, {}).narrow(condition.children[0]);
}

}  // namespace

std::optional<Narrowed> narrow(const Condition& condition, index::Indexes& indexes) {
  std::optional<Narrowed> best;
  switch (condition.test) {
    case Test::kAt: {
      if (condition.path.root != Path::Root::kField) return std::nullopt;
      const Sorted* sorted = indexes.sorted(condition.path.steps);
      if (!sorted) return std::nullopt;
      return OfField(*sorted, dotted(condition.path.steps)).narrow(condition.children[0]);
    }
    case Test::kPlacedWithin: {
      if (condition.path.root != Path::Root::kField) return std::nullopt;
      const index::Places* places = indexes.places(condition.path.steps);
      if (!places) return std::nullopt;
      return in_region(*places, *condition.region, dotted(condition.path.steps));
    }
    case Test::kAll:
      for (const Condition& child : condition.children) {
        std::optional<Narrowed> one = narrow(child, indexes);
        if (one && (!best || one->count < best->count)) best = std::move(one);
      }
      return best;
    case Test::kAny:
      best.emplace();
      for (const Condition& child : condition.children) {
        std::optional<Narrowed> one = narrow(child, indexes);
        if (!one) return std::nullopt;
        add(*best, std::move(*one));
      }
      return best;
    default: return std::nullopt;
  }
}

std::vector<const Condition*> narrowing(const Condition& condition) {
  if (would_narrow(condition)) return {&condition};
  std::vector<const Condition*> all;
  if (condition.test == Test::kAll)
    for (const Condition& child : condition.children)
      for (const Condition* one : narrowing(child)) all.push_back(one);
  return all;
}

std::optional<std::vector<Buffer>> named_ids(const Condition& condition) {
  if (condition.test == Test::kAll) {
    for (const Condition& child : condition.children)
      if (std::optional<std::vector<Buffer>> ids = named_ids(child)) return ids;
    return std::nullopt;
  }
  if (condition.test != Test::kAt || !condition.path.is_id()) return std::nullopt;
  const Condition& test = condition.children[0];
  if (test.test != Test::kEqual && test.test != Test::kIn) return std::nullopt;
  std::vector<Buffer> ids;
  for (const Literal& literal : test.literals)
    if (literal.type() == Type::kString) ids.emplace_back(literal.view().text());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace weft::query
