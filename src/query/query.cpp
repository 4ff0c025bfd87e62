#include "query/query.h"

#include "query/execute.h"
#include "query/plan.h"

namespace weft {

Query::Query(std::unique_ptr<query::Plan> plan) : plan_(std::move(plan)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

Result<Query> Query::parse(ByteView json, query::Texts* texts) {
  Result<query::Plan> plan = query::Plan::parse(json, texts);
  if (!plan) return plan.error();
  return Query(std::make_unique<query::Plan>(std::move(*plan)));
}

bool Query::matches(const Graph& graph, const Node& node) const {
  return query::holds(plan_->condition, graph, node);
}

void Query::set_window(size_t skip, size_t limit) {
  plan_->skip = skip;
  plan_->limit.reset();
  if (limit != SIZE_MAX) plan_->limit = limit;
}

Result<std::vector<const Node*>> Query::arrange(const Graph& graph, const std::vector<Reached>& matching) const {
  return plan_->arrange(graph, matching);
}

bool Query::has_walks() const { return !plan_->walks.empty(); }
bool Query::has_window() const { return plan_->has_window(); }
bool Query::counts() const { return plan_->counts; }
bool Query::selects() const { return plan_->select.has_value(); }

void Query::show(ByteView value, Buffer& out) const {
  if (plan_->select) plan_->select->project(value, out);
  else out += value;
}

bool Query::before(const Graph& graph, const Node& a, const Node& b) const {
  return plan_->order.before(plan_->order.place(graph, a), plan_->order.place(graph, b));
}

std::vector<const Node*> Query::matching(const Graph& graph, index::Indexes* indexes) const {
  if (indexes) return query::matching(*plan_, graph, *indexes);
  std::vector<const Node*> matching;
  graph.for_each_node([&](const Node& node) {
    if (matches(graph, node)) matching.push_back(&node);
  });
  return matching;
}

Result<std::vector<const Node*>> Query::run(const Graph& graph) const { return run(graph, nullptr); }

Result<std::vector<const Node*>> Query::run(const Graph& graph, index::Indexes* indexes) const {
  if (indexes) return run(graph, *indexes);
  if (!has_walks()) return arrange(graph, matching(graph, nullptr));
  return plan_->arrange(graph, query::follow(plan_->walks, graph, matching(graph, nullptr)));
}

Result<std::vector<const Node*>> Query::run(const Graph& graph, index::Indexes& indexes) const {
  query::Trace trace;
  return run(graph, indexes, trace);
}

Result<std::vector<const Node*>> Query::run(const Graph& graph, index::Indexes& indexes, query::Trace& trace) const {
  return query::execute(*plan_, graph, indexes, trace);
}

Result<size_t> Query::count(const Graph& graph, index::Indexes& indexes) const {
  return query::count(*plan_, graph, indexes);
}

Result<std::vector<const Node*>> Query::arrange(const Graph& graph, const std::vector<const Node*>& matching) const {
  return plan_->arrange(graph, matching);
}

}  // namespace weft
