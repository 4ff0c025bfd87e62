#include "queries.h"

#include <string>

#include "query/query.h"

namespace weft::sim {
namespace {

// About the fields that work.cpp writes, by range, walk and column; every one is asked every time, so
// that what each made is there for the changes to come.
constexpr const char* kQueries[] = {
    R"({"query": {"a": {"$gte": 100}}, "field": "b"})",
    R"({"query": {"$or": [{"b": {"$lt": 500}}, {"c": {"$in": [1, 2, 3]}}]}})",
    R"({"query": {"b": {"$exists": true}}, "field": "a", "order": "desc", "$limit": 3})",
};

std::string ids_of(const Result<std::vector<const Node*>>& found) {
  std::string ids;
  for (const Node* node : *found) ids.append(Graph::id(*node)) += '\n';
  return ids;
}

std::string ids_of_map(const Replica& replica, ByteView query) {
  Buffer out;
  std::string ids;
  if (!replica.map(query, out)) return "refused";
  for (auto it = ValueView(out).begin(); it.more(); it.next()) ids.append(it.value().entry(0).text()) += '\n';
  return ids;
}

}  // namespace

void keep_indexes(ReplicaOptions& options) {
  options.index.least_nodes = 0;
  options.index.sort_after = 1;
}

bool queries_agree(const Replica& replica) {
  for (const char* text : kQueries) {
    const Result<Query> query = Query::parse(text);
    if (!query || ids_of_map(replica, text) != ids_of(query->run(replica.graph()))) return false;
  }
  return true;
}

}  // namespace weft::sim
