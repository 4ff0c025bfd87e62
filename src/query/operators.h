// The names of the query language, one list. A name with `$` in front that is not on it is an error,
// never a field: a misspelt operator must not match silently.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace weft::query {

enum class Standing : uint8_t {
  kUnknown,
  kLogical,   // $and $or $nor $not: stands anywhere
  kTest,      // about one value: stands behind a path, or inside $elemMatch
  kWalk,      // $edge and its settings: stands in `query` or in another `$edge`
  kSpecial,   // a literal that JSON cannot say: {"$date": 0}
};
Standing standing(ByteView name);

// Why `name` cannot stand at `path` (which ends in it): UNKNOWN_OPERATOR, or INVALID_QUERY with `what_belongs_here`.
Error misplaced(ByteView name, std::string path, const char* what_belongs_here);

}  // namespace weft::query
