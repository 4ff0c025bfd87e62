// NodeWatch: get(id, callback).
#pragma once
#include "query/watch.h"

namespace weft::query {

class NodeWatch final : public Watch {
 public:
  NodeWatch(Tracking& tracking, uint32_t its_subscription, ByteView id)
      : Watch(tracking, its_subscription), node_(held_.add(id)) {}
  Status start(Round& round) override;
  void refresh(Round& round) override;
  bool meets(const Graph&, const Node&) const override { return true; }

 private:
  Tracked& node_;
  bool was_there_ = false;   // as it was told
};

}  // namespace weft::query
