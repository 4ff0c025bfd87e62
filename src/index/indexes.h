// Indexes: what is kept beside a graph so that queries need not read every node: a column for each path
// that queries asked for, and of those declared or found to pay the order of its values, or of its places.
// Of a declared one both, as soon as a value holds a point.
//
// Invariants: 1. After look() or catch_up() all of it says what the graph says. 2. A change puts the node
// on a list; the next query reads what is on it, or everything when that is most of the graph. Out of the
// orders a change takes it at once where its place is told by bytes that go; else the next query moves it,
// if it has another place then. 3. What is kept takes at
// most Settings::most_bytes, what is declared aside: what was not used for longest makes way, and an
// order that the engine made goes when it is kept up more than it is used. 4. Nothing in here decides
// what a query finds, only how fast.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "index/bits.h"
#include "index/column.h"
#include "index/places.h"
#include "index/sorted.h"

namespace weft::index {

struct Settings {
  size_t least_nodes = 64;                       // below, reading every node costs less than looking anything up
  size_t most_bytes = limits::kMaxIndexBytes;
  size_t sort_after = 32;                        // an order pays when it would have saved so many looks at every node
};

enum class Kind : uint8_t { kValues, kPlaces };  // of an order

struct Standing {                                // of one path, for status()
  Buffer path;
  bool declared = false, sorted = false;
  size_t entries = 0, places = 0, bytes = 0;     // entries of the order of its values, of its places
  uint64_t uses = 0;                             // queries that read one of them, twice if both
};

class Indexes final : public ChangeObserver {
 public:
  explicit Indexes(const Settings& settings = {}) : settings_(settings) {}
  Indexes(const Indexes&) = delete;
  Indexes& operator=(const Indexes&) = delete;

  // ---- what is kept
  void declare(const FieldPath& path);           // sorted from now on, whatever it costs
  void prepare(const Graph&);                    // makes what was declared now, not when a query comes
  // A query on `path` looked at `nodes` more than the path's order would have had it look at. True: once
  // more, and the order would have paid.
  bool wish(const Graph&, const FieldPath& path, Kind, size_t nodes);
  void make(const Graph&, const FieldPath& path, Kind);   // after catch_up(): kept from now on, while that pays
  std::vector<Standing> standing() const;
  size_t bytes() const;

  // ---- what a query reads; valid until the graph changes or the next look
  bool pay(const Graph& graph) const { return graph.node_count() >= settings_.least_nodes; }
  void catch_up(const Graph&);
  const Bits& existing() const { return existing_; }              // the slots of all nodes
  std::vector<const Column*> look(const Graph&, const std::vector<FieldPath>& paths);   // in their order
  const Column* column(const FieldPath& path);                    // nullptr: would have to be made
  const Sorted* sorted(const FieldPath& path);                    // nullptr: there is none
  const Places* places(const FieldPath& path);                    // nullptr: there are none

  void changed(const Node&) override;
  void cleared() override;

 private:
  template <class Order>
  struct Made {
    std::unique_ptr<Order> order;                // nullptr: not made
    uint64_t used = 0, uses = 0;                 // when a query last asked for it, and how many did
    uint64_t wished = 0;
    uint64_t kept_up = 0;                        // nodes put in or taken out since it was last used
    const Order* use(uint64_t now);
    bool is_idle() const;
    size_t bytes() const { return order ? order->bytes() : 0; }
  };
  struct Kept {
    std::unique_ptr<Column> column;
    Made<Sorted> sorted;
    Made<Places> places;
    bool declared = false, has_points = false;   // has_points: seen, of a declared one
    uint64_t used = 0;                           // when a query last asked for any of it
    size_t bytes() const { return (column ? column->bytes() : 0) + sorted.bytes() + places.bytes(); }
  };
  std::vector<Column*> columns() const;
  void read_all(const Graph&, const std::vector<Column*>&);
  void sort(const Graph&, Kept&);
  void place(const Graph&, Kept&);
  void make_declared(const Graph&);
  void put_back(const Graph&, uint32_t slot);
  bool is_left(const Kept&, uint32_t slot, const Key& key) const;
  void take_out(Kept&, const Node&, bool goes, bool only_left);
  void drop_idle();
  void make_room();

  const Settings settings_;
  std::map<Buffer, Kept> kept_;                  // by dotted path
  Bits existing_;
  Bits is_dirty_;
  Bits is_left_;                                 // of these: entries that need_no_value() are still in their orders
  std::vector<uint32_t> dirty_;                  // changed since the last query, each once; in no order of `kept_`
  bool watching_ = false;                        // false: nothing is kept yet, so nothing can be out of date
  uint64_t now_ = 0;                             // counts queries
};

}  // namespace weft::index
