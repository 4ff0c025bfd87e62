#include "query/edge.h"

#include <algorithm>
#include <cmath>

#include "base/limits.h"

namespace weft::query {
namespace {

Error invalid(const char* message, const std::string& path) {
  return make_error(Code::kInvalidQuery, message, path);
}

Status read_depth(const Json& json, const std::string& path, WalkRule& rule) {
  const double depth = json.is_number() ? json.get<double>() : 0;
  if (depth < 1 || std::trunc(depth) != depth) return invalid("`$depth` takes a whole number, 1 or more", path);
  rule.max_depth = depth > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(depth);
  return ok_status();
}

Status read_direction(const Json& json, const std::string& path, WalkRule& rule) {
  if (json == "out") rule.direction = Direction::kOut;
  else if (json == "in") rule.direction = Direction::kIn;
  else if (json == "any") rule.direction = Direction::kAny;
  else return invalid("`$direction` takes \"out\", \"in\" or \"any\"", path);
  return ok_status();
}

Status read_label(const Json& json, const std::string& path, WalkRule& rule) {
  if (!json.is_string() || json.get_ref<const std::string&>().size() > limits::kMaxLabelBytes)
    return invalid("`$label` takes a string of at most 256 bytes", path);
  rule.label = json.get_ref<const std::string&>();
  return ok_status();
}

// Takes the settings out of an `$edge`, so that its conditions are left.
Status take_rule(Json& edge, const std::string& path, WalkRule& rule) {
  using Read = Status (*)(const Json&, const std::string&, WalkRule&);
  constexpr std::pair<const char*, Read> kSettings[] = {
      {"$depth", read_depth}, {"$direction", read_direction}, {"$label", read_label}};
  for (const auto& [name, read] : kSettings) {
    const auto at = edge.find(name);
    if (at == edge.end()) continue;
    if (!is_absent(*at))
      if (const Status status = read(*at, path + "." + name, rule); !status) return status;
    edge.erase(at);
  }
  return ok_status();
}

}  // namespace

Result<std::vector<Walk>> take_walks(Json& query, const std::string& path, Texts& texts) {
  std::vector<Walk> walks;
  if (!query.is_object() || !query.contains("$edge")) return walks;
  Json edge = std::move(query["$edge"]);
  query.erase("$edge");
  const std::string inner = path + ".$edge";
  if (!edge.is_object() || is_special(edge)) return invalid("`$edge` takes an object of conditions and settings", inner);
  Walk walk;
  if (const Status status = take_rule(edge, inner, walk.rule); !status) return status.error();
  Result<std::vector<Walk>> further = take_walks(edge, inner, texts);   // bounded by parse_json()
  if (!further) return further;
  Result<Condition> condition = compile(edge, inner, texts);
  if (!condition) return condition.error();
  walk.condition = std::move(*condition);
  walks.push_back(std::move(walk));
  for (Walk& one : *further) walks.push_back(std::move(one));
  return walks;
}

std::vector<Reached> follow(const std::vector<Walk>& walks, const Graph& graph, std::vector<const Node*> starts) {
  std::vector<Reached> matches;
  for (const Walk& walk : walks) {
    matches = graph.walk(starts, walk.rule);
    const auto differs = [&](const Reached& reached) { return !holds(walk.condition, graph, *reached.node); };
    matches.erase(std::remove_if(matches.begin(), matches.end(), differs), matches.end());
    starts.clear();
    for (const Reached& reached : matches) starts.push_back(reached.node);
  }
  return matches;
}

}  // namespace weft::query
