#include "core/replica.h"

#include "core/replica_state.h"

namespace weft {

Replica::State::State(const ReplicaOptions& options)
    : options_(options),
      indexes_(options.index),
      graph_(options.hash_seed),
      clock_(options.replica_id),
      oplog_(options.oplog_size),
      quarantine_(options.max_drift_ms),
      rest_(options.prove_after_ms),
      texts_(options.platform),
      queries_(options.hash_seed, &indexes_) {
  WEFT_CHECK(options.replica_id != 0);
  graph_.observe_changes(&indexes_);
}

Replica::Replica(const ReplicaOptions& options) : state_(std::make_unique<State>(options)) {}
Replica::~Replica() = default;

Status Replica::put(ByteView id, ByteView value, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->put(id, value);
}

Result<bool> Replica::remove(ByteView id, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->remove(id);
}

Result<bool> Replica::link(ByteView source, ByteView label, ByteView target, ByteView value, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->link(source, label, target, value);
}

Result<bool> Replica::unlink(ByteView source, ByteView label, ByteView target, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->unlink(source, label, target);
}

Result<bool> Replica::clear(uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->clear();
}

Status Replica::batch(ByteView commands, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->batch(commands);
}

Result<bool> Replica::get(ByteView id, Buffer& out) const {
  const Node* node = state_->graph_.find(id);
  if (node) state_->pack_node(*node, out);
  return node != nullptr;
}

Result<bool> Replica::get_held(ByteView id, uint32_t generation, Buffer& out) const {
  const Node* node = state_->graph_.find(id);
  if (node) state_->pack_frame({node}, generation, out);
  return node != nullptr;
}

Status Replica::map_held(ByteView query_json, uint32_t generation, Buffer& out) const {
  return state_->map_held(query_json, generation, out);
}

Status Replica::links(ByteView id, Direction direction, const std::optional<Buffer>& label, Buffer& out) const {
  return state_->links(id, direction, label, out);
}

Result<uint64_t> Replica::count(ByteView query_json) const { return state_->count(query_json); }
Status Replica::map(ByteView query_json, Buffer& out) const { return state_->map(query_json, out); }
Status Replica::explain(ByteView query_json, Buffer& out) const { return state_->explain(query_json, out); }
Status Replica::index(ByteView field) { return state_->index(field); }
Result<uint32_t> Replica::subscribe(ByteView query_json) { return state_->subscribe(query_json); }
Result<uint32_t> Replica::subscribe_node(ByteView id) { return state_->subscribe_node(id); }
void Replica::unsubscribe(uint32_t subscription) { state_->queries_.remove(subscription); }

Buffer Replica::export_state() const { return state_->export_state(); }

Result<uint32_t> Replica::import_state(ByteView bytes, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->import_state(bytes);
}

Result<uint32_t> Replica::begin_import(ByteView bytes, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->begin_import(bytes);
}

Result<bool> Replica::next_import(uint32_t number, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->next_import(number);
}

uint32_t Replica::import_progress(uint32_t number) const { return state_->import_progress(number); }
void Replica::drop_import(uint32_t number) { state_->drop_import(number); }

Result<uint64_t> Replica::restore(ByteView bytes, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->restore(bytes);
}

Status Replica::load(ByteView rows_in_order) { return state_->load(rows_in_order); }

Status Replica::load_end(uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->load_end();
}

Buffer Replica::snapshot() const { return state_->snapshot(); }
uint32_t Replica::begin_snapshot() { return state_->begin_snapshot(); }
uint32_t Replica::begin_export() { return state_->begin_slices(slice_file(state_->graph_.live_in_any_order())); }
Result<bool> Replica::next_slice(uint32_t number, Buffer& out) { return state_->next_slice(number, out); }
uint64_t Replica::slices_left(uint32_t number) const { return state_->slices_left(number); }
void Replica::drop_slices(uint32_t number) { state_->slices_.erase(number); }
void Replica::set_store_owner(bool owner) { state_->store_owner_ = owner; }

Status Replica::link_open(LinkId link, const LinkOptions& options, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->link_open(link, options);
}

void Replica::link_close(LinkId link) { state_->link_close(link); }

bool Replica::has_taken(LinkId link, uint64_t messages) const { return state_->has_taken(link, messages); }

void Replica::receive(LinkId link, ByteView message, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  state_->receive(link, message);
}

void Replica::tick(uint64_t wall_ms) {
  state_->set_time(wall_ms);
  state_->tick();
}

void Replica::set_judge(bool registered) { state_->judge_ = registered; }

Status Replica::verdict(uint32_t ticket, ByteView keep, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->verdict(ticket, keep);
}

bool Replica::settle(uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->settle();
}

uint64_t Replica::pending_bytes() const { return state_->outbox_.pending_bytes(); }
uint64_t Replica::live_bytes() const { return state_->graph_.counts().live_bytes; }

std::vector<Effect> Replica::take_effects(bool with_outgoing, uint64_t wall_ms) {
  state_->set_time(wall_ms);
  return state_->take_effects(with_outgoing);
}

Buffer Replica::status_json() const { return state_->status_json(); }
Buffer Replica::sync_status_json() const { return state_->sync_status_json(); }
const Graph& Replica::graph() const { return state_->graph_; }
uint64_t Replica::replica_id() const { return state_->options_.replica_id; }

}  // namespace weft
