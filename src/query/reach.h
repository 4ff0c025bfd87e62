// Reach: where one walk of a live `$edge` leads, kept as links and starts come and go. After Ramalingam
// and Reps, "An Incremental Algorithm for a Generalization of the Shortest-Path Problem" (1996), for
// links of equal length: a change costs the nodes whose distance it moves, and their links.
//
// Invariants, outside settle(): 1. A mark's distance is the fewest links from a start to it, 0 when no
// way leads there. 2. `from` is a node before it on such a way: from's own distance (0 for a start) is
// one less. 3. Marks are kept of starts and of what is reached, and all of these are held.
#pragma once
#include <queue>
#include <unordered_map>

#include "query/edge.h"
#include "query/round.h"

namespace weft::query {

class Reach {
 public:
  struct Mark {
    Tracked* node = nullptr;
    uint32_t distance = 0;
    bool is_start = false;
    bool is_match = false;             // the owner's: reached, and meets the walk's condition
    bool is_moved = false;             // in moved()
    Mark* from = nullptr;
    Mark *first = nullptr, *next = nullptr, *previous = nullptr;   // those reached from here; siblings
  };

  Reach(const WalkRule& rule, Held& held) : rule_(rule), back_(rule), held_(held) {
    if (rule.direction != Direction::kAny)
      back_.direction = rule.direction == Direction::kOut ? Direction::kIn : Direction::kOut;
  }
  ~Reach();
  Reach(const Reach&) = delete;
  Reach& operator=(const Reach&) = delete;

  Mark* find(const Tracked& node);
  void set_start(Tracked& node, bool is_start);
  void link_touched(const TouchedLinks::Ends& ends);
  void all_links_touched();
  void settle(const Graph&);           // brings the distances up to date

  // Those whose distance or start changed since the last end_round(), and those noted.
  const std::vector<Mark*>& moved() const { return moved_; }
  void note(Mark& mark);
  void end_round();                    // forgets moved(), and what is neither start nor reached
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [node, mark] : marks_) visit(mark);
  }

 private:
  static constexpr uint32_t kNowhere = UINT32_MAX;
  struct Offer {                       // a way to `to`
    uint32_t distance;
    Mark *to, *from;
    bool operator<(const Offer& other) const { return distance > other.distance; }   // nearest first
  };
  static uint32_t distance_on(const Mark& mark) { return mark.is_start ? 0 : mark.distance ? mark.distance : kNowhere; }

  Mark& mark_of(Tracked& node);
  void attach(Mark& mark, Mark& from, uint32_t distance);
  void detach(Mark& mark);
  void doubt(Mark& mark);
  void doubt_followers(Mark& mark);
  void drop_unsupported(const Graph&);
  Mark* support(const Graph&, const Node&, uint32_t distance);
  void offer(Mark& from, Mark& to);
  void offer_from(const Graph&, Mark& mark);     // to all its neighbours
  void offer_to(const Graph&, Mark& mark);       // from all its neighbours
  void offer_along(const Graph&, ByteView source, ByteView target);
  void take_offers(const Graph&);

  const WalkRule rule_;
  WalkRule back_;                      // the other way round
  Held& held_;
  std::unordered_map<const Tracked*, Mark> marks_;
  std::vector<Mark*> moved_, lost_, widened_;    // widened: what leads on from it is to be offered
  std::vector<const TouchedLinks::Ends*> links_;
  std::priority_queue<Offer> offers_, doubts_;   // of a doubt only `distance` and `to`
};

}  // namespace weft::query
