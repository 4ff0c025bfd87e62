// Local writes. Each is planned against the graph, stamped, and enters through ingest().
#include <unordered_map>

#include "base/limits.h"
#include "base/pack.h"
#include "core/replica_state.h"
#include "value/utf8.h"
#include "value/value.h"

namespace weft {

// One entry of a batch, checked; the views lie in the caller's bytes.
struct Command {
  Kind kind = Kind::kClear;   // kCreate stands for put
  ByteView id, label, target;
  size_t value_at = 0, value_size = 0;   // in the batch's `values`; 0 bytes: none
};

// All values stand in one buffer, canonical: a batch of many nodes is no thousand allocations.
struct Batch {
  std::vector<Command> commands;
  Buffer values;
  bool links = false;         // whether what exists midway matters

  ByteView value(const Command& command) const {
    return ByteView(values).substr(command.value_at, command.value_size);
  }
};

namespace {

Status check_id(ByteView id, const char* name) {
  if (id.empty()) return make_error(Code::kInvalidId, std::string(name) + " is empty", name);
  if (id.size() > limits::kMaxIdBytes)
    return make_error(Code::kInvalidId, std::string(name) + " is longer than 1,024 bytes", name);
  if (!is_utf8(id)) return make_error(Code::kInvalidId, std::string(name) + " is not UTF-8", name);
  return ok_status();
}

Status check_ends(ByteView source, ByteView label, ByteView target) {
  if (Status checked = check_id(source, "source"); !checked) return checked;
  if (Status checked = check_id(target, "target"); !checked) return checked;
  if (label.size() > limits::kMaxLabelBytes)
    return make_error(Code::kInvalidArgument, "label is longer than 256 bytes", "label");
  if (!is_utf8(label)) return make_error(Code::kInvalidArgument, "label is not UTF-8", "label");
  return ok_status();
}

Error at_entry(const Error& error, size_t index) {
  std::string path = "batch[" + std::to_string(index) + "]";
  if (!error.path.empty() && error.path[0] != '[') path += '.';
  return make_error(error.code, error.message, path + error.path);
}

Error misshapen() { return make_error(Code::kInvalidArgument, "a batch entry is not a known command"); }

Status read_value(Unpacker& in, Command& command, Buffer& values) {
  ByteView value;
  if (!in.skip(&value)) return make_error(Code::kInvalidValue, "value is not MessagePack", "value");
  command.value_at = values.size();
  if (Status checked = canonicalize(value, values); !checked) return checked;
  command.value_size = values.size() - command.value_at;
  return ok_status();
}

Status read_link(Unpacker& in, uint32_t size, bool with_value, Command& command, Buffer& values) {
  if (size != (with_value ? 5u : 4u) || !in.str(command.id) || !in.str(command.label) || !in.str(command.target))
    return misshapen();
  if (Status checked = check_ends(command.id, command.label, command.target); !checked) return checked;
  return with_value && !in.nil() ? read_value(in, command, values) : ok_status();
}

Status read_command(Unpacker& in, Command& command, Buffer& values) {
  uint32_t size = 0;
  uint64_t kind = 0;
  if (!in.array(size) || size == 0 || !in.uint(kind)) return misshapen();
  command.kind = static_cast<Kind>(kind);
  switch (kind) {
    case 1:
      if (size != 3 || !in.str(command.id)) return misshapen();
      if (Status checked = check_id(command.id, "id"); !checked) return checked;
      return read_value(in, command, values);
    case 4: return size == 2 && in.str(command.id) ? check_id(command.id, "id") : Status(misshapen());
    case 5: return size == 1 ? ok_status() : Status(misshapen());
    case 6: return read_link(in, size, true, command, values);
    case 7: return read_link(in, size, false, command, values);
    default: return misshapen();
  }
}

// Which nodes exist after the commands before. The ids lie in the caller's bytes.
class Existence {
 public:
  explicit Existence(const Graph& graph) : graph_(graph) {}
  bool of(ByteView id) const {
    const auto found = changed_.find(id);
    if (found != changed_.end()) return found->second;
    return !cleared_ && graph_.find(id) != nullptr;
  }
  void set(ByteView id, bool exists) { changed_[id] = exists; }
  void clear() {
    changed_.clear();
    cleared_ = true;
  }

 private:
  const Graph& graph_;
  std::unordered_map<ByteView, bool> changed_;
  bool cleared_ = false;
};

}  // namespace

bool Replica::State::write(OperationRef operation) {
  if (!operation) return false;
  ingest(operation, Origin{Source::kOwn}, true);
  return true;
}

Status Replica::State::put(ByteView id, ByteView value) {
  if (Status checked = check_id(id, "id"); !checked) return checked;
  scratch_.clear();
  if (Status checked = canonicalize(value, scratch_); !checked) return checked;
  write(graph_.plan_put(id, scratch_, options_.node_writer, clock_.now(wall_ms_)));
  return ok_status();
}

Result<bool> Replica::State::remove(ByteView id) {
  if (Status checked = check_id(id, "id"); !checked) return checked.error();
  return write(graph_.plan_remove(id, clock_.now(wall_ms_)));
}

Result<bool> Replica::State::link(ByteView source, ByteView label, ByteView target, ByteView value) {
  if (Status checked = check_ends(source, label, target); !checked) return checked.error();
  scratch_.clear();
  if (!value.empty())
    if (Status checked = canonicalize(value, scratch_); !checked) return checked.error();
  Result<OperationRef> planned = graph_.plan_link(source, label, target, scratch_, clock_.now(wall_ms_));
  if (!planned) return planned.error();
  return write(std::move(*planned));
}

Result<bool> Replica::State::unlink(ByteView source, ByteView label, ByteView target) {
  if (Status checked = check_ends(source, label, target); !checked) return checked.error();
  return write(graph_.plan_unlink(source, label, target, clock_.now(wall_ms_)));
}

bool Replica::State::clear() { return write(graph_.plan_clear(clock_.now(wall_ms_))); }

// The whole list is checked before the first command runs, so that none can fail halfway.
Status Replica::State::batch(ByteView bytes) {
  Unpacker in(bytes);
  uint32_t size = 0;
  if (!in.array(size)) return make_error(Code::kInvalidArgument, "a batch is an array of commands", "batch");
  Batch batch;
  batch.commands.resize(size);
  batch.values.reserve(bytes.size());
  for (size_t i = 0; i < size; ++i) {
    if (Status read = read_command(in, batch.commands[i], batch.values); !read) return at_entry(read.error(), i);
    batch.links = batch.links || batch.commands[i].kind == Kind::kLink;
  }
  if (!in.at_end()) return make_error(Code::kInvalidArgument, "bytes follow the batch", "batch");
  if (Status checked = check_links(batch); !checked) return checked;
  for (const Command& command : batch.commands) run(command, batch.value(command));
  return ok_status();
}

Status Replica::State::check_links(const Batch& batch) const {
  if (!batch.links) return ok_status();
  Existence exists(graph_);
  for (size_t i = 0; i < batch.commands.size(); ++i) {
    const Command& command = batch.commands[i];
    switch (command.kind) {
      case Kind::kRemove: exists.set(command.id, false); break;
      case Kind::kClear: exists.clear(); break;
      case Kind::kLink:
        if (!exists.of(command.id))
          return at_entry(make_error(Code::kNodeNotFound, "the source of the link does not exist", "source"), i);
        if (!exists.of(command.target))
          return at_entry(make_error(Code::kNodeNotFound, "the target of the link does not exist", "target"), i);
        break;
      case Kind::kUnlink: break;
      default: exists.set(command.id, true);
    }
  }
  return ok_status();
}

void Replica::State::run(const Command& command, ByteView value) {
  const Stamp stamp = clock_.now(wall_ms_);
  switch (command.kind) {
    case Kind::kRemove: write(graph_.plan_remove(command.id, stamp)); break;
    case Kind::kClear: write(graph_.plan_clear(stamp)); break;
    case Kind::kUnlink: write(graph_.plan_unlink(command.id, command.label, command.target, stamp)); break;
    case Kind::kLink: {
      Result<OperationRef> planned =
          graph_.plan_link(command.id, command.label, command.target, value, stamp);
      WEFT_CHECK(planned.ok());  // check_links saw to it
      write(std::move(*planned));
      break;
    }
    default: write(graph_.plan_put(command.id, value, options_.node_writer, stamp));
  }
}

}  // namespace weft
