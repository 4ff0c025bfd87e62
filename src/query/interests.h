// Interests: which changes can make a node meet a condition. From a condition follow necessary ones that
// are cheap to look up: an id, a field's value, a field's presence. A node that meets the condition has
// at least one of them, so that a change looks at its own fields instead of at all subscriptions.
#pragma once
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "query/condition.h"

namespace weft::query {

class Watch;

struct Interest {
  enum class Kind : uint8_t { kId, kValue, kPresence };
  Kind kind;
  Buffer name;               // of the field at the top; kId: the id
  index::FieldPath path;     // kValue: of the value, `name` included
  uint64_t hash = 0;         // kValue: of the value
};

// Any one of these; nothing: every node may meet the condition.
using Interests = std::optional<std::vector<Interest>>;
Interests interests(const Condition&);

// Of equal values (compare() of value.h) the same.
uint64_t equality_hash(const ValueView&);

class InterestIndex {
 public:
  void add(Watch&, const Interests&);
  void remove(Watch&, const Interests&);   // the same as were added
  // The watches that the node as it is now can concern, perhaps repeatedly.
  template <class Visit>
  void visit(const Graph&, const Node&, Visit) const;

 private:
  using Watches = std::vector<Watch*>;
  struct Values {
    index::FieldPath path;
    std::unordered_map<uint64_t, Watches> by_hash;
  };
  struct Field {
    Watches present;
    std::vector<Values> values;            // each path once
  };
  static constexpr size_t kFewFields = 4;   // so many are looked for in a node; of more, each field of the node is looked up
  template <class Visit>
  static void visit_field(const Field&, const ValueView&, Visit);
  Watches& place(const Interest&);
  void tidy(const Interest&);

  Watches all_;                            // interested in every node
  std::map<Buffer, Watches, std::less<>> ids_;
  std::map<Buffer, Field, std::less<>> fields_;
};

template <class Visit>
void InterestIndex::visit(const Graph& graph, const Node& node, Visit visit) const {
  for (Watch* watch : all_) visit(*watch);
  if (const auto at = ids_.find(graph.id(node)); at != ids_.end())
    for (Watch* watch : at->second) visit(*watch);
  if (fields_.size() <= kFewFields) {
    for (const auto& [name, field] : fields_)
      if (const ValueView value = graph.field(node, name); value.type() != Type::kMissing) visit_field(field, value, visit);
    return;
  }
  graph.for_each_field(node, [&](ByteView name, const ValueView& value) {
    if (const auto at = fields_.find(name); at != fields_.end()) visit_field(at->second, value, visit);
  });
}

template <class Visit>
void InterestIndex::visit_field(const Field& field, const ValueView& value, Visit visit) {
  for (Watch* watch : field.present) visit(*watch);
  for (const Values& values : field.values) {
    const auto visit_value = [&](const ValueView& one) {
      const auto found = values.by_hash.find(equality_hash(one));
      if (found == values.by_hash.end()) return;
      for (Watch* watch : found->second) visit(*watch);
    };
    const ValueView there = index::follow(value, values.path, 1);
    visit_value(there);
    if (there.type() != Type::kArray) continue;
    for (auto it = there.begin(); it.more(); it.next()) visit_value(it.value());
  }
}

}  // namespace weft::query
