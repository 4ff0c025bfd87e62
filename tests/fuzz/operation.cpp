// One operation: what is accepted has this one text, its parts give it back, and it can be applied.
#include "log/operation.h"

#include "graph/graph.h"
#include "targets.h"
#include "value/value.h"

namespace weft::fuzz {
namespace {

OperationRef made_of_its_parts(const Operation& operation) {
  const Stamp& stamp = operation.stamp();
  switch (operation.kind()) {
    case Kind::kCreate: return Operation::create(stamp, operation.id(), operation.fields(), operation.deleted());
    case Kind::kPatch: return Operation::patch(stamp, operation.id(), operation.fields(), operation.deleted());
    case Kind::kReplace: return Operation::replace(stamp, operation.id(), operation.value(), operation.created());
    case Kind::kRemove: return Operation::remove(stamp, operation.id());
    case Kind::kClear: return Operation::clear(stamp);
    case Kind::kLink:
      return Operation::link(stamp, operation.id(), operation.label(), operation.target(), operation.value());
    case Kind::kUnlink: return Operation::unlink(stamp, operation.id(), operation.label(), operation.target());
  }
  WEFT_CHECK(false);
  return {};
}

// Alone in a graph an operation is live, and a node it makes has a canonical value.
void apply_alone(const OperationRef& operation) {
  Graph graph;
  WEFT_CHECK(graph.apply(operation, nullptr) == Applied::kChanged);
  WEFT_CHECK(graph.apply(operation, nullptr) == Applied::kKnown);
  WEFT_CHECK(graph.live_count() == 1 && graph.is_live(*operation));
  const Node* node = operation->kind() == Kind::kClear ? nullptr : graph.find(operation->id());
  if (!node) return;
  Buffer value;
  graph.value(*node, value);
  const Result<size_t> size = check_value(value, true);
  WEFT_CHECK(size.ok() && *size == value.size());
}

}  // namespace

void operation(ByteView input) {
  Result<OperationRef> decoded = Operation::decode(input);
  ByteView rest = input;
  Result<OperationRef> first = Operation::decode_next(rest);
  if (!first) {
    WEFT_CHECK(rest == input && !decoded.ok());
    return;
  }
  const Operation& held = **first;
  WEFT_CHECK(held.bytes() == input.substr(0, input.size() - rest.size()));
  WEFT_CHECK(decoded.ok() == rest.empty());
  const OperationRef made = made_of_its_parts(held);
  WEFT_CHECK(made->bytes() == held.bare());
  WEFT_CHECK((made->digest() == held.digest()) == held.author().empty());
  WEFT_CHECK(Operation::decode(held.bytes()).value()->digest() == held.digest());
  apply_alone(*first);
}

}  // namespace weft::fuzz
