#include "test_graph.h"

#include <cmath>
#include <limits>

#include "base/pack.h"
#include "query/query.h"

namespace weft::test {
namespace {

Json extension(uint8_t kind, uint64_t payload) {
  std::vector<uint8_t> content;
  for (int shift = 56; shift >= 0; shift -= 8) content.push_back(static_cast<uint8_t>(payload >> shift));
  return Json::binary(content, kind);
}

void pack(Buffer& out, const Json& value);

void pack_binary(Buffer& out, const Json::binary_t& binary) {
  const ByteView content(reinterpret_cast<const char*>(binary.data()), binary.size());
  if (!binary.has_subtype()) return pack_bin(out, content);
  out += '\xd7';
  out += static_cast<char>(binary.subtype());
  out += content;
}

void pack_float(Buffer& out, double number) {
  const bool whole = std::trunc(number) == number && std::fabs(number) < 9007199254740992.0;
  if (whole && !(number == 0 && std::signbit(number))) pack_int(out, static_cast<int64_t>(number));
  else pack_double(out, number != number ? std::numeric_limits<double>::quiet_NaN() : number);
}

void pack(Buffer& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return pack_nil(out);
    case Json::value_t::boolean: return pack_bool(out, value.get<bool>());
    case Json::value_t::string: return pack_str(out, value.get<std::string>());
    case Json::value_t::binary: return pack_binary(out, value.get_binary());
    case Json::value_t::array:
      pack_array(out, static_cast<uint32_t>(value.size()));
      for (const Json& entry : value) pack(out, entry);
      return;
    case Json::value_t::object:
      pack_map(out, static_cast<uint32_t>(value.size()));
      for (const auto& [name, entry] : value.items()) {
        pack_str(out, name);
        pack(out, entry);
      }
      return;
    default: return pack_float(out, value.get<double>());
  }
}

}  // namespace

Json date(int64_t ms) { return extension(1, static_cast<uint64_t>(ms)); }
Json bigint(int64_t number) { return extension(2, static_cast<uint64_t>(number)); }
Json big_unsigned(uint64_t number) { return extension(3, number); }
Json bytes(const std::string& text) { return Json::binary(std::vector<uint8_t>(text.begin(), text.end())); }

Buffer encode(const Json& value) {
  Buffer out;
  pack(out, value);
  return out;
}

Json decode(ByteView message_pack) { return Json::from_msgpack(message_pack.begin(), message_pack.end()); }

Stamp TestGraph::stamp(uint64_t at) {
  now_ += 0x8000;   // half a millisecond: both parts of the clock move
  return Stamp{at ? at : now_, 7};
}

void TestGraph::apply(OperationRef operation) {
  if (operation) graph_.apply(std::move(operation), &touched_, &links_);
}

void TestGraph::put(const std::string& id, const Json& value, bool node_writer, uint64_t at) {
  apply(graph_.plan_put(id, encode(value), node_writer, stamp(at)));
}
void TestGraph::remove(const std::string& id, uint64_t at) { apply(graph_.plan_remove(id, stamp(at))); }
void TestGraph::clear(uint64_t at) { apply(graph_.plan_clear(stamp(at))); }
void TestGraph::link(const std::string& source, const std::string& target, const std::string& label) {
  Result<OperationRef> operation = graph_.plan_link(source, label, target, {}, stamp());
  if (operation) apply(*operation);
}
void TestGraph::unlink(const std::string& source, const std::string& target, const std::string& label) {
  apply(graph_.plan_unlink(source, label, target, stamp()));
}

std::vector<Buffer> TestGraph::take_touched() {
  std::vector<Buffer> each;
  std::set<Buffer> seen;
  for (Buffer& id : touched_)
    if (seen.insert(id).second) each.push_back(id);
  touched_.clear();
  return each;
}

std::vector<std::string> ids_of(const Graph& graph, const Json& options) {
  const auto failed = [](const Error& error) {
    return std::vector<std::string>{std::string(code_name(error.code)) + " " + error.path};
  };
  const Result<Query> query = Query::parse(options.dump());
  if (!query) return failed(query.error());
  const auto nodes = query->run(graph);
  if (!nodes) return failed(nodes.error());
  std::vector<std::string> ids;
  for (const Node* node : *nodes) ids.emplace_back(graph.id(*node));
  return ids;
}

}  // namespace weft::test
