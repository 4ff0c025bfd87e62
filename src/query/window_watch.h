// WindowWatch: a live query with `$limit`, `$skip` or cursors.
#pragma once
#include "query/window.h"

namespace weft::query {

class WindowWatch final : public Watch, private Ordered {
 public:
  WindowWatch(Tracking& tracking, uint32_t its_subscription, Query query);
  Status start(Round& round) override;
  void refresh(Round& round) override;
  bool meets(const Graph& graph, const Node& node) const override { return query_.matches(graph, node); }

 private:
  Place place(const Graph&, const Node&) const override;
  Result<std::vector<const Node*>> first(const Round&, size_t limit) override;

  Query query_;
  Window window_;
};

}  // namespace weft::query
