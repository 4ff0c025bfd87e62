// What a Graph holds: one entry for each id somebody said anything about, one for each link.
//
// Invariants: 1. Every operation an entry points to is in `live`, which owns it, in the place the entry
// says, and the other way round. 2. An entry that holds nothing is gone. 3. `order` has exactly the nodes that exist.
// 4. Whatever concerns one id or one link costs no more than that id's own operations and links.
#pragma once
#include <memory>
#include <vector>

#include "base/flat_table.h"
#include "base/pool.h"
#include "graph/graph.h"
#include "graph/live_set.h"
#include "graph/sequence.h"
#include "graph/upserts.h"

namespace weft {

// One register: the latest link or unlink of (source, label, target).
struct Link : Placed {
  Link(const Placed& latest, Node* from, Node* to) : Placed(latest), source(from), target(to) {}
  Node* source;
  Node* target;
  uint32_t out_index = 0, in_index = 0;
  bool is_set() const { return operation->kind() == Kind::kLink; }
};

struct OutPlace {
  static uint32_t& index(Link& link) { return link.out_index; }
  static uint32_t index(const Link& link) { return link.out_index; }
  static bool before(const Link& a, const Link& b) { return precedes(*a.operation, *b.operation); }
};
struct InPlace {
  static uint32_t& index(Link& link) { return link.in_index; }
  static uint32_t index(const Link& link) { return link.in_index; }
  static bool before(const Link& a, const Link& b) { return precedes(*a.operation, *b.operation); }
};

struct NodeLinks {
  Sequence<Link, OutPlace> out;
  Sequence<Link, InPlace> in;
  bool empty() const { return out.empty() && in.empty(); }
};

// There is one for each id, so what an operation says is read there.
class Node {
 public:
  Node(const Operation& operation, bool is_its_target) : named_by(&operation), slot(0), exists(0), is_target(is_its_target) {}
  ByteView id() const { return is_target ? named_by->target() : named_by->id(); }
  Stamp created() const { return exists ? upserts.created() : kNoStamp; }
  bool empty() const { return upserts.empty() && !tombstone && !links; }
  NodeLinks& use_links() {
    if (!links) links = std::make_unique<NodeLinks>();
    return *links;
  }
  // Lets its id stand in an operation that is still held; called before any is let go.
  void anchor();

  const Operation* named_by;               // one of the operations below: where its id stands
  Upserts upserts;
  Placed tombstone;                        // the live remove
  std::unique_ptr<NodeLinks> links;        // none: no register from or to it
  uint32_t order_index = 0;
  uint32_t slot : 30;
  uint32_t exists : 1;
  uint32_t is_target : 1;                  // of `named_by`; else what that is about
  uint32_t version = 0;                    // of its last touch
  mutable uint32_t seen = 0;               // the walk that last met it (State::walk)
};
static_assert(sizeof(void*) != 4 || sizeof(Node) == 44);

struct CreationPlace {
  static uint32_t& index(Node& node) { return node.order_index; }
  static uint32_t index(const Node& node) { return node.order_index; }
  static bool before(const Node& a, const Node& b) {
    const Stamp of_a = a.upserts.created(), of_b = b.upserts.created();
    return of_a != of_b ? of_a < of_b : a.id() < b.id();
  }
};

struct Graph::State {
  explicit State(uint64_t hash_seed) : seed(hash_seed) {}
  ~State() { forget_all(); }

  // ---- look-up
  uint64_t hash_of(ByteView id) const;
  Node* find(ByteView id, uint64_t hash);
  Node* find(ByteView id) { return find(id, hash_of(id)); }
  Node& add(Node* made, uint64_t hash);       // of an operation that the caller makes it hold
  uint64_t hash_of(const Link& link) const;
  Link* find_link(const Node& source, ByteView label, const Node& target);
  Link* find_link(const Node& source, ByteView label, const Node& target, uint64_t hash);
  Stamp cleared_at() const { return cleared ? cleared.operation->stamp() : kNoStamp; }
  bool holds(const Operation&);               // this very content is live
  Stamp removed_at(const Node* node) const;   // the stamp nothing of this id may be at or below

  // ---- change (see graph.cpp)
  Applied apply_upsert(const Operation&);
  Applied apply_remove(const Operation&);
  Applied apply_clear(const Operation&);
  Applied apply_link(const Operation&);
  Applied settle_tie(Placed& held, const Operation& operation);
  void clear_up_to(const Stamp& floor);

  // ---- upkeep (see upkeep.cpp)
  void refresh(Node&, const Stamp& created);  // existence and order after a change; created: as it was before
  void touch(Node& node);                     // its edges may have changed
  uint32_t next_version();
  void take_slot(Node&);
  void touch(const Link&);                    // it may have come or gone
  void touch_links(Node&);
  void drop_links(Node&, const Stamp& floor); // those from or to it at or below
  void drop_link(Link&);
  void drop_if_empty(Node&);
  void drop_superseded();
  void forget_all();

  uint64_t seed;
  LiveSet live;
  Placed cleared;                             // the live clear
  FlatTable<Node> nodes;
  FlatTable<Link> registers;
  Pool<Node> node_pool;
  Pool<Link> link_pool;
  std::vector<Node*> by_slot;                 // null: free
  std::vector<uint32_t> free_slots;
  Sequence<Node, CreationPlace> order;
  Superseded superseded;                      // what the change at hand put out of force
  std::vector<Buffer>* touched = nullptr;     // of the change at hand
  TouchedLinks* touched_links = nullptr;      // the same
  ChangeObserver* observer = nullptr;
  uint32_t versions = 0;                      // the last one given, see Node::version
  uint32_t walk = 0;                          // see Node::seen
};

}  // namespace weft
