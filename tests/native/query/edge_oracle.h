// `$edge` read aloud: distances by trying every link over and over until nothing gets nearer.
#pragma once
#include "oracle.h"
#include "random_query.h"

namespace weft::test {

// As oracle_run(), of a query with `$edge`.
std::optional<std::vector<std::string>> oracle_edge_run(const Json& options, const Graph&);

// As RandomQuery::options(), with an `$edge` of one to three walks.
Json random_edge_options(RandomQuery&);

}  // namespace weft::test
