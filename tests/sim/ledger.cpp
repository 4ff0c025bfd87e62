#include "ledger.h"

namespace weft::sim {
namespace {

std::string text_of(const Stamp& stamp) {
  return std::to_string(stamp.physical_ms()) + "." + std::to_string(stamp.logical()) + " of replica " + std::to_string(stamp.replica);
}

}  // namespace

bool Ledger::made(uint32_t peer, const OperationRef& operation) {
  if (!made_.insert({operation->stamp(), Entry{operation, peer, false}}).second) return false;
  by_peer_[peer].push_back(operation->stamp());
  held_[peer].apply(operation, nullptr);
  return true;
}

bool Ledger::knows(const Operation& operation) const {
  const auto found = made_.find(operation.stamp());
  return found != made_.end() && found->second.operation->bytes() == operation.bytes();
}

bool Ledger::holds(uint32_t peer, const Graph& graph) {
  Graph& held = held_[peer];
  for (const OperationRef& operation : graph.live_in_stamp_order()) held.apply(operation, nullptr);
  return held.fingerprint() == graph.fingerprint();
}

bool Ledger::has_seen(uint32_t peer, const Stamp& stamp) {
  const auto found = made_.find(stamp);
  return found != made_.end() && !changed(held_[peer].apply(found->second.operation, nullptr));
}

void Ledger::begins_anew(uint32_t peer, const Graph& graph, bool something_lost) {
  Graph& held = held_[peer] = Graph();
  for (const OperationRef& operation : graph.live_in_stamp_order()) held.apply(operation, nullptr);
  if (!something_lost) return;
  for (const Stamp& stamp : by_peer_[peer]) made_.at(stamp).lost = true;
  by_peer_[peer].clear();
}

std::string Ledger::invented(const Graph& graph) const {
  for (const OperationRef& operation : graph.live_in_stamp_order())
    if (!knows(*operation)) return text_of(operation->stamp());
  return {};
}

std::vector<OperationRef> Ledger::due(const Graph& graph) const {
  std::vector<OperationRef> all = graph.live_in_stamp_order();
  for (const auto& entry : made_)
    if (!entry.second.lost) all.push_back(entry.second.operation);
  return all;
}

}  // namespace weft::sim
