#include "core/outbox.h"

#include <iterator>
#include <utility>

namespace weft {

void Outbox::put(EffectKind kind, uint32_t target, Buffer payload, uint64_t time_ms) {
  effects_.push_back(Effect{kind, target, time_ms, std::move(payload)});
}

void Outbox::put_outgoing(EffectKind kind, uint32_t target, Buffer payload, uint64_t time_ms) {
  outgoing_bytes_ += payload.size();
  outgoing_.push_back(Effect{kind, target, time_ms, std::move(payload)});
}

void Outbox::add(const OperationRef& operation, bool journal, bool peers, bool tabs) {
  const size_t bytes = operation->bytes().size();
  if (journal) unit_.journal.push_back(operation);
  if (peers) unit_.peers.push_back(operation);
  if (tabs) unit_.tabs.push_back(operation);
  unit_bytes_ += bytes * (size_t{journal} + size_t{peers} + size_t{tabs});
}

OpenUnit Outbox::take_unit() {
  unit_bytes_ = 0;
  return std::exchange(unit_, OpenUnit());
}

std::vector<Effect> Outbox::take(bool with_outgoing) {
  std::vector<Effect> taken = std::exchange(effects_, {});
  if (!with_outgoing) return taken;
  taken.insert(taken.end(), std::make_move_iterator(outgoing_.begin()), std::make_move_iterator(outgoing_.end()));
  outgoing_.clear();
  outgoing_bytes_ = 0;
  return taken;
}

}  // namespace weft
