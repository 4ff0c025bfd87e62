// What the graph costs without a boundary: operations a second at a given number of nodes.
//   g++ -O3 -std=c++20 -Isrc tests/bench/native_graph_bench.cpp src/{base,value,clock,log,graph}/*.cpp -lz
//   ./a.out [nodes] [rounds]
// Medians over the rounds, each on a graph of its own. The same file compiles with em++.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/pack.h"
#include "clock/hybrid_clock.h"
#include "graph/graph.h"
#include "log/oplog.h"

using namespace weft;

namespace {

Buffer value_of(size_t i, size_t version) {   // 8 fields, about 160 bytes, in a writer's order
  Buffer v;
  pack_map(v, 8);
  pack_str(v, "name"), pack_str(v, "Person number " + std::to_string(i));
  pack_str(v, "email"), pack_str(v, "person" + std::to_string(i) + "@example.org");
  pack_str(v, "age"), pack_uint(v, 20 + i % 60);
  pack_str(v, "active"), pack_bool(v, i % 2);
  pack_str(v, "score"), pack_double(v, static_cast<double>(i) + 0.25 + static_cast<double>(version));
  pack_str(v, "tags"), pack_array(v, 3), pack_str(v, "red"), pack_str(v, "green"), pack_str(v, "blue");
  pack_str(v, "address"), pack_map(v, 2), pack_str(v, "city"), pack_str(v, "Lisbon"), pack_str(v, "zip"), pack_str(v, "1000-001");
  pack_str(v, "created"), pack_uint(v, 1700000000000 + i);
  return v;
}

struct Row {
  const char* what;
  size_t count;
  std::vector<double> ms;
};
std::vector<Row> rows_of_table;
size_t row = 0;   // the next of this round

template <class F>
void measure(const char* what, size_t count, F run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (row == rows_of_table.size()) rows_of_table.push_back({what, count, {}});
  rows_of_table[row++].ms.push_back(ms);
}

void print_table() {
  for (Row& r : rows_of_table) {
    std::sort(r.ms.begin(), r.ms.end());
    const double median = r.ms[r.ms.size() / 2];
    std::printf("%-36s %9.2f ms  %9.0f k/s\n", r.what, median, static_cast<double>(r.count) / median);
  }
}

size_t run_round(size_t n) {
  row = 0;
  std::vector<Buffer> ids, values, changed_values;
  for (size_t i = 0; i < n; ++i) {
    ids.push_back("user:" + std::to_string(i * 7919 % n));
    values.push_back(value_of(i, 0));
    changed_values.push_back(value_of(i, 1));
  }
  Graph graph(42);
  HybridClock clock(7);
  Oplog oplog;
  std::vector<Buffer> touched;
  uint64_t wall = 1700000000000;
  size_t sink = 0;
  Buffer canonical;
  const auto put = [&](const Buffer& id, const Buffer& value) {
    canonical.clear();
    if (!canonicalize(value, canonical)) std::abort();
    OperationRef o = graph.plan_put(id, canonical, false, clock.now(wall += 1));
    if (!o) return;
    touched.clear();
    if (changed(graph.apply(o, &touched))) oplog.append(o);
  };
  measure("put", n, [&] { for (size_t i = 0; i < n; ++i) put(ids[i], values[i]); });
  measure("put the same", n, [&] { for (size_t i = 0; i < n; ++i) put(ids[i], values[i]); });
  measure("get (value and edges)", n, [&] {
    Buffer scratch;
    for (size_t i = 0; i < n; ++i) {
      const Node* node = graph.find(ids[i]);
      sink += graph.value_view(*node, scratch).size();
      graph.for_each_edge(*node, [&](ByteView) { ++sink; });
    }
  });
  measure("field, scanning", n, [&] {
    graph.for_each_node([&](const Node& node) { sink += graph.field(node, "email").text().size(); });
  });
  measure("fingerprint, first", n, [&] { sink += graph.fingerprint().count; });
  measure("update one field", n, [&] { for (size_t i = 0; i < n; ++i) put(ids[i], changed_values[i]); });
  measure("get after updates", n, [&] {
    Buffer scratch;
    for (size_t i = 0; i < n; ++i) sink += graph.value_view(*graph.find(ids[i]), scratch).size();
  });
  measure("link", n, [&] {
    for (size_t i = 0; i < n; ++i) {
      auto o = graph.plan_link(ids[i], "", ids[(i + 1) % n], {}, clock.now(wall += 1));
      graph.apply(*o, nullptr);
    }
  });
  measure("link all to one", n, [&] {
    for (size_t i = 1; i < n; ++i) {
      auto o = graph.plan_link(ids[i], "hub", ids[0], {}, clock.now(wall += 1));
      graph.apply(*o, nullptr);
    }
  });
  sink += graph.fingerprint().count;
  measure("fingerprint after each of 1000 puts", 1000, [&] {
    for (size_t i = 0; i < 1000; ++i) put(ids[i % n], value_of(i, 2)), sink += graph.fingerprint().count;
  });
  std::vector<Buffer> rows;
  size_t bytes = 0;
  measure("live set in stamp order", graph.live_count(), [&] {
    for (const OperationRef& o : graph.live_in_stamp_order()) rows.emplace_back(o->bytes()), bytes += o->bytes().size();
  });
  {
    Graph cold(1);
    measure("cold load", rows.size(), [&] {
      for (const Buffer& row : rows) cold.apply(*Operation::decode(row), nullptr);
    });
    measure("its fingerprint", rows.size(), [&] { sink += cold.fingerprint() == graph.fingerprint(); });
    measure("clear", n, [&] { cold.apply(cold.plan_clear(clock.now(wall += 1)), nullptr); });
  }
  measure("remove", n, [&] {
    for (size_t i = 0; i < n; ++i) {
      touched.clear();
      graph.apply(graph.plan_remove(ids[i], clock.now(wall += 1)), &touched);
    }
  });
  return sink + bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t n = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10000;
  const size_t rounds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 7;
  size_t sink = 0;
  for (size_t i = 0; i < rounds; ++i) sink += run_round(n);
  std::printf("%zu nodes, value of %zu bytes, %zu rounds (%zu)\n", n, value_of(n - 1, 0).size(), rounds, sink);
  print_table();
}
