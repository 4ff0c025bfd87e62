// Watch: one subscription. Says what changed for it in a round.
#pragma once
#include <utility>
#include <vector>

#include "query/interests.h"
#include "query/round.h"

namespace weft::query {

class Watch {
 public:
  Watch(Tracking& tracking, uint32_t its_subscription) : subscription(its_subscription), held_(tracking, *this) {}
  virtual ~Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Tells `initial` for each node of the result, in its order. Errors: CURSOR_NOT_FOUND.
  virtual Status start(Round&) = 0;
  // Tells what `concerns` and `links` changed.
  virtual void refresh(Round&) = 0;
  virtual bool follows_links() const { return false; }

  // Each touched node that it holds or that meets its conditions now, one after the other.
  void concern(Touched& touched, bool is_held, bool meets) { concerns_.push_back({&touched, is_held, meets}); }
  bool knows(const Touched& touched) const { return !concerns_.empty() && concerns_.back().touched == &touched; }
  virtual bool meets(const Graph&, const Node&) const = 0;   // its conditions; of `$edge`, those of a start
  // A link that may have come or gone, at a node that it holds.
  void concern(const TouchedLinks::Ends& ends) {
    if (links_.empty() || links_.back() != &ends) links_.push_back(&ends);
  }
  bool is_concerned() const { return !concerns_.empty() || !links_.empty(); }
  void rest() {
    concerns_.clear();
    links_.clear();
  }

  const uint32_t subscription;
  Interests interests{std::vector<Interest>()};   // of the nodes it does not hold

 protected:
  struct Concern {
    Touched* touched;
    bool is_held, meets;
  };
  Held held_;
  std::vector<Concern> concerns_;
  std::vector<const TouchedLinks::Ends*> links_;
};

// A node that was in a result, is in it, or both.
struct Change {
  Touched* touched;
  bool was, is;
};

}  // namespace weft::query
