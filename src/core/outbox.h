// Outbox: what waits to leave the core. Effects for the host at once, outgoing ones (records and
// messages) that may be held back, and the operations of the open unit, which become one record and
// one live message when the unit is closed.
#pragma once
#include <cstdint>
#include <vector>

#include "core/replica.h"
#include "store/fields.h"

namespace weft {

// Operations applied since the unit was last closed, by where they go.
struct OpenUnit {
  Operations journal, peers, tabs;
  bool empty() const { return journal.empty() && peers.empty() && tabs.empty(); }
};

class Outbox {
 public:
  void put(EffectKind kind, uint32_t target, Buffer payload, uint64_t time_ms = 0);
  void put_outgoing(EffectKind kind, uint32_t target, Buffer payload, uint64_t time_ms = 0);
  void add(const OperationRef& operation, bool journal, bool peers, bool tabs);
  OpenUnit take_unit();
  bool unit_is_open() const { return !unit_.empty(); }
  bool has_effects() const { return !effects_.empty(); }
  uint64_t pending_bytes() const { return unit_bytes_ + outgoing_bytes_; }
  // Effects first, then, if asked for, what goes out; each in the order in which it was put.
  std::vector<Effect> take(bool with_outgoing);

 private:
  std::vector<Effect> effects_, outgoing_;
  OpenUnit unit_;
  uint64_t unit_bytes_ = 0, outgoing_bytes_ = 0;
};

}  // namespace weft
