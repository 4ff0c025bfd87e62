// Queries: any text is refused or runs, and what runs keeps to its own words: results match, in its order.
#include "query/query.h"

#include <algorithm>

#include "base/pack.h"
#include "targets.h"

namespace weft::fuzz {
namespace {

Buffer fields_of(uint64_t i) {
  Buffer out;
  pack_map(out, 5);
  pack_str(out, "age");
  i % 5 == 0 ? pack_double(out, 0.5 * static_cast<double>(i)) : pack_int(out, static_cast<int64_t>(i) - 4);
  pack_str(out, "map");
  pack_map(out, 1);
  pack_str(out, "a");
  i % 2 ? pack_nil(out) : pack_bool(out, i % 4 == 0);
  pack_str(out, "name");
  pack_str(out, std::string(i % 7, 'a') + "b%_\xc3\xa4");
  pack_str(out, "tags");
  pack_array(out, 2);
  pack_str(out, i % 3 ? "red" : "blue");
  pack_uint(out, i);
  pack_str(out, "when");
  out += Buffer("\xd7\x01\x00\x00\x01\x8b", 6) + Buffer(3, '\0') + static_cast<char>(i);
  return out;
}

Graph made_graph() {
  Graph graph;
  Buffer none;
  pack_array(none, 0);
  for (uint64_t i = 0; i < 12; ++i) {
    const Stamp stamp = Stamp::make(1'700'000'000'000 + i / 2, static_cast<uint16_t>(i % 2), 1 + i % 3);
    graph.apply(Operation::create(stamp, "n" + std::to_string(i), fields_of(i), none), nullptr);
  }
  Buffer number;
  pack_int(number, -1);
  graph.apply(Operation::replace(Stamp::make(1'700'000'000'100, 0, 1), "number", number, kNoStamp), nullptr);
  return graph;
}

}  // namespace

void query(ByteView input) {
  static const Graph graph = made_graph();
  const Result<Query> parsed = Query::parse(input);
  if (!parsed) {
    WEFT_CHECK(!parsed.error().message.empty());
    return;
  }
  const auto results = parsed->run(graph);
  if (!results) {
    WEFT_CHECK(results.error().code == Code::kCursorNotFound);
    return;
  }
  for (const Node* node : *results) WEFT_CHECK(parsed->matches(graph, *node));
  for (size_t i = 1; i < results->size(); ++i) {
    WEFT_CHECK(parsed->before(graph, *(*results)[i - 1], *(*results)[i]));
    WEFT_CHECK(!parsed->before(graph, *(*results)[i], *(*results)[i - 1]));
  }
  if (parsed->has_window()) return;
  size_t matching = 0;
  graph.for_each_node([&](const Node& node) { matching += parsed->matches(graph, node); });
  WEFT_CHECK(matching == results->size());
}

}  // namespace weft::fuzz
