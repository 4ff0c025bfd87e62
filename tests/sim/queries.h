// What is kept for queries follows every path by which operations enter: whenever a peer is looked at,
// queries by indexes find what reading every node finds, in the same order.
#pragma once
#include "core/replica.h"

namespace weft::sim {

// From here on a replica keeps what it can, however small its graph.
void keep_indexes(ReplicaOptions& options);
bool queries_agree(const Replica& replica);

}  // namespace weft::sim
