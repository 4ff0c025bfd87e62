// What a writer's command becomes: the least powerful operation that says what its writer did, or
// none when it changes nothing (data-model.md, "Upserts: create, patch, replace").
#include "base/limits.h"
#include "base/pack.h"
#include "graph/state.h"

namespace weft {
namespace {

bool is_map(ByteView value) { return ValueView(value).type() == Type::kMap; }

// The entries of a map or the names of an array, gathered before their count is known.
struct Gathered {
  uint32_t count = 0;
  Buffer entries;
  void add_name(ByteView name) {
    ++count;
    pack_str(entries, name);
  }
  void add_field(ByteView name, ByteView value) {
    add_name(name);
    entries.append(value);
  }
  Buffer as_map() const {
    Buffer out;
    pack_map(out, count);
    return out += entries;
  }
  Buffer as_array() const {
    Buffer out;
    pack_array(out, count);
    return out += entries;
  }
};

struct Difference {
  Gathered given;     // fields that changed or were added
  Gathered deleted;   // names that are shown but not wanted
};

// One walk along what is shown and what is wanted; both are in name order.
Difference difference(FieldCursor shown, ByteView wanted_map) {
  Difference found;
  auto wanted = ValueView(wanted_map).begin();
  while (shown.more() || wanted.more()) {
    const bool only_shown = !wanted.more() || (shown.more() && shown.name() < wanted.name());
    const bool only_wanted = !only_shown && (!shown.more() || wanted.name() < shown.name());
    if (only_shown) {
      found.deleted.add_name(shown.name());
    } else if (only_wanted || shown.value() != wanted.value_bytes()) {
      found.given.add_field(wanted.name(), wanted.value_bytes());
    }
    if (!only_wanted) shown.next();
    if (!only_shown) wanted.next();
  }
  return found;
}

}  // namespace

OperationRef Graph::plan_put(ByteView id, ByteView value, bool node_writer, const Stamp& stamp) const {
  const Node* node = state_->find(id);
  const bool exists = node && node->exists;
  const Stamp created = exists ? node->upserts.created() : kNoStamp;
  const bool whole = exists && node->upserts.is_whole();
  if (whole && node->upserts.whole() == value) return nullptr;
  if (!is_map(value) || (exists && !node->upserts.is_map())) return Operation::replace(stamp, id, value, created);
  if (!node || node->upserts.empty()) {
    return node_writer ? Operation::replace(stamp, id, value, kNoStamp) : Operation::create(stamp, id, value, {});
  }
  if (node_writer && !exists) return Operation::replace(stamp, id, value, kNoStamp);
  const Difference found = difference(FieldCursor(node->upserts), value);
  if (exists && found.given.count == 0 && found.deleted.count == 0) return nullptr;
  // Too many names to delete can only come from values that others united here.
  const bool too_large = found.deleted.entries.size() > limits::kMaxValueBytes - 8;
  if (node_writer || too_large) return Operation::replace(stamp, id, value, created);
  if (!exists) return Operation::create(stamp, id, value, found.deleted.as_array());
  return Operation::patch(stamp, id, found.given.as_map(), found.deleted.as_array());
}

OperationRef Graph::plan_remove(ByteView id, const Stamp& stamp) const {
  return find(id) ? Operation::remove(stamp, id) : nullptr;
}

// Always an operation: it also removes what others wrote before it and have not sent yet.
OperationRef Graph::plan_clear(const Stamp& stamp) const { return Operation::clear(stamp); }

Result<OperationRef> Graph::plan_link(ByteView source, ByteView label, ByteView target, ByteView value,
                                      const Stamp& stamp) const {
  const Node *from = find(source), *to = find(target);
  if (!from) return make_error(Code::kNodeNotFound, "the source of the link does not exist", "source");
  if (!to) return make_error(Code::kNodeNotFound, "the target of the link does not exist", "target");
  const Link* link = state_->find_link(*from, label, *to);
  if (link && link->is_set() && link->operation->value() == value) return OperationRef();
  return Operation::link(stamp, source, label, target, value);
}

OperationRef Graph::plan_unlink(ByteView source, ByteView label, ByteView target, const Stamp& stamp) const {
  const Node *from = find(source), *to = find(target);
  const Link* link = from && to ? state_->find_link(*from, label, *to) : nullptr;
  return link && link->is_set() ? Operation::unlink(stamp, source, label, target) : nullptr;
}

}  // namespace weft
