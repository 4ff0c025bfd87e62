// EdgeWatch: a live query with `$edge`. Keeps where each of its walks leads; the matches of one are the
// starts of the next, those of the last the result.
#pragma once
#include "query/reach.h"
#include "query/window.h"

namespace weft::query {

class EdgeWatch final : public Watch, private Ordered {
 public:
  EdgeWatch(Tracking& tracking, uint32_t its_subscription, Query query);
  Status start(Round& round) override;
  void refresh(Round& round) override;
  bool meets(const Graph& graph, const Node& node) const override { return query_.matches(graph, node); }
  bool follows_links() const override { return true; }

 private:
  Place place(const Graph&, const Node&) const override;
  Result<std::vector<const Node*>> first(const Round&, size_t limit) override;
  void move_starts();
  // Brings all walks up to date; what that changed in the result.
  std::vector<Change> walk_on(Round&);
  void end_round();

  Query query_;
  std::vector<std::unique_ptr<Reach>> reaches_;   // one for each walk
  std::optional<Window> window_;
};

}  // namespace weft::query
