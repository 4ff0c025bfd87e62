// The dumb oracle: docs/queries.md read aloud over JSON, with no cleverness and nothing shared with the
// engine. Slow on purpose.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "test_graph.h"

namespace weft::test {

struct OracleNode {
  std::string id;
  Json value;
  Stamp created, timestamp;
};

std::vector<OracleNode> oracle_nodes(const Graph&);
bool oracle_matches(const Json& query, const OracleNode&);
// The ids in result order; nothing when a cursor is not in the result.
std::optional<std::vector<std::string>> oracle_run(const Json& options, const std::vector<OracleNode>&);

}  // namespace weft::test
