#include "query/plan.h"

#include <algorithm>
#include <cmath>

#include "query/operators.h"

namespace weft::query {
namespace {

Error invalid(const char* message, const std::string& path) {
  return make_error(Code::kInvalidQuery, message, path);
}

Status read_text(const Json& json, const std::string& name, Buffer& out) {
  if (!json.is_string()) return invalid("this option takes a string", name);
  out = json.get_ref<const std::string&>();
  return ok_status();
}

Status read_cursor(const Json& json, const std::string& name, std::optional<Buffer>& out) {
  return read_text(json, name, out.emplace());
}

Status read_count(const Json& json, const std::string& name, size_t& out) {
  const double number = json.is_number() ? json.get<double>() : -1;
  if (number < 0 || std::trunc(number) != number) return invalid("this option takes a whole number, 0 or more", name);
  out = number > UINT32_MAX ? UINT32_MAX : static_cast<size_t>(number);
  return ok_status();
}

Status read_field(const Json& json, Order& order) {
  Buffer dotted;
  const Status status = read_text(json, "field", dotted);
  if (!status) return status;
  order.by_field = true;
  order.path = Path::split(dotted, /*at_node=*/true);
  return ok_status();
}

Status read_order(const Json& json, Order& order) {
  if (json != "asc" && json != "desc") return invalid("`order` takes \"asc\" or \"desc\"", "order");
  order.descending = json == "desc";
  return ok_status();
}

Status read_query(Json json, Texts& texts, Plan& plan) {
  Result<std::vector<Walk>> walks = take_walks(json, "query", texts);
  if (!walks) return walks.error();
  Result<Condition> compiled = compile(json, "query", texts);
  if (!compiled) return compiled.error();
  plan.walks = std::move(*walks);
  plan.condition = std::move(*compiled);
  return ok_status();
}

Status read_near(const Json& json, Order& order) {
  const Result<Point> point = parse_point(json, "$near");
  if (!point) return point.error();
  order.near = *point;
  return ok_status();
}

Status read_flag(const Json& json, const std::string& name, bool& out) {
  if (!json.is_boolean()) return invalid("this option takes true or false", name);
  out = json.get<bool>();
  return ok_status();
}

Status read_select(const Json& json, std::optional<Selection>& out) {
  Result<Selection> selection = Selection::parse(json, "$select");
  if (!selection) return selection.error();
  out = std::move(*selection);
  return ok_status();
}

Status read_option(const std::string& name, const Json& value, Texts& texts, Plan& plan) {
  if (name == "query") return read_query(value, texts, plan);
  if (name == "field") return read_field(value, plan.order);
  if (name == "order") return read_order(value, plan.order);
  if (name == "$skip") return read_count(value, name, plan.skip);
  if (name == "$limit") return read_count(value, name, plan.limit.emplace());
  if (name == "$after") return read_cursor(value, name, plan.after);
  if (name == "$before") return read_cursor(value, name, plan.before);
  if (name == "$near") return read_near(value, plan.order);
  if (name == "$count") return read_flag(value, name, plan.counts);
  if (name == "$select") return read_select(value, plan.select);
  if (!name.empty() && name[0] == '$') return misplaced(name, name, "conditions go into `query`");
  return invalid("not an option of a query (conditions go into `query`)", name);
}

using Places = std::vector<Place>;

Status find_cursor(const char* name, const std::optional<Buffer>& id, const Graph& graph, const Places& places, std::optional<Place>& out) {
  if (!id) return ok_status();
  const Node* node = graph.find(*id);
  const auto found = std::find_if(places.begin(), places.end(), [&](const Place& place) { return place.node == node; });
  if (found == places.end())
    return make_error(Code::kCursorNotFound, "the node that `" + std::string(name) + "` names is not in the result", name);
  out = *found;
  return ok_status();
}

// Drops what does not lie between the cursors. Both are looked for first: each is to be in the whole result.
Status cut_at_cursors(const Plan& plan, const Graph& graph, Places& places) {
  std::optional<Place> after, before;
  if (const Status status = find_cursor("$after", plan.after, graph, places, after); !status) return status;
  if (const Status status = find_cursor("$before", plan.before, graph, places, before); !status) return status;
  if (!after && !before) return ok_status();
  const auto excluded = [&](const Place& place) {
    return (after && !plan.order.before(*after, place)) || (before && !plan.order.before(place, *before));
  };
  places.erase(std::remove_if(places.begin(), places.end(), excluded), places.end());
  return ok_status();
}

// Sorts what the window shows to the front of its slice and returns the slice.
std::pair<size_t, size_t> sorted_slice(const Plan& plan, Places& places) {
  const size_t total = places.size();
  const size_t skip = std::min(plan.skip, total), limit = std::min(plan.limit.value_or(total), total - skip);
  if (plan.before && !plan.after) {   // the page before a cursor ends at the cursor
    plan.order.sort(places, total);
    return {total - skip - limit, total - skip};
  }
  plan.order.sort(places, skip + limit);
  return {skip, skip + limit};
}

Result<std::vector<const Node*>> cut(const Plan& plan, const Graph& graph, Places& places) {
  if (const Status status = cut_at_cursors(plan, graph, places); !status) return status.error();
  const auto [first, last] = sorted_slice(plan, places);
  std::vector<const Node*> result;
  result.reserve(last - first);
  for (size_t i = first; i < last; ++i) result.push_back(places[i].node);
  return result;
}

}  // namespace

Result<Plan> Plan::parse(ByteView text, Texts* texts) {
  Result<Json> options = parse_json(text);
  if (!options) return options.error();
  Plan plan;
  if (!texts) plan.own_texts = std::make_unique<Texts>(nullptr);
  if (options->is_null()) return plan;
  if (!options->is_object()) return invalid("the options of a query are an object", "");
  for (const auto& [name, value] : options->items()) {
    if (is_absent(value)) continue;
    const Status status = read_option(name, value, texts ? *texts : *plan.own_texts, plan);
    if (!status) return status.error();
  }
  if (plan.order.near && !plan.order.by_field) return invalid("`$near` sorts by the point in `field`, which is not given", "$near");
  return plan;
}

Result<std::vector<const Node*>> Plan::arrange(const Graph& graph, const std::vector<const Node*>& matching) const {
  Places places;
  places.reserve(matching.size());
  for (const Node* node : matching) places.push_back(order.place(graph, *node));
  return cut(*this, graph, places);
}

Result<std::vector<const Node*>> Plan::arrange(const Graph& graph, Places places) const { return cut(*this, graph, places); }

Result<std::vector<const Node*>> Plan::arrange(const Graph& graph, const std::vector<Reached>& matching) const {
  Places places;
  places.reserve(matching.size());
  for (const Reached& reached : matching) places.push_back(order.place(graph, reached));
  return cut(*this, graph, places);
}

}  // namespace weft::query
