// Condition: what a query asks of a node, as a tree that is compiled once and then only walked:
// paths are split, literals encoded, negated and shadowed forms rewritten into the few kinds here.
//
// Two places a condition can stand: about a node, or about one value (behind kAt, or inside
// kAnyEntry). Only kAll, kAny, kNot, kAt and kPlacedWithin stand at a node; of these only the first three
// stand behind a kAt.
//
// Invariants: 1. A comparison is never true across types. 2. A comparison or text test on an array is
// true when it is true of the whole or of any entry. 3. `$ne`, `$nin`, `$nor` are kNot of their
// positive, so a missing field satisfies them.
#pragma once
#include <memory>
#include <vector>

#include "graph/graph.h"
#include "index/field_path.h"
#include "query/geo.h"
#include "query/literal.h"
#include "query/texts.h"

namespace weft::query {

// `id` and `timestamp` at the front mean the node's own; `value.id` and `value.timestamp` mean the
// value's fields of that name. Everything else is the value's field. kWhole is the value itself; no
// name leads there.
struct Path {
  enum class Root : uint8_t { kField, kId, kTimestamp, kWhole };
  Root root = Root::kField;
  index::FieldPath steps;

  // `at_node` false: inside an array entry, where nothing is shadowed.
  static Path split(ByteView dotted, bool at_node);
  bool is_id() const { return root == Root::kId && steps.empty(); }
  bool is_clock() const { return root == Root::kTimestamp && steps.empty(); }   // compared as clocks, see clock_range.h
};

enum class Test : uint8_t {
  kAll, kAny, kNot,                                          // over `children`
  kAt,                                                       // children[0] about what `path` leads to
  kPlacedWithin,                                             // one of the node's places by `path` (point.h) is in `region`
  kEqual, kGreater, kGreaterEqual, kLess, kLessEqual,        // literals[0]
  kBetween,                                                  // literals[0] ≤ value ≤ literals[1]
  kIn,                                                       // `literals`, sorted
  kStartsWith, kEndsWith, kContains, kLike,                  // `text`; for kLike see like.h
  kReads, kReadsAnywhere,                                    // `reads`, of the value; of any text in it, at any depth
  kWithin,                                                   // a point in `region`
  kPresent, kType, kSize,                                    // -, `mask`, `number`
  kAnyEntry,                                                 // an array with an entry that meets children[0]
};

struct Condition {
  Test test = Test::kAll;
  Path path;
  std::vector<Condition> children;
  std::vector<Literal> literals;
  Buffer text;
  std::shared_ptr<const TextTest> reads;
  std::shared_ptr<const Region> region;
  uint32_t mask = 0;      // 1 << Type, and kBigintMask
  uint32_t number = 0;
};

inline constexpr uint32_t kBigintMask = 1u << 31;
inline constexpr uint32_t type_mask(Type type) { return 1u << static_cast<uint32_t>(type); }

// Compiles the `query` option. `path` is where it stands in the input, for errors. What it makes of
// `texts` must not outlive them.
// Errors: INVALID_QUERY, UNKNOWN_OPERATOR, NOT_SUPPORTED_YET, TOO_LARGE, each with the path of the offender.
Result<Condition> compile(const Json& query, const std::string& path, Texts& texts);

bool holds(const Condition&, const Graph&, const Node&);
// About one value: `condition` stands behind a kAt.
bool holds(const Condition&, const ValueView&);

// What `path` leads to in a node; missing when it leads nowhere. Uses `scratch` for what is not held
// as MessagePack (id, timestamp).
ValueView resolve(const Path&, const Graph&, const Node&, Buffer& scratch);

}  // namespace weft::query
