// What a user reads, packed for the host.
#include "base/pack.h"
#include "core/replica_state.h"

namespace weft {
namespace {

void pack_time(Buffer& out, const Stamp& stamp) {
  pack_uint(out, stamp.physical_ms());
  pack_uint(out, stamp.logical());
}

}  // namespace

// [id, value, [edges…], physical, logical]
void Replica::State::pack_node(const Node& node, Buffer& out) const {
  pack_array(out, 5);
  pack_str(out, graph_.id(node));
  graph_.value(node, out);
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

Status Replica::State::map(ByteView query_json, Buffer& out) const {
  const Result<Query> query = Query::parse(query_json);
  if (!query) return query.error();
  const Result<std::vector<const Node*>> found = query->run(graph_, indexes_);
  if (!found) return found.error();
  pack_array(out, static_cast<uint32_t>(found->size()));
  for (const Node* node : *found) pack_node(*node, out);
  return ok_status();
}

Result<uint32_t> Replica::State::subscribe(ByteView query_json) {
  Result<Query> query = Query::parse(query_json);
  if (!query) return query.error();
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
