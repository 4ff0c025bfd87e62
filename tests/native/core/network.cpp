#include "core/network.h"

#include <algorithm>

#include "sync/message.h"

namespace weft::test {
namespace {

const std::vector<std::string> kIds{"m", "n", "p"};
const std::vector<std::string> kFields{"a", "b", "c"};

// The node's value with one field set to `value`.
Buffer changed(const Graph& graph, ByteView id, const std::string& field, uint64_t value) {
  const Node* node = graph.find(id);
  std::vector<std::pair<Buffer, Buffer>> fields;
  for (const std::string& name : kFields) {
    if (name == field) fields.push_back({name, number(value)});
    else if (node && graph.field(*node, name).type() != Type::kMissing)
      fields.push_back({name, Buffer(graph.field(*node, name).bytes())});
  }
  return map_of(fields);
}

}  // namespace

Network::Network(uint64_t seed, const Setting& setting) : setting_(setting), rng_(seed) {
  const uint64_t count = 2 + rng_.below(4);
  for (uint64_t number = 1; number <= count; ++number) {
    Peer& made = peers_[number];
    made.number = number;
    const std::vector<int64_t> skews{0, 0, 0, 35, -35};
    made.skew = setting.skew ? rng_.pick(skews) * static_cast<int64_t>(kStep) : 0;
    open(made);
  }
}

void Network::open(Peer& peer) {
  ReplicaOptions options;
  options.replica_id = peer.replica_id = next_id_++ * 16 + peer.number;
  options.node_writer = peer.number == 2;
  options.replace_full_state = setting_.replace;
  options.oplog_size = setting_.window;
  options.max_drift_ms = kDrift;
  options.reconcile = setting_.ranges && peer.number != 3;
  options.compress_above = 200;
  options.prove_after_ms = kProveAfter;
  peer.replica = std::make_unique<Replica>(options);
  peer.replica->set_judge(setting_.judges || setting_.refusals);
  peer.tickets.clear();
  peer.wake_ms.reset();
  peer.made = 0;
}

// What a process that ended leaves behind is its journal; the rest starts anew, under a new id.
void Network::restart(Peer& peer) {
  for (const uint64_t other : std::set<uint64_t>(peer.links)) cut(peer.number, other);
  const Fingerprint before = peer.replica->graph().fingerprint();
  open(peer);
  const size_t half = peer.journal.size() / 2;
  const bool fed = peer.replica->load(ByteView(peer.journal).substr(0, half)).ok() &&
                   peer.replica->load(ByteView(peer.journal).substr(half)).ok() &&
                   peer.replica->load_end(wall(peer)).ok();
  if (!fed) outcome_.wrong.push_back("a journal could not be read");
  if (peer.replica->graph().fingerprint() != before) outcome_.wrong.push_back("a restart changed the graph");
  if (rng_.chance(30)) peer.journal = peer.replica->snapshot();
  collect(peer);
}

void Network::collect(Peer& peer) {
  for (const Effect& effect : peer.replica->take_effects(true, wall(peer))) perform(peer, effect);
}

void Network::perform(Peer& peer, const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::kSend:
      if (peer.links.count(effect.target) == 0) break;
      ++outcome_.messages[message_name(static_cast<MessageType>(effect.payload[1]))];
      wires_[{peer.number, effect.target}].push_back(effect.payload);
      break;
    case EffectKind::kPersist: peer.journal += effect.payload; break;
    case EffectKind::kReset: break;  // a compaction that comes late or never
    case EffectKind::kWake: peer.wake_ms = effect.time_ms; break;
    case EffectKind::kJudge: {
      Unpacker in(effect.payload);
      uint32_t size = 0, operations = 0;
      ByteView mode;
      WEFT_CHECK(in.array(size) && in.str(mode) && in.array(operations));
      peer.tickets[effect.target] = operations;
      break;
    }
    case EffectKind::kDropLink:
      outcome_.wrong.push_back("a link was dropped: " + effect.payload);
      cut(peer.number, effect.target);
      break;
    default: break;
  }
}

void Network::connect(uint64_t a, uint64_t b) {
  if (peers_.at(a).links.count(b)) return;
  peers_.at(a).links.insert(b);
  peers_.at(b).links.insert(a);
  for (const auto& [from, to] : {Wire{a, b}, Wire{b, a}}) {
    Peer& peer = peers_.at(from);
    WEFT_CHECK(peer.replica->link_open(static_cast<LinkId>(to), LinkOptions{}, wall(peer)).ok());
    collect(peer);
  }
}

void Network::cut(uint64_t a, uint64_t b) {
  if (peers_.at(a).links.count(b) == 0) return;
  for (const auto& [from, to] : {Wire{a, b}, Wire{b, a}}) {
    peers_.at(from).links.erase(to);
    peers_.at(from).replica->link_close(static_cast<LinkId>(to));
    wires_[{from, to}].clear();
  }
}

bool Network::deliver_one() {
  std::vector<Wire> ready;
  for (const auto& [wire, queue] : wires_)
    if (!queue.empty()) ready.push_back(wire);
  if (ready.empty()) return false;
  const Wire wire = rng_.pick(ready);
  const Buffer message = std::move(wires_[wire].front());
  wires_[wire].pop_front();
  Peer& peer = peers_.at(wire.second);
  peer.replica->receive(static_cast<LinkId>(wire.first), message, wall(peer));
  collect(peer);
  return true;
}

// A judge answers in any order; now and then it forgets one, which then times out.
void Network::judge(Peer& peer, bool draining) {
  while (!peer.tickets.empty() && (draining || rng_.chance(40))) {
    const auto ticket = std::next(peer.tickets.begin(), static_cast<long>(rng_.below(peer.tickets.size())));
    const uint32_t id = ticket->first;
    Buffer keep(ticket->second, 1);
    peer.tickets.erase(ticket);
    if (rng_.chance(4)) continue;
    if (setting_.refusals)
      for (char& each : keep) each = rng_.chance(15) ? 0 : 1;
    (void)peer.replica->verdict(id, keep, wall(peer));  // an error: its link is gone
    collect(peer);
  }
}

void Network::tick(Peer& peer) {
  if (!peer.wake_ms || wall(peer) < *peer.wake_ms) return;
  peer.wake_ms.reset();
  peer.replica->tick(wall(peer));
  collect(peer);
}

void Network::pass(uint64_t ms) {
  now_ms_ += ms;
  for (auto& [number, peer] : peers_) tick(peer);
}

void Network::note_written(Peer& peer) {
  for (const OperationRef& operation : peer.replica->graph().live_in_stamp_order()) {
    const Stamp& stamp = operation->stamp();
    if (stamp.replica != peer.replica_id || stamp.clock <= peer.made) continue;
    peer.made = stamp.clock;
    reference_.apply(operation, nullptr);
  }
}

void Network::write(Peer& peer) {
  Replica& replica = *peer.replica;
  const std::string& id = rng_.pick(kIds);
  const uint64_t draw = rng_.below(100), now = wall(peer);
  if (draw < 70) {
    const Buffer value = rng_.chance(92) ? changed(replica.graph(), id, rng_.pick(kFields), rng_.below(1000))
                                         : number(rng_.below(1000));
    WEFT_CHECK(replica.put(id, value, now).ok());
  } else if (draw < 83) {
    WEFT_CHECK(replica.remove(id, now).ok());
  } else if (draw < 92) {
    (void)replica.link(id, "", rng_.pick(kIds), {}, now);  // an error: an end is missing
  } else if (draw < 98) {
    WEFT_CHECK(replica.unlink(id, "", rng_.pick(kIds), now).ok());
  } else {
    WEFT_CHECK(replica.clear(now).ok());
  }
  note_written(peer);
  collect(peer);
}

std::vector<Network::Wire> Network::edges() const {
  std::vector<Wire> edges;
  const uint64_t count = peers_.size();
  for (uint64_t a = 1; a <= count; ++a)
    for (uint64_t b = a + 1; b <= count; ++b) {
      if (setting_.topology == Topology::kChain && b != a + 1) continue;
      if (setting_.topology == Topology::kStar && a != 1) continue;
      edges.push_back({a, b});
    }
  return edges;
}

// Delivers everything and lets time pass until nothing is under way and nobody has to be woken.
bool Network::drain() {
  for (unsigned round = 0; round < 4000; ++round) {
    unsigned delivered = 0;
    for (bool busy = true; busy;) {
      busy = deliver_one();
      for (auto& [number, peer] : peers_) {
        busy = busy || !peer.tickets.empty();
        judge(peer, true);
      }
      if (++delivered > 20'000) return false;
    }
    std::optional<uint64_t> next;
    for (const auto& [number, peer] : peers_) {
      if (!peer.wake_ms) continue;
      const uint64_t at = *peer.wake_ms - static_cast<uint64_t>(peer.skew);
      next = next ? std::min(*next, at) : at;
    }
    if (!next) return true;
    pass(*next > now_ms_ ? *next - now_ms_ : 0);
  }
  return false;
}

bool Network::equal() const {
  for (const auto& [number, peer] : peers_)
    if (peer.replica->graph().fingerprint() != peers_.begin()->second.replica->graph().fingerprint()) return false;
  return true;
}

bool Network::all_proved() const {
  for (const auto& [number, peer] : peers_) {
    const Buffer status = peer.replica->sync_status_json();
    if (status.find("\"state\":\"stale\"") != Buffer::npos || status.find("\"state\":\"settled\"") != Buffer::npos)
      return false;
  }
  return true;
}

void Network::check_at_rest(bool quiet) {
  if (!quiet) outcome_.wrong.push_back("never quiet");
  for (const auto& [a, b] : edges()) {
    const Fingerprint of_a = peers_.at(a).replica->graph().fingerprint();
    if (of_a == peers_.at(b).replica->graph().fingerprint()) continue;
    if (peers_.at(a).replica->sync_status_json().find("\"state\":\"proved\"") != Buffer::npos && peers_.size() == 2)
      outcome_.wrong.push_back("false \"in sync\" at rest");
  }
  if (!quiet || setting_.refusals) return;
  if (!equal()) outcome_.wrong.push_back("not equal at rest");
  else if (!all_proved()) outcome_.wrong.push_back("equal but not proved");
  if (setting_.replace || !equal()) return;
  if (peers_.at(1).replica->graph().fingerprint() != reference_.fingerprint())
    outcome_.wrong.push_back("equal but not the live set of what was written");
}

Outcome Network::run() {
  const std::vector<Wire> wires = edges();
  const auto any_peer = [this]() -> Peer& { return peers_.at(1 + rng_.below(peers_.size())); };
  const uint64_t steps = 10 + rng_.below(setting_.steps);
  for (uint64_t step = 0; step < steps; ++step) {
    const uint64_t draw = rng_.below(100);
    const Wire wire = rng_.pick(wires);
    if (draw < 38) write(any_peer());
    else if (draw < 48) connect(wire.first, wire.second);
    else if (draw < 56) cut(wire.first, wire.second);
    else if (draw < 59 && setting_.restarts) restart(any_peer());
    else if (draw < 66) pass(kProveAfter);  // rest, with messages under way
    else for (uint64_t left = rng_.below(7); left > 0; --left) deliver_one();
    for (auto& [number, peer] : peers_) judge(peer, false);
    pass(rng_.below(3) * kStep);
  }
  for (const auto& [a, b] : wires) connect(a, b);
  check_at_rest(drain());
  return outcome_;
}

}  // namespace weft::test
