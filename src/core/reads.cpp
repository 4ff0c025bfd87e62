// What a user reads, packed for the host.
#include <algorithm>

#include "base/limits.h"
#include "base/pack.h"
#include "core/json_text.h"
#include "core/replica_state.h"
#include "query/condition.h"
#include "query/execute.h"

namespace weft {
namespace {

void pack_time(Buffer& out, const Stamp& stamp) {
  pack_uint(out, stamp.physical_ms());
  pack_uint(out, stamp.logical());
}

}  // namespace

// [id, value, [edges…], physical, logical]
void Replica::State::pack_node(const Node& node, Buffer& out, const Query* shown_by) const {
  pack_array(out, 5);
  pack_str(out, graph_.id(node));
  if (shown_by && shown_by->selects()) {
    Buffer scratch;
    shown_by->show(graph_.value_view(node, scratch), out);
  } else {
    graph_.value(node, out);
  }
  Buffer edges;
  uint32_t count = 0;
  graph_.for_each_edge(node, [&](ByteView target) {
    pack_str(edges, target);
    ++count;
  });
  pack_array(out, count);
  out += edges;
  pack_time(out, graph_.timestamp(node));
}

Status Replica::State::links(ByteView id, Direction direction, const std::optional<Buffer>& label, Buffer& out) const {
  Buffer links;
  uint32_t count = 0;
  graph_.for_each_link(id, direction, label, [&](const LinkView& link) {
    pack_array(links, 6);
    pack_str(links, link.source);
    pack_str(links, link.target);
    pack_str(links, link.label);
    if (link.value.empty()) pack_nil(links);
    else links.append(link.value);
    pack_time(links, link.stamp);
    ++count;
  });
  pack_array(out, count);
  out += links;
  return ok_status();
}

Result<uint64_t> Replica::State::count(ByteView query_json) const {
  const Result<Query> query = Query::parse(query_json, &texts_);
  if (!query) return query.error();
  const Result<size_t> count = query->count(graph_, indexes_);
  if (!count) return count.error();
  return uint64_t{*count};
}

Status Replica::State::map(ByteView query_json, Buffer& out) const {
  const Result<Query> query = Query::parse(query_json, &texts_);
  if (!query) return query.error();
  const Result<std::vector<const Node*>> found = query->run(graph_, indexes_);
  if (!found) return found.error();
  pack_array(out, static_cast<uint32_t>(found->size()));
  for (const Node* node : *found) pack_node(*node, out, &*query);
  return ok_status();
}

// See core/held.h.
void Replica::State::pack_frame(const std::vector<const Node*>& nodes, uint32_t generation, Buffer& out,
                                const Query* shown_by) const {
  held_.begin(generation);
  std::vector<uint32_t> heads = {static_cast<uint32_t>(nodes.size())};
  heads.reserve(nodes.size() + 1);
  std::vector<const Node*> fresh;
  const bool in_parts = shown_by && shown_by->selects();   // not the state that others ask for
  for (const Node* node : nodes) {
    const uint32_t handle = in_parts ? Held::kUnkept : held_.handle(graph_, *node);
    heads.push_back(handle);
    if (handle == Held::kUnkept || !(handle & 1)) fresh.push_back(node);
  }
  out.append(reinterpret_cast<const char*>(heads.data()), heads.size() * sizeof(uint32_t));
  for (const Node* node : fresh) pack_node(*node, out, shown_by);
}

Status Replica::State::map_held(ByteView query_json, uint32_t generation, Buffer& out) const {
  const Result<Query> query = Query::parse(query_json, &texts_);
  if (!query) return query.error();
  const Result<std::vector<const Node*>> found = query->run(graph_, indexes_);
  if (!found) return found.error();
  pack_frame(*found, generation, out, &*query);
  return ok_status();
}

Status Replica::State::explain(ByteView query_json, Buffer& out) const {
  const Result<Query> query = Query::parse(query_json, &texts_);
  if (!query) return query.error();
  const size_t kept = indexes_.bytes();
  query::Trace trace;
  const Result<std::vector<const Node*>> found = query->run(graph_, indexes_, trace);
  if (!found) return found.error();
  JsonText json;
  json.object().text("way", trace.way).key("fields").array();
  for (const Buffer& field : trace.fields) json.text(field);
  json.end().key("places").array();
  for (const Buffer& field : trace.places) json.text(field);
  json.end().number("counted", trace.counted).number("asked", trace.asked).number("found", trace.found);
  json.key("inOrder").boolean(trace.in_order);
  json.number("nodes", graph_.node_count()).number("made", indexes_.bytes() - std::min(kept, indexes_.bytes()));
  out += json.end().take();
  return ok_status();
}

Status Replica::State::index(ByteView field) {
  const query::Path path = query::Path::split(field, /*at_node=*/true);
  if (field.empty() || field.size() > limits::kMaxIdBytes || path.root != query::Path::Root::kField)
    return make_error(Code::kInvalidArgument, "an index is of a field or dot path of the value; `id` and `timestamp` need none", "field");
  indexes_.declare(path.steps);
  indexes_.prepare(graph_);
  return ok_status();
}

Result<uint32_t> Replica::State::subscribe(ByteView query_json) {
  Result<Query> query = Query::parse(query_json, &texts_);
  if (!query) return query.error();
  if (query->counts()) return make_error(Code::kInvalidQuery, "a count cannot be live; subscribe to the nodes", "$count");
  refresh_queries();   // who was here before hears of what was before
  std::vector<LiveEvent> events;
  Result<uint32_t> subscription = queries_.add(std::move(*query), graph_, events);
  if (subscription) emit_events(events);
  return subscription;
}

Result<uint32_t> Replica::State::subscribe_node(ByteView id) {
  refresh_queries();
  std::vector<LiveEvent> events;
  const uint32_t subscription = queries_.add_node(id, graph_, events);
  emit_events(events);
  return subscription;
}

}  // namespace weft
