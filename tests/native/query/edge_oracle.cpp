#include "edge_oracle.h"

#include <algorithm>
#include <map>

namespace weft::test {
namespace {

struct OracleLink {
  std::string source, target, label;
};

std::vector<OracleLink> oracle_links(const Graph& graph, const std::vector<OracleNode>& nodes) {
  std::vector<OracleLink> links;
  for (const OracleNode& node : nodes)
    graph.for_each_link(node.id, Direction::kOut, {}, [&](const LinkView& link) {
      links.push_back({std::string(link.source), std::string(link.target), std::string(link.label)});
    });
  return links;
}

using Distances = std::map<std::string, size_t>;

Distances distances(const std::set<std::string>& starts, const Json& edge, const std::vector<OracleLink>& links) {
  const std::string direction = edge.value("$direction", "out");
  const size_t depth = edge.value("$depth", 1'000'000u);
  Distances known;
  bool nearer = true;
  const auto try_step = [&](const std::string& from, const std::string& to) {
    size_t there = SIZE_MAX;
    if (starts.count(from)) there = 1;
    else if (known.count(from)) there = known[from] + 1;
    if (there > depth || (known.count(to) && known[to] <= there)) return;
    known[to] = there;
    nearer = true;
  };
  while (std::exchange(nearer, false))
    for (const OracleLink& link : links) {
      if (edge.contains("$label") && edge["$label"] != link.label) continue;
      if (direction != "in") try_step(link.source, link.target);
      if (direction != "out") try_step(link.target, link.source);
    }
  return known;
}

Json conditions(Json query) {
  for (const char* name : {"$edge", "$depth", "$direction", "$label"}) query.erase(name);
  return query;
}

}  // namespace

std::optional<std::vector<std::string>> oracle_edge_run(const Json& options, const Graph& graph) {
  const std::vector<OracleNode> nodes = oracle_nodes(graph);
  const std::vector<OracleLink> links = oracle_links(graph, nodes);
  Json query = options["query"];
  std::set<std::string> matches;
  for (const OracleNode& node : nodes)
    if (oracle_matches(conditions(query), node)) matches.insert(node.id);

  Distances reached;
  while (query.contains("$edge")) {
    query = Json(query["$edge"]);
    reached = distances(matches, query, links);
    matches.clear();
    for (const OracleNode& node : nodes)
      if (reached.count(node.id) && oracle_matches(conditions(query), node)) matches.insert(node.id);
  }

  // Numbered by distance, then creation, which oracle_run() takes for the order of creation.
  std::set<std::pair<size_t, Stamp>> places;
  for (const OracleNode& node : nodes)
    if (matches.count(node.id)) places.insert({reached[node.id], node.created});
  std::vector<OracleNode> found;
  for (OracleNode node : nodes) {
    if (!matches.count(node.id)) continue;
    const auto place = places.find({reached[node.id], node.created});
    node.created = Stamp{static_cast<uint64_t>(std::distance(places.begin(), place)), 0};
    found.push_back(node);
  }
  Json rest = options;
  rest.erase("query");
  return oracle_run(rest, found);
}

Json random_edge_options(RandomQuery& random) {
  Json edge;
  for (size_t walks = 1 + random.below(3); walks > 0; --walks) {
    Json outer = random.below(3) > 0 ? random.query(1) : Json::object();
    if (!edge.is_null()) outer["$edge"] = edge;
    if (random.below(3) == 0) outer["$depth"] = 1 + random.below(3);
    if (random.below(2) == 0) outer["$direction"] = std::vector<const char*>{"out", "in", "any"}[random.below(3)];
    if (random.below(3) == 0) outer["$label"] = random.below(2) ? "likes" : "";
    edge = outer;
  }
  Json options = random.options();
  Json& query = options["query"];
  query = random.below(3) > 0 ? Json{{"id", random.id()}} : random.query(1);
  query["$edge"] = edge;
  return options;
}

}  // namespace weft::test
