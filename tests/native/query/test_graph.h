// A graph for tests: JSON in, JSON out, a clock that ticks by itself. Values that JSON cannot say are
// nlohmann binaries: subtype 1 a date, 2 and 3 a bigint (as MessagePack reads them), none: bytes.
#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace weft::test {

using Json = nlohmann::json;

Json date(int64_t ms);
Json bigint(int64_t number);
Json big_unsigned(uint64_t number);
Json bytes(const std::string& text);

Buffer encode(const Json& value);       // canonical MessagePack, written by hand
Json decode(ByteView message_pack);     // by nlohmann

class TestGraph {
 public:
  const Graph& graph() const { return graph_; }
  void observe(ChangeObserver& observer) { graph_.observe_changes(&observer); }   // which outlives it
  // Each write is stamped with the next tick, or with `at`.
  void put(const std::string& id, const Json& value, bool node_writer = false, uint64_t at = 0);
  void remove(const std::string& id, uint64_t at = 0);
  void clear(uint64_t at = 0);
  void link(const std::string& source, const std::string& target, const std::string& label = "");
  void unlink(const std::string& source, const std::string& target, const std::string& label = "");
  uint64_t now() const { return now_; }
  Stamp stamp(uint64_t at = 0);
  // What was touched since the last call, each id once.
  std::vector<Buffer> take_touched();
  TouchedLinks take_links() { return std::exchange(links_, {}); }

 private:
  void apply(OperationRef operation);
  Graph graph_;
  uint64_t now_ = uint64_t{1'700'000'000'000} << 16;
  std::vector<Buffer> touched_;
  TouchedLinks links_;
};

// Runs the query and returns the ids, or "CODE path" of what went wrong.
std::vector<std::string> ids_of(const Graph&, const Json& options);

}  // namespace weft::test
