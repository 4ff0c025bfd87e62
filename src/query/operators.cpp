#include "query/operators.h"

#include <algorithm>
#include <iterator>

namespace weft::query {
namespace {

struct Entry {
  ByteView name;
  Standing standing;
};

constexpr Entry kEntries[] = {
    {"$and", Standing::kLogical},     {"$or", Standing::kLogical},      {"$nor", Standing::kLogical},
    {"$not", Standing::kLogical},     {"$eq", Standing::kTest},         {"$ne", Standing::kTest},
    {"$gt", Standing::kTest},         {"$gte", Standing::kTest},        {"$lt", Standing::kTest},
    {"$lte", Standing::kTest},        {"$in", Standing::kTest},         {"$nin", Standing::kTest},
    {"$between", Standing::kTest},    {"$exists", Standing::kTest},     {"$type", Standing::kTest},
    {"$startsWith", Standing::kTest}, {"$endsWith", Standing::kTest},   {"$contains", Standing::kTest},
    {"$like", Standing::kTest},       {"$size", Standing::kTest},       {"$all", Standing::kTest},
    {"$elemMatch", Standing::kTest},  {"$date", Standing::kSpecial},    {"$bigint", Standing::kSpecial},
    {"$binary", Standing::kSpecial},  {"$number", Standing::kSpecial},  {"$undefined", Standing::kSpecial},
    {"$text", Standing::kTest},       {"$regex", Standing::kTest},      {"$flags", Standing::kTest},
    {"$near", Standing::kTest},       {"$bbox", Standing::kTest},       {"$edge", Standing::kWalk},
    {"$depth", Standing::kWalk},      {"$direction", Standing::kWalk},  {"$label", Standing::kWalk},
};

}  // namespace

Standing standing(ByteView name) {
  const auto* found = std::find_if(std::begin(kEntries), std::end(kEntries),
                                   [&](const Entry& entry) { return entry.name == name; });
  return found == std::end(kEntries) ? Standing::kUnknown : found->standing;
}

Error misplaced(ByteView name, std::string path, const char* what_belongs_here) {
  const std::string quoted = "`" + std::string(name) + "`";
  switch (standing(name)) {
    case Standing::kUnknown:
      return make_error(Code::kUnknownOperator, quoted + " is not a query operator", std::move(path));
    default:
      return make_error(Code::kInvalidQuery, quoted + " cannot stand here: " + what_belongs_here,
                        std::move(path));
  }
}

}  // namespace weft::query
