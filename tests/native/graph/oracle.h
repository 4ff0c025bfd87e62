// The contract of docs/data-model.md read literally over the full set of operations: no increments,
// no early dropping, no indexes. Deliberately dumb; the graph must agree with it in every order.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "log/operation.h"
#include "value/value.h"

namespace weft::test {

struct NodeState {
  std::string value;   // the bytes of a value that is not a map, else empty
  std::map<std::string, std::string> fields;
  bool is_map = true;
  Stamp timestamp, created;
  std::vector<std::string> edges;
  bool operator==(const NodeState& o) const {
    return value == o.value && fields == o.fields && is_map == o.is_map && timestamp == o.timestamp &&
           created == o.created && edges == o.edges;
  }
};
using View = std::map<std::string, NodeState>;

inline std::map<std::string, std::string> fields_of(ByteView map) {
  std::map<std::string, std::string> fields;
  for (auto it = ValueView(map).begin(); it.more(); it.next()) fields[std::string(it.name())] = std::string(it.value().bytes());
  return fields;
}

class Oracle {
 public:
  explicit Oracle(const std::vector<OperationRef>& all) {
    std::set<std::string> seen;
    for (const OperationRef& o : all)
      if (seen.insert(std::string(o->bytes())).second) ops_.push_back(o);
    // The total order: by stamp; two contents under one stamp by digest.
    std::sort(ops_.begin(), ops_.end(), [](const OperationRef& a, const OperationRef& b) {
      return a->stamp() != b->stamp() ? a->stamp() < b->stamp() : a->digest() < b->digest();
    });
    for (const OperationRef& o : ops_) {
      if (o->kind() != Kind::kClear) ids_.insert(std::string(o->id()));
      if (is_link(*o)) ids_.insert(std::string(o->target()));
    }
    find_live();
  }

  // In the total order.
  const std::vector<OperationRef>& live() const { return live_; }

  View view() const {
    View view;
    for (const std::string& id : ids_)
      if (auto state = state_of(id)) view[id] = *state;
    std::map<std::string, std::set<std::string>> met;
    for (const OperationRef& o : live_) {   // in stamp order
      const std::string source(o->id()), target(o->target());
      if (o->kind() != Kind::kLink || !view.count(source) || !view.count(target)) continue;
      if (met[source].insert(target).second) view[source].edges.push_back(target);
    }
    return view;
  }

 private:
  static bool is_link(const Operation& o) { return o.kind() == Kind::kLink || o.kind() == Kind::kUnlink; }
  static bool makes(const Operation& o) { return o.kind() == Kind::kCreate || o.kind() == Kind::kReplace; }

  static std::set<std::string> names(const Operation& o) {
    std::set<std::string> names;
    for (const auto& field : fields_of(o.fields())) names.insert(field.first);
    for (auto it = ValueView(o.deleted()).begin(); it.more(); it.next()) names.insert(std::string(it.value().text()));
    return names;
  }
  static bool touches(const Operation& o, const std::string& name) {
    return o.kind() == Kind::kReplace || names(o).count(name) > 0;
  }

  Stamp cleared() const {
    Stamp greatest;
    for (const OperationRef& o : ops_)
      if (o->kind() == Kind::kClear) greatest = std::max(greatest, o->stamp());
    return greatest;
  }
  Stamp removed(const std::string& id) const {
    Stamp greatest = cleared();
    for (const OperationRef& o : ops_)
      if (o->kind() == Kind::kRemove && o->id() == id) greatest = std::max(greatest, o->stamp());
    return greatest;
  }
  std::vector<OperationRef> in_force(const std::string& id) const {
    std::vector<OperationRef> found;
    const Stamp floor = removed(id);
    for (const OperationRef& o : ops_)
      if (is_upsert(o->kind()) && o->id() == id && o->stamp() > floor) found.push_back(o);
    return found;
  }

  void find_live() {
    std::set<const Operation*> live;
    const Operation* clear = nullptr;
    for (const OperationRef& o : ops_)
      if (o->kind() == Kind::kClear) clear = o.get();
    if (clear) live.insert(clear);
    for (const std::string& id : ids_) {
      find_live_upserts(id, live);
      const Operation* remove = nullptr;
      for (const OperationRef& o : ops_)
        if (o->kind() == Kind::kRemove && o->id() == id && o->stamp() > cleared()) remove = o.get();
      if (remove) live.insert(remove);
    }
    std::map<std::vector<std::string>, const Operation*> registers;
    for (const OperationRef& o : ops_) {
      if (!is_link(*o)) continue;
      if (o->stamp() <= std::max(removed(std::string(o->id())), removed(std::string(o->target())))) continue;
      registers[{std::string(o->id()), std::string(o->label()), std::string(o->target())}] = o.get();   // the latest stays
    }
    for (const auto& entry : registers) live.insert(entry.second);
    for (const OperationRef& o : ops_)
      if (live.count(o.get())) live_.push_back(o);
  }

  void find_live_upserts(const std::string& id, std::set<const Operation*>& live) const {
    const auto force = in_force(id);
    const Operation *last = nullptr, *base = nullptr;
    for (const OperationRef& o : force) {
      if (makes(*o)) last = o.get();
      if (o->kind() == Kind::kReplace) base = o.get();
    }
    if (last) live.insert(last);
    if (base) live.insert(base);
    for (size_t i = 0; i < force.size(); ++i) {
      const auto later_touches = [&](const std::string& name) {
        return std::any_of(force.begin() + static_cast<std::ptrdiff_t>(i) + 1, force.end(),
                           [&](const OperationRef& later) { return touches(*later, name); });
      };
      const auto decided = names(*force[i]);
      if (std::any_of(decided.begin(), decided.end(), [&](const std::string& n) { return !later_touches(n); }))
        live.insert(force[i].get());
    }
  }

  std::optional<NodeState> state_of(const std::string& id) const {
    const auto force = in_force(id);
    if (std::none_of(force.begin(), force.end(), [](const OperationRef& o) { return makes(*o); })) return std::nullopt;
    NodeState state;
    size_t above = 0;   // where those above the base begin
    const Operation* base = nullptr;
    for (size_t i = 0; i < force.size(); ++i)
      if (force[i]->kind() == Kind::kReplace) base = force[i].get(), above = i + 1;
    const bool base_is_map = base && ValueView(base->value()).type() == Type::kMap;
    const bool created_above = std::any_of(force.begin() + static_cast<std::ptrdiff_t>(above), force.end(),
                                           [](const OperationRef& o) { return o->kind() == Kind::kCreate; });
    if (base_is_map) state.fields = fields_of(base->value());
    if (base && !base_is_map && !created_above) {
      state.is_map = false;
      state.value = std::string(base->value());
    } else {
      for (size_t i = above; i < force.size(); ++i) {
        for (auto it = ValueView(force[i]->deleted()).begin(); it.more(); it.next()) state.fields.erase(std::string(it.value().text()));
        for (const auto& field : fields_of(force[i]->fields())) state.fields[field.first] = field.second;
      }
    }
    for (const OperationRef& o : live_) {
      if (!is_upsert(o->kind()) || o->id() != id) continue;
      state.timestamp = std::max(state.timestamp, o->stamp());
      if (!makes(*o)) continue;
      const Stamp says = o->created().is_none() ? o->stamp() : o->created();
      state.created = state.created.is_none() ? says : std::min(state.created, says);
    }
    return state;
  }

  std::vector<OperationRef> ops_, live_;
  std::set<std::string> ids_;
};

// What the graph shows, in the oracle's shape.
inline View view_of(const Graph& graph) {
  View view;
  graph.for_each_node([&](const Node& node) {
    NodeState state;
    Buffer value;
    graph.value(node, value);
    state.is_map = ValueView(value).type() == Type::kMap;
    if (state.is_map) state.fields = fields_of(value);
    else state.value = value;
    state.timestamp = graph.timestamp(node);
    state.created = graph.created(node);
    graph.for_each_edge(node, [&](ByteView target) { state.edges.emplace_back(target); });
    view[std::string(graph.id(node))] = state;
  });
  return view;
}

}  // namespace weft::test
