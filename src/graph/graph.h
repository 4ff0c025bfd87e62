// Graph: the live set of operations and what a user sees of it. A pure function of the operations
// ever applied, in any order, repetition and grouping (docs/data-model.md).
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "clock/stamp.h"
#include "log/operation.h"
#include "log/operation_ref.h"
#include "value/value.h"

namespace weft {

enum class Applied : uint8_t {
  kChanged,     // the live set changed
  kKnown,       // held already, or superseded: nothing happened
  // Another content under this stamp is held in the same register (an attack or a defect, to be
  // reported as STAMP_CONFLICT). The one with the greater digest counts as the later.
  kConflict,         // ... and nothing changed
  kConflictChanged,  // ... and the live set changed
};
inline bool changed(Applied applied) { return applied == Applied::kChanged || applied == Applied::kConflictChanged; }

// (count, sum mod 2^256 of the SHA-256 of each live operation); equal = equal graphs.
struct Fingerprint {
  uint64_t count = 0;
  std::array<uint8_t, 32> sum{};  // big-endian
  friend bool operator==(const Fingerprint& a, const Fingerprint& b) { return a.count == b.count && a.sum == b.sum; }
  friend bool operator!=(const Fingerprint& a, const Fingerprint& b) { return !(a == b); }
};

struct GraphCounts {  // for status(): how many there are and what they weigh (bytes of encodings)
  uint64_t nodes = 0, links = 0, live_operations = 0, removes = 0, unlinks = 0, clears = 0;
  uint64_t live_bytes = 0, tombstone_bytes = 0;
};

struct LinkView { ByteView source, target, label, value; Stamp stamp; };   // value empty: none
enum class Direction : uint8_t { kOut, kIn, kAny };

struct WalkRule {
  Direction direction = Direction::kOut;
  std::optional<Buffer> label;         // nothing: links of any label
  uint32_t max_depth = UINT32_MAX;     // links in a row
};

// Links that may have come or gone as a user sees them: because of a link or unlink, or of an end that did.
struct TouchedLinks {
  using Ends = std::pair<Buffer, Buffer>;   // source, target
  std::vector<Ends> ends;                   // perhaps repeatedly
  bool all = false;
};

class Node;   // opaque; a handle valid until the next apply()
struct Reached { const Node* node; uint32_t distance; };   // distance: the fewest links that lead there, 1 or more

// Follows which live operations are digested (those a fingerprint was asked for since they came).
class DigestObserver {
 public:
  virtual ~DigestObserver() = default;
  virtual void attached(const std::vector<const Operation*>& digested) = 0;   // in no order
  virtual void added(const Operation& operation) = 0;
  virtual void removed(const Operation& operation) = 0;
  virtual void cleared() = 0;
};

// Follows what changes of nodes, for tables kept beside the graph (indexes).
class ChangeObserver {
 public:
  virtual ~ChangeObserver() = default;
  // The node's value or existence may have changed. It is as it is now; the bytes its fields had
  // before are still there until this returns. Also called for a node about to be forgotten.
  virtual void changed(const Node&) = 0;
  virtual void cleared() = 0;              // every node is gone
};

class Graph {
 public:
  // `hash_seed`: against ids chosen to collide; best a random number that no peer can know. What
  // leaves the graph does not depend on it.
  explicit Graph(uint64_t hash_seed = 0);
  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;

  // The only way operations get in. Adds every id whose visible state (value, edges, timestamp,
  // existence) may have changed to `touched` (deduplicated by the caller). clear touches all nodes.
  Applied apply(OperationRef operation, std::vector<Buffer>* touched, TouchedLinks* links = nullptr);

  // As new, but for its observers and the numbers that versions have reached.
  void forget_all();
  // So many more nodes and operations are about to come.
  void reserve(size_t nodes, size_t operations);

  // ---- what a user sees
  const Node* find(ByteView id) const;             // nullptr: does not exist
  size_t node_count() const;
  static ByteView id(const Node&);
  void value(const Node&, Buffer& out) const;      // appends the materialised value
  // The materialised value as a view; uses the held bytes where one operation decides all, else
  // `scratch`. Valid until the next apply or reuse of scratch.
  ByteView value_view(const Node&, Buffer& scratch) const;
  ValueView field(const Node&, ByteView top_level_name) const;   // without materialising
  void for_each_field(const Node&, const std::function<void(ByteView name, const ValueView&)>&) const;
  Stamp timestamp(const Node&) const;
  Stamp created(const Node&) const;
  void for_each_edge(const Node&, const std::function<void(ByteView target)>&) const;  // each once, stamp order
  void for_each_link(ByteView id, Direction, const std::optional<Buffer>& label,
                     const std::function<void(const LinkView&)>&) const;               // existing ends only
  // The first that `is_wanted` of those that one link leads to, in no order, perhaps shown repeatedly.
  const Node* find_neighbour(const Node&, const WalkRule&, const std::function<bool(const Node&)>& is_wanted) const;
  bool leads(const Node& from, const Node& to, const WalkRule&) const;                 // by one link
  // Every node that a walk of 1 to `max_depth` links from a start leads to, each once, by distance; a
  // start only if a link leads to it. Costs the links of what it reaches.
  std::vector<Reached> walk(const std::vector<const Node*>& starts, const WalkRule&) const;
  void for_each_node(const std::function<void(const Node&)>&) const;                   // order: by creation stamp
  // A node's place in tables kept beside the graph: dense, its own until it is forgotten, then another's.
  static uint32_t slot(const Node&);
  static bool exists(const Node&);                 // false: it is about to be forgotten, or only its tombstone is left
  uint32_t slot_count() const;                     // every slot is below
  const Node* at(uint32_t slot) const;             // nullptr: no node that exists
  // Another number whenever value, edges or timestamp may differ, never the same for two nodes. Not 0.
  // (It comes round after 2^32 changes.)
  static uint32_t version(const Node&);
  // The order of for_each_node by number, from 0 on, and a node's own number in it.
  const Node& in_creation_order(size_t number) const;
  size_t creation_number(const Node&) const;
  bool created_before(const Node&, const Node&) const;   // in that order, which it does not restore; both exist
  // The stamp of the tombstone (remove or clear) that covers a node that does not exist.
  Stamp removed_at(ByteView id) const;

  // ---- what a writer's command becomes (nullptr: no operation, nothing to change)
  OperationRef plan_put(ByteView id, ByteView canonical_value, bool node_writer, const Stamp&) const;
  OperationRef plan_remove(ByteView id, const Stamp&) const;
  OperationRef plan_clear(const Stamp&) const;
  Result<OperationRef> plan_link(ByteView source, ByteView label, ByteView target, ByteView value, const Stamp&) const;  // NODE_NOT_FOUND
  OperationRef plan_unlink(ByteView source, ByteView label, ByteView target, const Stamp&) const;

  // ---- the live set
  // By stamp alone: the first look after a change sorts the live set, the next ones are cheap.
  bool is_live(const Stamp&) const;
  bool is_live(const Operation&) const;                                     // this very content
  OperationRef live(const Stamp&) const;                                    // null when not live
  std::vector<OperationRef> live_in_stamp_order() const;
  std::vector<OperationRef> live_in_any_order() const;                      // never sorts
  std::vector<OperationRef> live_among(const std::vector<Digest>& digests) const;   // in stamp order; looks at all that is live
  size_t live_count() const;
  Fingerprint fingerprint() const;                                          // lazily digested
  size_t undigested() const;                                                // operations that it would digest now
  void digest_some(size_t most) const;                                      // of them
  GraphCounts counts() const;
  // One observer, not owned; it must outlive the graph or be replaced by nullptr. After fingerprint()
  // what it was told is the live set.
  void observe_digests(DigestObserver* observer);
  void observe_changes(ChangeObserver* observer);                           // the same rules

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft
