// Upserts: the live creates, patches and replaces of one node, and the value they make together.
//
// Invariants (data-model.md, "Upserts"): 1. Held are exactly: the latest create or replace in force,
// the latest replace in force (the base), and every upsert that still decides a field. 2. Operations
// are ordered by precedes(): by stamp. 3. One operation needs no table; most nodes stay that way.
// 4. It owns nothing: the live set does.
#pragma once
#include <memory>
#include <vector>

#include "graph/placed.h"
#include "value/value.h"

namespace weft {

using Superseded = std::vector<Placed>;

// The fields a node shows, in bytewise name order: those somebody decided, else the base's.
class FieldCursor;

class Upserts {
 public:
  enum class Inserted : uint8_t { kLive, kKnown, kSuperseded };

  // `conflict` is set when another content under this stamp is held.
  Inserted insert(const Placed& live, Superseded& superseded, bool& conflict);
  // Everything at or below `floor` is no longer in force.
  void cut(const Stamp& floor, Superseded& superseded);

  bool empty() const { return !only_ && !table_; }
  const Operation* any() const { return only_ ? only_.operation : table_ ? table_->held.back().operation : nullptr; }
  // The one held in this operation's place of the order, if any.
  const Operation* find_like(const Operation& operation) const;
  bool exists() const;                 // a create or replace is in force
  Stamp timestamp() const;             // of the latest
  Stamp created() const;               // exists() only

  // Of a node that exists; see value/value.h for what a value is.
  // The value where it stands in one piece: one operation alone, or a base that is not a map.
  bool is_whole() const { return only_ || !is_map(); }
  ByteView whole() const;
  bool is_map() const;
  void materialise(Buffer& out) const;
  ValueView field(ByteView name) const;

 private:
  friend class FieldCursor;
  struct Held : Placed {
    uint32_t wins = 0;                 // fields it decides
  };
  struct Winner {                      // the latest create or patch that touched a name
    const char* name;
    uint32_t name_size;
    uint32_t value_size;               // the value's bytes follow the name's; 0: deleted
    const Operation* operation;
    ByteView text() const { return {name, name_size}; }
    ByteView value() const { return {name + name_size, value_size}; }
  };
  struct Table {
    std::vector<Held> held;            // in order
    std::vector<Winner> winners;       // in name order, each name once
    const Operation* base = nullptr;   // the latest replace
    const Operation* last = nullptr;   // the latest create or replace
    Stamp created;                     // while there is one
    std::vector<Held>::iterator place_of(const Operation& operation);
  };

  Inserted insert_beside_one(const Placed& live, Superseded& superseded);
  void begin_table(const Placed& first);
  Inserted insert_into_table(const Placed& live, Superseded& superseded);
  void rebase(const Placed& replace, Superseded& superseded);
  uint32_t take_names(const Operation& operation, std::vector<const Operation*>& losers);
  bool take(const Winner& claim, std::vector<Winner>& fresh, std::vector<const Operation*>& losers);
  void drop_idle(const std::vector<const Operation*>& candidates, Superseded& superseded);
  void drop_all_but_above(const Operation* base, const Stamp& floor, Superseded& superseded);
  void settle();

  Placed only_;
  std::unique_ptr<Table> table_;
};

class FieldCursor {
 public:
  // Of a node that does not exist: what its patches would show.
  explicit FieldCursor(const Upserts& upserts);
  bool more() const { return more_; }
  ByteView name() const { return name_; }
  ByteView value() const { return value_; }   // its encoding
  void next();

 private:
  void settle();
  const Upserts::Winner* winner_ = nullptr;
  const Upserts::Winner* winners_end_ = nullptr;
  ValueView::Iterator base_;
  bool from_base_ = false, more_ = false;
  ByteView name_, value_;
};

}  // namespace weft
