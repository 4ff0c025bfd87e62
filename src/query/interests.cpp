#include "query/interests.h"

#include <algorithm>

#include "base/hash.h"

namespace weft::query {
namespace {

// How many nodes it lets through, guessed.
size_t breadth(const Interest& interest) {
  switch (interest.kind) {
    case Interest::Kind::kId: return 1;
    case Interest::Kind::kValue: return 16;
    default: return 4096;
  }
}

size_t breadth(const Interests& interests) {
  if (!interests) return SIZE_MAX;
  size_t sum = 0;
  for (const Interest& one : *interests) sum += breadth(one);
  return sum;
}

// All of `children` hold: the narrowest says enough.
template <class Of>
Interests narrowest(const std::vector<Condition>& children, Of of) {
  Interests best;
  for (const Condition& child : children) {
    Interests one = of(child);
    if (breadth(one) < breadth(best)) best = std::move(one);
  }
  return best;
}

// One of `children` holds.
template <class Of>
Interests together(const std::vector<Condition>& children, Of of) {
  Interests all{std::vector<Interest>()};
  for (const Condition& child : children) {
    Interests one = of(child);
    if (!one) return {};
    for (Interest& each : *one) all->push_back(std::move(each));
  }
  return all;
}

Interests ids(const std::vector<Literal>& literals) {
  Interests all{std::vector<Interest>()};
  for (const Literal& literal : literals)
    if (literal.type() == Type::kString) all->push_back({Interest::Kind::kId, Buffer(literal.view().text()), {}, 0});
  return all;
}

Interests values(const Path& path, const std::vector<Literal>& literals) {
  Interests all{std::vector<Interest>()};
  for (const Literal& literal : literals)
    all->push_back({Interest::Kind::kValue, path.steps[0].name, path.steps, equality_hash(literal.view())});
  return all;
}

// Of a condition about the value that `path` leads to.
Interests of_value(const Condition& condition, const Path& path) {
  const auto of = [&](const Condition& child) { return of_value(child, path); };
  const bool is_field = path.root == Path::Root::kField;
  switch (condition.test) {
    case Test::kAll: return narrowest(condition.children, of);
    case Test::kAny: return together(condition.children, of);
    case Test::kEqual:
    case Test::kIn:
      if (path.is_id()) return ids(condition.literals);
      return is_field ? values(path, condition.literals) : Interests();
    case Test::kGreater: case Test::kGreaterEqual: case Test::kLess: case Test::kLessEqual: case Test::kBetween:
    case Test::kStartsWith: case Test::kEndsWith: case Test::kContains: case Test::kLike:
    case Test::kReads: case Test::kReadsAnywhere: case Test::kWithin:
    case Test::kPresent: case Test::kType: case Test::kSize: case Test::kAnyEntry:
      if (!is_field) return {};
      return std::vector<Interest>{Interest{Interest::Kind::kPresence, path.steps[0].name, {}, 0}};
    default: return {};   // also met by a missing value, or not known
  }
}

// Of a condition about the node's places by `path`: the field, or the node's own.
Interests of_places(const Path& path) {
  std::vector<Interest> all = {Interest{Interest::Kind::kPresence, "latitude", {}, 0}};
  if (path.root == Path::Root::kField) all.push_back(Interest{Interest::Kind::kPresence, path.steps[0].name, {}, 0});
  return all;
}

}  // namespace

Interests interests(const Condition& condition) {
  switch (condition.test) {
    case Test::kAll: return narrowest(condition.children, interests);
    case Test::kAny: return together(condition.children, interests);
    case Test::kAt: return of_value(condition.children[0], condition.path);
    case Test::kPlacedWithin: return of_places(condition.path);
    default: return {};
  }
}

uint64_t equality_hash(const ValueView& value) {
  const Type type = value.type();
  const auto seed = static_cast<uint64_t>(type);
  switch (type) {
    case Type::kBoolean: return hash_pair(seed, value.boolean(), 0);
    case Type::kNumber:
    case Type::kDate: {
      const double number = value.number() + 0.0;   // -0 is 0
      uint64_t bits = 0;
      if (number == number) std::memcpy(&bits, &number, sizeof bits);
      return hash_pair(seed, bits, 0);
    }
    case Type::kString:
    case Type::kBinary: return hash_bytes(value.text(), seed);
    case Type::kArray:
    case Type::kMap: return hash_pair(seed, value.size(), 0);
    default: return seed;
  }
}

InterestIndex::Watches& InterestIndex::place(const Interest& interest) {
  if (interest.kind == Interest::Kind::kId) return ids_[interest.name];
  Field& field = fields_[interest.name];
  if (interest.kind == Interest::Kind::kPresence) return field.present;
  for (Values& values : field.values)
    if (values.path == interest.path) return values.by_hash[interest.hash];
  return field.values.emplace_back(Values{interest.path, {}}).by_hash[interest.hash];
}

void InterestIndex::add(Watch& watch, const Interests& interests) {
  if (!interests) return all_.push_back(&watch);
  for (const Interest& interest : *interests) place(interest).push_back(&watch);
}

void InterestIndex::remove(Watch& watch, const Interests& interests) {
  const auto drop = [&](Watches& watches) { watches.erase(std::find(watches.begin(), watches.end(), &watch)); };
  if (!interests) return drop(all_);
  for (const Interest& interest : *interests) {
    drop(place(interest));
    tidy(interest);
  }
}

// Leaves nothing empty behind.
void InterestIndex::tidy(const Interest& interest) {
  if (interest.kind == Interest::Kind::kId) {
    if (const auto at = ids_.find(interest.name); at->second.empty()) ids_.erase(at);
    return;
  }
  const auto at = fields_.find(interest.name);
  auto& values = at->second.values;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].path != interest.path) continue;
    const auto watches = values[i].by_hash.find(interest.hash);
    if (watches != values[i].by_hash.end() && watches->second.empty()) values[i].by_hash.erase(watches);
    if (values[i].by_hash.empty()) values.erase(values.begin() + static_cast<ptrdiff_t>(i));
    break;
  }
  if (at->second.present.empty() && values.empty()) fields_.erase(at);
}

}  // namespace weft::query
