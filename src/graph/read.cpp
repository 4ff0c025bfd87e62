// What a user sees of the graph. Reading restores lazily kept orders, and changes nothing else.
#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "graph/state.h"

namespace weft {
namespace {

struct DigestHash {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

}  // namespace

const Node* Graph::find(ByteView id) const {
  const Node* node = state_->find(id);
  return node && node->exists ? node : nullptr;
}

size_t Graph::node_count() const { return state_->order.size(); }
ByteView Graph::id(const Node& node) { return node.id(); }
void Graph::value(const Node& node, Buffer& out) const { node.upserts.materialise(out); }

ByteView Graph::value_view(const Node& node, Buffer& scratch) const {
  if (node.upserts.is_whole()) return node.upserts.whole();
  scratch.clear();
  node.upserts.materialise(scratch);
  return scratch;
}

ValueView Graph::field(const Node& node, ByteView top_level_name) const { return node.upserts.field(top_level_name); }

void Graph::for_each_field(const Node& node, const std::function<void(ByteView, const ValueView&)>& visit) const {
  if (!node.upserts.is_map()) return;
  for (FieldCursor field(node.upserts); field.more(); field.next()) visit(field.name(), ValueView(field.value()));
}

Stamp Graph::timestamp(const Node& node) const { return node.upserts.timestamp(); }
Stamp Graph::created(const Node& node) const { return node.created(); }

// The targets are collected before the first call, so that a callback may walk on from them.
void Graph::for_each_edge(const Node& node, const std::function<void(ByteView target)>& visit) const {
  if (!node.links || node.links->out.empty()) return;
  std::vector<const Node*> targets;
  const uint32_t walk = ++state_->walk;
  for (const Link* link : node.links->out.in_order()) {
    const Node* target = link->target;
    if (!link->is_set() || !target->exists || target->seen == walk) continue;
    target->seen = walk;
    targets.push_back(target);
  }
  for (const Node* target : targets) visit(target->id());
}

void Graph::for_each_link(ByteView id, Direction direction, const std::optional<Buffer>& label,
                          const std::function<void(const LinkView&)>& visit) const {
  const Node* node = find(id);
  if (!node || !node->links) return;
  std::vector<const Link*> links;
  const auto take = [&](const Link* link, bool to_itself_too) {
    if (!link->is_set() || !link->source->exists || !link->target->exists) return;
    if (!to_itself_too && link->source == link->target) return;
    if (!label || link->operation->label() == *label) links.push_back(link);
  };
  if (direction != Direction::kIn)
    for (const Link* link : node->links->out.in_order()) take(link, true);
  if (direction != Direction::kOut)
    for (const Link* link : node->links->in.in_order()) take(link, direction == Direction::kIn);
  if (direction == Direction::kAny)
    std::sort(links.begin(), links.end(), [](const Link* a, const Link* b) { return precedes(*a->operation, *b->operation); });
  for (const Link* link : links) {
    const Operation& o = *link->operation;
    visit(LinkView{link->source->id(), link->target->id(), o.label(), o.value(), o.stamp()});
  }
}

void Graph::for_each_node(const std::function<void(const Node&)>& visit) const {
  for (const Node* node : state_->order.in_order()) visit(*node);
}

uint32_t Graph::slot(const Node& node) { return node.slot; }
bool Graph::exists(const Node& node) { return node.exists; }
uint32_t Graph::slot_count() const { return static_cast<uint32_t>(state_->by_slot.size()); }
uint32_t Graph::version(const Node& node) { return node.version; }

const Node* Graph::at(uint32_t slot) const {
  const Node* node = state_->by_slot[slot];
  return node && node->exists ? node : nullptr;
}

const Node& Graph::in_creation_order(size_t number) const { return *state_->order.in_order()[number]; }

size_t Graph::creation_number(const Node& node) const {
  state_->order.in_order();
  return node.order_index;
}

bool Graph::created_before(const Node& a, const Node& b) const { return state_->order.before(a, b); }

Stamp Graph::removed_at(ByteView id) const { return state_->removed_at(state_->find(id)); }

bool Graph::is_live(const Stamp& stamp) const { return state_->live.find(stamp) != nullptr; }
bool Graph::is_live(const Operation& operation) const { return state_->holds(operation); }
OperationRef Graph::live(const Stamp& stamp) const { return OperationRef(state_->live.find(stamp)); }

std::vector<OperationRef> Graph::live_in_stamp_order() const {
  const auto& all = state_->live.in_stamp_order();
  std::vector<OperationRef> refs;
  refs.reserve(all.size());
  for (const Operation* operation : all) refs.emplace_back(operation);
  return refs;
}

std::vector<OperationRef> Graph::live_in_any_order() const {
  if (state_->live.is_in_order()) return live_in_stamp_order();
  std::vector<OperationRef> refs;
  refs.reserve(state_->live.size());
  state_->live.for_each([&](const Operation& operation) { refs.emplace_back(&operation); });
  return refs;
}

std::vector<OperationRef> Graph::live_among(const std::vector<Digest>& digests) const {
  std::vector<OperationRef> found;
  if (digests.empty()) return found;
  const std::unordered_set<Digest, DigestHash> wanted(digests.begin(), digests.end());
  state_->live.for_each([&](const Operation& operation) { if (wanted.count(operation.digest()) != 0) found.emplace_back(&operation); });
  std::sort(found.begin(), found.end(), [](const OperationRef& a, const OperationRef& b) { return precedes(*a, *b); });
  return found;
}

// Looked up where its kind would stand, which does not depend on the number of live operations.
bool Graph::State::holds(const Operation& operation) {
  const auto is_it = [&](const Operation* held) { return held && held->bytes() == operation.bytes(); };
  if (operation.kind() == Kind::kClear) return is_it(cleared.operation);
  const Node* node = find(operation.id());
  if (!node) return false;
  if (operation.kind() == Kind::kRemove) return is_it(node->tombstone.operation);
  if (is_upsert(operation.kind())) return is_it(node->upserts.find_like(operation));
  const Node* target = find(operation.target());
  const Link* link = target ? find_link(*node, operation.label(), *target) : nullptr;
  return link && is_it(link->operation);
}

size_t Graph::live_count() const { return state_->live.size(); }
Fingerprint Graph::fingerprint() const { return state_->live.fingerprint(); }
size_t Graph::undigested() const { return state_->live.undigested(); }
void Graph::digest_some(size_t most) const { state_->live.digest_some(most); }
void Graph::observe_digests(DigestObserver* observer) { state_->live.observe(observer); }
void Graph::observe_changes(ChangeObserver* observer) { state_->observer = observer; }

GraphCounts Graph::counts() const {
  const LiveSet& live = state_->live;
  GraphCounts counts;
  counts.nodes = node_count();
  counts.links = live.count(Kind::kLink);
  counts.live_operations = live.size();
  counts.removes = live.count(Kind::kRemove);
  counts.unlinks = live.count(Kind::kUnlink);
  counts.clears = live.count(Kind::kClear);
  for (Kind kind : {Kind::kRemove, Kind::kUnlink, Kind::kClear}) counts.tombstone_bytes += live.bytes(kind);
  counts.live_bytes = counts.tombstone_bytes;
  for (Kind kind : {Kind::kCreate, Kind::kPatch, Kind::kReplace, Kind::kLink}) counts.live_bytes += live.bytes(kind);
  return counts;
}

}  // namespace weft
