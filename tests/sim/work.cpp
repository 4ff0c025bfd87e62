// What users do: a few hot nodes that everybody writes to, and many cold ones. Each value is written
// once in a run, so that what comes back from the past is told from what was put there.
#include "base/pack.h"
#include "world.h"

namespace weft::sim {
namespace {

const std::vector<Buffer> kFields{"a", "b", "c"};

Buffer name_of(uint32_t node) { return "n" + std::to_string(node); }

Buffer number(uint64_t value) {
  Buffer out;
  pack_uint(out, value);
  return out;
}

Buffer long_text(uint64_t value) {
  Buffer out, text = std::to_string(value) + ": ";
  for (uint64_t word = 0; text.size() < 700; ++word) text += std::to_string(mix(value, word) % 1000) + " ";
  pack_str(out, text);
  return out;
}

// The node's value as it is, with one field set. `node` null: that field alone.
Buffer with_field(const Graph& graph, const Node* node, uint32_t field, const Buffer& value) {
  std::vector<std::pair<Buffer, Buffer>> fields;
  for (uint32_t i = 0; i < kFields.size(); ++i) {
    if (i == field) fields.push_back({kFields[i], value});
    else if (const ValueView old = node ? graph.field(*node, kFields[i]) : ValueView(); old.type() != Type::kMissing)
      fields.push_back({kFields[i], Buffer(old.bytes())});
  }
  Buffer out;
  pack_map(out, static_cast<uint32_t>(fields.size()));
  for (const auto& [name, bytes] : fields) {
    pack_str(out, name);
    out += bytes;
  }
  return out;
}

}  // namespace

void World::work(const Step& step) {
  Peer& p = peer(step.a);
  Replica& replica = *p.replica;
  const Graph& graph = replica.graph();
  const Buffer id = name_of(step.b);
  const uint64_t at = wall(p);
  p.wrote = true;
  switch (step.act) {
    case Act::kPut:
    case Act::kLong: {
      const Buffer value = step.act == Act::kLong ? long_text(step.d) : number(step.d);
      if (!replica.put(id, with_field(graph, graph.find(id), step.c, value), at)) fail("a put was refused");
      break;
    }
    case Act::kWhole:
      if (!replica.put(id, with_field(graph, nullptr, step.c, number(step.d)), at)) fail("a put was refused");
      break;
    case Act::kScalar:
      if (!replica.put(id, number(step.d), at)) fail("a put was refused");
      break;
    case Act::kRemove:
      if (!replica.remove(id, at)) fail("a remove was refused");
      break;
    case Act::kLink: (void)replica.link(id, "", name_of(step.c), step.d ? number(step.d) : Buffer(), at); break;  // an end may be missing
    case Act::kUnlink:
      if (!replica.unlink(id, "", name_of(step.c), at)) fail("an unlink was refused");
      break;
    case Act::kClear:
      if (!replica.clear(at)) fail("a clear was refused");
      break;
    case Act::kBatch: batch(p, step); break;
    case Act::kExport: file_ = replica.export_state(); break;
    case Act::kImport:
      if (!file_.empty() && !replica.import_state(file_, at)) fail("a file could not be imported");
      break;
    case Act::kRestore:
      if (!file_.empty() && !replica.restore(file_, at)) fail("a file could not be restored");
      break;
    default: break;
  }
  check_seen(p, step);
  collect(p, !step.held);
}

void World::batch(Peer& p, const Step& step) {
  Draw draw(mix(step.b, step.d));
  Buffer commands;
  pack_array(commands, step.c);
  for (uint32_t i = 0; i < step.c; ++i) {
    const Buffer id = name_of(draw.below(step.c > 20 ? 300 : 43));
    if (draw.chance(85)) {
      pack_array(commands, 3);
      pack_uint(commands, 1);
      pack_str(commands, id);
      commands += with_field(p.replica->graph(), nullptr, draw.below(3), number(uint64_t{step.d} * 1000 + i));
    } else {
      pack_array(commands, 2);
      pack_uint(commands, 4);
      pack_str(commands, id);
    }
  }
  if (!p.replica->batch(commands, wall(p))) fail("a batch was refused");
}

// A user reads what was just written, whatever stamps came from elsewhere.
void World::check_seen(const Peer& p, const Step& step) {
  const Graph& graph = p.replica->graph();
  const Node* node = graph.find(name_of(step.b));
  switch (step.act) {
    case Act::kPut:
    case Act::kWhole:
      if (!node || graph.field(*node, kFields[step.c]).bytes() != number(step.d)) fail("a put is not seen by its writer");
      return;
    case Act::kRemove:
      if (node) fail("a removed node is still seen by who removed it");
      return;
    case Act::kClear:
      if (graph.node_count() != 0) fail("nodes are there after a clear");
      return;
    default: return;
  }
}

}  // namespace weft::sim
