#include "query/query.h"

#include "query/plan.h"

namespace weft {

Query::Query(std::unique_ptr<query::Plan> plan) : plan_(std::move(plan)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

Result<Query> Query::parse(ByteView json) {
  Result<query::Plan> plan = query::Plan::parse(json);
  if (!plan) return plan.error();
  return Query(std::make_unique<query::Plan>(std::move(*plan)));
}

bool Query::matches(const Graph& graph, const Node& node) const {
  return query::holds(plan_->condition, graph, node);
}

bool Query::has_window() const { return plan_->has_window(); }

bool Query::before(const Graph& graph, const Node& a, const Node& b) const {
  return plan_->order.before(plan_->order.place(graph, a), plan_->order.place(graph, b));
}

Result<std::vector<const Node*>> Query::run(const Graph& graph) const {
  std::vector<const Node*> matching;
  graph.for_each_node([&](const Node& node) {
    if (matches(graph, node)) matching.push_back(&node);
  });
  return arrange(graph, matching);
}

Result<std::vector<const Node*>> Query::arrange(const Graph& graph, const std::vector<const Node*>& matching) const {
  return plan_->arrange(graph, matching);
}

}  // namespace weft
