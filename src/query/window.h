// Window: the part of an ordered result that `$limit`, `$skip` and cursors show, kept as the result
// changes.
//
// Invariants: 1. Kept are the first matches within the cursors, from the end the window counts from: at
// least as many as skip and limit take, unless those are all there are, and a few more, so that one
// that leaves is followed by one at hand. 2. What lies behind the last one kept is not known, and is
// asked for when too few are left. 3. While a cursor is not in the result, nothing is shown.
#pragma once
#include "query/plan.h"
#include "query/watch.h"

namespace weft::query {

// What a window is cut from.
class Ordered {
 public:
  virtual ~Ordered() = default;
  virtual Place place(const Graph&, const Node&) const = 0;               // of a node that is in it
  // The first `limit` within the cursors, in result order; CURSOR_NOT_FOUND.
  virtual Result<std::vector<const Node*>> first(const Round&, size_t limit) = 0;
};

class Window {
 public:
  Window(const Plan& plan, Held& held, uint32_t subscription);
  Status start(Round&, Ordered&);
  // `changes`: of what the window is cut from; also those of the cursors.
  void refresh(Round&, Ordered&, const std::vector<Change>& changes);

 private:
  Status fill(Round&, Ordered&);
  void take_out(Round&, const std::vector<Change>&);
  void put_in(Round&, const Ordered&, const std::vector<Change>&);
  void keep(Round&, std::vector<Tracked*> kept);
  bool is_cursor(ByteView id) const;
  bool is_within(const Graph&, const Ordered&, const Place&) const;
  bool precedes(const Place& a, const Place& b) const { return backwards_ ? order_.before(b, a) : order_.before(a, b); }
  std::vector<Tracked*> shown_now() const;
  void tell(Round&, uint8_t action_of_new);

  const Order order_;
  const std::optional<Buffer> after_, before_;
  const size_t skip_, limit_;
  const bool backwards_;             // counts back from `$before`
  const size_t wanted_;              // skip and limit together
  const uint32_t subscription_;
  Held& held_;
  bool is_cut_ = false;              // the cursors are in the result
  bool is_all_ = false;              // nothing lies behind the last one kept
  std::vector<Tracked*> kept_;       // in the order the window counts
  std::vector<Tracked*> shown_;      // in result order
};

}  // namespace weft::query
