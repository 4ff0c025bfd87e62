#include "query/execute.h"

#include <algorithm>

#include "query/column_match.h"
#include "query/narrow.h"
#include "query/ordered.h"

namespace weft::query {
namespace {

using index::Bits;
using index::Kind;
using Nodes = std::vector<const Node*>;

constexpr size_t kFew = 256;      // so many are asked one by one rather than by columns that may have to be made
constexpr size_t kSelective = 8;  // an order is worth something when it leaves less than an eighth
constexpr size_t kMany = 16;      // a sixteenth of all nodes and more: walking all in order beats sorting some
constexpr size_t kSortCost = 8;   // to put a node in order costs so many looks at a cell
constexpr size_t kPageCost = 2;   // ... and so many times that for a page beside another: the next one will be asked for too

class Execution {
 public:
  Execution(const Plan& plan, const Graph& graph, index::Indexes& indexes, Trace& trace)
      : plan_(plan), graph_(graph), indexes_(indexes), trace_(trace) {}

  Result<Nodes> run() {
    if (!indexes_.pay(graph_)) return finish(asked(all_nodes()));
    indexes_.catch_up(graph_);
    if (const auto ids = named_ids(plan_.condition)) return finish(by_id(*ids));
    const std::optional<Narrowed> narrowed = narrow(plan_.condition, indexes_);
    if (narrowed) note(*narrowed);
    return walk_pays(narrowed) ? walk() : in_order(met_by(narrowed));
  }

  Nodes matching() {
    if (!indexes_.pay(graph_)) return asked(all_nodes());
    indexes_.catch_up(graph_);
    if (const auto ids = named_ids(plan_.condition)) return by_id(*ids);
    const Bits all = met_by(narrow(plan_.condition, indexes_));
    return nodes_of(all, all.count());
  }

  // How many match, of a plan without walks and window. Nothing is put in order.
  size_t count() {
    if (!indexes_.pay(graph_)) return asked(all_nodes()).size();
    indexes_.catch_up(graph_);
    if (const auto ids = named_ids(plan_.condition)) return by_id(*ids).size();
    const std::optional<Narrowed> narrowed = narrow(plan_.condition, indexes_);
    if (narrowed) note(*narrowed);
    return met_by(narrowed).count();
  }

 private:
  bool holds(const Node& node) {
    ++trace_.asked;
    const bool met = query::holds(plan_.condition, graph_, node);
    trace_.met += met;
    return met;
  }
  Nodes asked(const Nodes& nodes) {
    Nodes met;
    for (const Node* node : nodes)
      if (holds(*node)) met.push_back(node);
    return met;
  }
  Nodes all_nodes() const {
    Nodes nodes;
    graph_.for_each_node([&](const Node& node) { nodes.push_back(&node); });
    return nodes;
  }
  void note(const Narrowed& narrowed) {
    trace_.counted = narrowed.count;
    for (const Range& range : narrowed.ranges) {
      std::vector<Buffer>& paths = range.is_of_places ? trace_.places : trace_.fields;
      if (std::find(paths.begin(), paths.end(), range.path) == paths.end()) paths.push_back(range.path);
    }
  }

  Nodes by_id(const std::vector<Buffer>& ids) {
    trace_.way = "ids";
    Nodes nodes;
    for (const Buffer& id : ids)
      if (const Node* node = graph_.find(id)) nodes.push_back(node);
    return asked(nodes);
  }

  Bits met_by(const std::optional<Narrowed>& narrowed) {
    return narrowed && narrowed->count < graph_.node_count() / 2 ? in_ranges(*narrowed) : in_columns();
  }
  Bits in_ranges(const Narrowed& narrowed) {
    trace_.way = "range";
    Bits among(graph_.slot_count());
    for (const Range& range : narrowed.ranges)
      for (auto at = range.from; at != range.to; at = range.sorted->next(at)) among.add(Graph::slot(*range.sorted->at(at).node));
    if (narrowed.count > kFew) return by_columns(among);
    return among.those([&](uint32_t slot) { return holds(*graph_.at(slot)); });
  }
  Bits in_columns() {
    trace_.way = "columns";
    return by_columns(indexes_.existing());
  }
  Bits by_columns(const Bits& among) {
    trace_.asked += among.count();
    const Bits met = ColumnMatch(plan_.condition, graph_, indexes_).run(among);
    trace_.met += met.count();
    return met;
  }

  // ---- windows, walked to

  size_t wanted() const { return plan_.skip + plan_.limit.value_or(graph_.node_count()); }

  // Of `count` nodes that may match among all, a walk meets one in every (all / count).
  bool walk_pays(const std::optional<Narrowed>& narrowed) {
    if (!plan_.limit || !plan_.walks.empty() || !OrderedWalk::possible(plan_.order, indexes_)) return false;
    const double all = static_cast<double>(graph_.node_count()), steps = static_cast<double>(wanted());
    if (!narrowed) return steps < all / 2;
    const double count = static_cast<double>(std::max<size_t>(narrowed->count, 1));
    return steps * all / count < count;
  }

  // A cursor's node: it has to be in the whole result.
  Result<const Node*> cursor(const char* name, const std::optional<Buffer>& id) {
    if (!id) return nullptr;
    const Node* node = graph_.find(*id);
    if (node && holds(*node)) return node;
    return make_error(Code::kCursorNotFound, "the node that `" + std::string(name) + "` names is not in the result", name);
  }

  Result<Nodes> walk() {
    trace_.way = "walk";
    trace_.in_order = true;
    const Result<const Node*> after = cursor("$after", plan_.after), before = cursor("$before", plan_.before);
    if (!after) return after.error();
    if (!before) return before.error();
    if (*after && *before && !plan_.order.before(plan_.order.place(graph_, **after), plan_.order.place(graph_, **before))) return Nodes();
    const bool backwards = *before && !*after;
    const auto walk = OrderedWalk::begin(plan_.order, graph_, indexes_, backwards ? *before : *after, backwards);
    Nodes found = take(*walk, backwards ? nullptr : *before);
    if (backwards) std::reverse(found.begin(), found.end());
    return found;
  }

  // The window's nodes, up to `stop`. Asks one by one while that is promising; then all others at once.
  Nodes take(OrderedWalk& walk, const Node* stop) {
    Nodes found;
    const size_t limit = *plan_.limit, patience = kFew + 8 * std::min(wanted(), graph_.node_count());
    std::optional<Bits> met;
    for (size_t skip = plan_.skip, steps = 0; found.size() < limit; ++steps) {
      const Node* node = walk.next();
      if (!node || node == stop) break;
      if (steps == patience) met = by_columns(indexes_.existing());
      if (!(met ? met->has(Graph::slot(*node)) : holds(*node))) continue;
      if (skip > 0) --skip;
      else found.push_back(node);
    }
    return found;
  }

  // ---- the rest: found, then put in order

  Result<Nodes> in_order(const Bits& met) {
    const size_t count = met.count();
    if (!plan_.walks.empty()) return finish(nodes_of(met, count));
    if (!plan_.order.by_field && !plan_.has_window()) {
      Nodes nodes = nodes_of(met, count);
      if (is_in_creation_order(nodes)) return nodes;
    }
    const bool many = count > graph_.node_count() / kMany;
    if (many && !plan_.has_window() && !plan_.order.near && OrderedWalk::possible(plan_.order, indexes_)) {
      trace_.in_order = true;
      return along(met, count);
    }
    if (plan_.order.by_value() && plan_.order.path.root == Path::Root::kField) {
      if (const index::Column* column = order_column(count)) return plan_.arrange(graph_, places(met, count, *column));
    }
    return finish(nodes_of(met, count));
  }

  // Slots are taken as nodes come, so mostly theirs is the order already.
  bool is_in_creation_order(const Nodes& nodes) {
    const auto is_before = [&](const Node* a, const Node* b) { return plan_.order.created_before(graph_, *a, *b); };
    return trace_.in_order = std::is_sorted(nodes.begin(), nodes.end(), is_before);
  }
  Nodes nodes_of(const Bits& met, size_t count) const {
    Nodes nodes;
    nodes.reserve(count);
    met.for_each([&](uint32_t slot) { nodes.push_back(graph_.at(slot)); });
    return nodes;
  }
  // `met`, in any order: the starts of the plan's walks, or what is put in order and cut.
  Result<Nodes> finish(Nodes met) const {
    if (plan_.walks.empty()) return plan_.arrange(graph_, met);
    return plan_.arrange(graph_, follow(plan_.walks, graph_, std::move(met)));
  }

  Nodes along(const Bits& met, size_t count) {
    Nodes nodes;
    nodes.reserve(count);
    const auto walk = OrderedWalk::begin(plan_.order, graph_, indexes_, nullptr, false);
    while (nodes.size() < count) {
      const Node* node = walk->next();
      if (met.has(Graph::slot(*node))) nodes.push_back(node);
    }
    return nodes;
  }

  // The column of the field that is sorted by, where it is there or pays to be made.
  const index::Column* order_column(size_t count) {
    if (count > graph_.node_count() / kMany) return indexes_.look(graph_, {plan_.order.path.steps})[0];
    return indexes_.column(plan_.order.path.steps);
  }
  std::vector<Place> places(const Bits& met, size_t count, const index::Column& column) const {
    std::vector<Place> places;
    places.reserve(count);
    met.for_each([&](uint32_t slot) { places.push_back(Place::of(*graph_.at(slot), column.key(slot))); });
    return places;
  }

  const Plan& plan_;
  const Graph& graph_;
  index::Indexes& indexes_;
  Trace& trace_;
};

// Tells the indexes which orders this query missed.
void wish(const Plan& plan, const Graph& graph, index::Indexes& indexes, const Trace& trace) {
  if (trace.asked <= trace.met * kSelective && !(plan.limit && plan.walks.empty())) return;
  const size_t saved = trace.asked - std::min(trace.asked, trace.found);
  const auto conditions = narrowing(plan.condition);
  for (const Condition* condition : conditions) {
    const Kind kind = condition->test == Test::kPlacedWithin ? Kind::kPlaces : Kind::kValues;
    if (!indexes.wish(graph, condition->path.steps, kind, saved)) continue;
    const size_t met = ColumnMatch(*condition, graph, indexes).run(indexes.existing()).count();
    if (met * kSelective < graph.node_count()) indexes.make(graph, condition->path.steps, kind);
  }
  const Order& order = plan.order;
  const Kind kind = order.near ? Kind::kPlaces : Kind::kValues;
  const bool sorts_by_field = order.by_field && order.path.root == Path::Root::kField;
  const bool leaves_many = conditions.empty() || trace.met * kSelective >= graph.node_count();
  if (!leaves_many || !plan.limit || !sorts_by_field) return;
  indexes.look(graph, {order.path.steps});   // distances are taken from the nodes, so nobody may have asked for it yet
  const size_t cost = order.near ? 1 : plan.after || plan.before ? kSortCost * kPageCost : kSortCost;
  if (indexes.wish(graph, order.path.steps, kind, saved * cost)) indexes.make(graph, order.path.steps, kind);
}

}  // namespace

std::vector<const Node*> matching(const Plan& plan, const Graph& graph, index::Indexes& indexes) {
  Trace trace;
  return Execution(plan, graph, indexes, trace).matching();
}

Result<size_t> count(const Plan& plan, const Graph& graph, index::Indexes& indexes) {
  Trace trace;
  if (!plan.walks.empty() || plan.has_window()) {
    const Result<Nodes> found = execute(plan, graph, indexes, trace);
    if (!found) return found.error();
    return found->size();
  }
  trace.found = Execution(plan, graph, indexes, trace).count();
  if (indexes.pay(graph)) wish(plan, graph, indexes, trace);
  return trace.found;
}

Result<std::vector<const Node*>> execute(const Plan& plan, const Graph& graph, index::Indexes& indexes, Trace& trace) {
  Result<Nodes> found = Execution(plan, graph, indexes, trace).run();
  if (!found) return found;
  trace.found = found->size();
  if (indexes.pay(graph)) wish(plan, graph, indexes, trace);
  return found;
}

}  // namespace weft::query
