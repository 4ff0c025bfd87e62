// The core's door (docs/boundary.md): raw entry points for what carries bytes, one Embind class for
// the rest.
//
// Invariants
// 1. No exception, container or callback crosses. What goes wrong is a negative number, minus the
//    code of base/result.h, and [message, path] in the outbox.
// 2. The inbox holds a command's arguments during its call; the outbox holds a result until the next
//    call of any kind. Both give their memory back after something huge.
// 3. A handle that is not (or no longer) one gives CLOSED.
#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <exception>
#include <memory>
#include <vector>

#include "base/pack.h"
#include "base/sha256.h"
#include "core/replica.h"
#include "value/value.h"
#include "arguments.h"
#include "commands.h"
#include "platform.h"

namespace weft::wasm {
namespace {

constexpr size_t kKeptBytes = size_t{4} << 20;   // a scratch buffer larger than this is given back

Buffer inbox;
Buffer outbox;

// Index = handle - 1. A closed one stays null: handles are not used again.
std::vector<Replica*> replicas;

Replica* find(uint32_t handle) {
  return handle - 1 < replicas.size() ? replicas[handle - 1] : nullptr;
}

uint64_t wall(double now) { return now > 0 ? static_cast<uint64_t>(now) : 0; }

void give_back(Buffer& buffer) {
  if (buffer.capacity() > kKeptBytes) Buffer().swap(buffer);
  buffer.clear();
}

// Out of line, as the two below: they stand in every call.
[[gnu::noinline]] int fail(const Error& error) {
  outbox.clear();
  pack_array(outbox, 2);
  pack_str(outbox, error.message);
  pack_str(outbox, error.path);
  return -static_cast<int>(error.code);
}

int answer(const Status& status) { return status.ok() ? 0 : fail(status.error()); }
int answer(const Result<bool>& result) { return result.ok() ? int{*result} : fail(result.error()); }
template <class T>
int answer_number(const Result<T>& result) {
  return result.ok() ? static_cast<int>(*result) : fail(result.error());
}
int answer(Buffer bytes) {
  outbox = std::move(bytes);
  return 0;
}

[[gnu::noinline]] int closed() { return fail(make_error(Code::kClosed, "the database is closed")); }
[[gnu::noinline]] int thrown(const char* what) { return fail(make_error(Code::kInternal, what)); }

// The one place where exceptions of the libraries underneath end.
template <class Body>
int guarded(uint32_t handle, Body body) {
  try {
    Replica* replica = find(handle);
    return replica ? body(*replica) : closed();
  } catch (const std::exception& error) {
    return thrown(error.what());
  } catch (...) {
    return thrown("an unknown exception");
  }
}

int links(Replica& replica, Arguments& in) {
  const ByteView id = in.counted();
  const auto direction = static_cast<Direction>(in.u8());
  std::optional<Buffer> label;
  if (!in.whole()) label = Buffer(in.counted());
  return answer(replica.links(id, direction, label, outbox));
}

int link(Replica& replica, Arguments& in, uint64_t now) {
  const ByteView source = in.counted(), label = in.counted(), target = in.counted();
  return answer(replica.link(source, label, target, in.rest(), now));
}

int unlink(Replica& replica, Arguments& in, uint64_t now) {
  const ByteView source = in.counted(), label = in.counted(), target = in.counted();
  return answer(replica.unlink(source, label, target, now));
}

int put(Replica& replica, Arguments& in, uint64_t now) {
  const ByteView id = in.counted();
  return answer(replica.put(id, in.rest(), now));
}

int get(Replica& replica, Arguments& in) {
  const ByteView id = in.counted();
  return answer(replica.get_held(id, in.u32(), outbox));
}

int map(Replica& replica, Arguments& in) {
  const uint32_t generation = in.u32();
  return answer(replica.map_held(in.rest(), generation, outbox));
}

// The content-addressed id of a value.
int hash(ByteView value) {
  Buffer canonical;
  if (const Status status = canonicalize(value, canonical); !status) return fail(status.error());
  for (const uint8_t byte : sha256(canonical)) {
    outbox += "0123456789abcdef"[byte >> 4];
    outbox += "0123456789abcdef"[byte & 15];
  }
  return 0;
}

int receive(Replica& replica, Arguments& in, uint64_t now) {
  const LinkId from = in.u32();
  replica.receive(from, in.rest(), now);
  return 0;
}

int verdict(Replica& replica, Arguments& in, uint64_t now) {
  const uint32_t ticket = in.u32();
  return answer(replica.verdict(ticket, in.rest(), now));
}

int dispatch(Replica& replica, Command command, Arguments& in, uint64_t now) {
  switch (command) {
    case Command::kPut: return put(replica, in, now);
    case Command::kGet: return get(replica, in);
    case Command::kRemove: return answer(replica.remove(in.counted(), now));
    case Command::kLink: return link(replica, in, now);
    case Command::kUnlink: return unlink(replica, in, now);
    case Command::kClear: return answer(replica.clear(now));
    case Command::kBatch: return answer(replica.batch(in.rest(), now));
    case Command::kLinks: return links(replica, in);
    case Command::kMap: return map(replica, in);
    case Command::kSubscribe: return answer_number(replica.subscribe(in.rest()));
    case Command::kSubscribeNode: return answer_number(replica.subscribe_node(in.counted()));
    case Command::kExport: return answer(replica.export_state());
    case Command::kImport: return answer_number(replica.import_state(in.rest(), now));
    case Command::kRestore: return answer_number(replica.restore(in.rest(), now));
    case Command::kLoad: return answer(replica.load(in.rest()));
    case Command::kSnapshot: return answer(replica.snapshot());
    case Command::kReceive: return receive(replica, in, now);
    case Command::kVerdict: return verdict(replica, in, now);
    case Command::kHash: return hash(in.rest());
    case Command::kCount: return answer_number(replica.count(in.rest()));
    case Command::kExplain: return answer(replica.explain(in.rest(), outbox));
    case Command::kBeginImport: return answer_number(replica.begin_import(in.rest(), now));
    case Command::kIndex: return answer(replica.index(in.rest()));
  }
  return fail(make_error(Code::kInternal, "an unknown command"));
}

template <class T>
void append_number(Buffer& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// [u8 kind][u8 0][u16 0][u32 target][f64 time][u32 length][payload]
constexpr size_t kEffectHead = 20;
void append_effect(const Effect& effect) {
  append_number(outbox, static_cast<uint32_t>(effect.kind));
  append_number(outbox, effect.target);
  append_number(outbox, static_cast<double>(effect.time_ms));
  append_number(outbox, static_cast<uint32_t>(effect.payload.size()));
  outbox.append(effect.payload);
}

}  // namespace

extern "C" {

// What was written before is kept: a value that needs more room goes on where it was.
EMSCRIPTEN_KEEPALIVE char* weft_inbox(uint32_t bytes) {
  if (inbox.size() < bytes) inbox.resize(bytes);
  return inbox.data();
}

EMSCRIPTEN_KEEPALIVE const char* weft_outbox() { return outbox.data(); }
EMSCRIPTEN_KEEPALIVE uint32_t weft_outbox_length() { return static_cast<uint32_t>(outbox.size()); }

EMSCRIPTEN_KEEPALIVE int weft_call(uint32_t handle, uint32_t command, uint32_t length, double now) {
  give_back(outbox);
  const int result = guarded(handle, [&](Replica& replica) {
    if (length > inbox.size()) return fail(make_error(Code::kInternal, "longer than the inbox"));
    Arguments in(ByteView(inbox.data(), length));
    return dispatch(replica, static_cast<Command>(command), in, wall(now));
  });
  if (inbox.capacity() > kKeptBytes) Buffer().swap(inbox);
  return result;
}

EMSCRIPTEN_KEEPALIVE int weft_drain(uint32_t handle, int with_outgoing, double now) {
  give_back(outbox);
  return guarded(handle, [&](Replica& replica) {
    const bool pending = replica.settle(wall(now));
    if (!pending && !with_outgoing) return 0;
    const std::vector<Effect> effects = replica.take_effects(with_outgoing != 0, wall(now));
    size_t bytes = 0;
    for (const Effect& effect : effects) bytes += kEffectHead + effect.payload.size();
    outbox.reserve(bytes);
    for (const Effect& effect : effects) append_effect(effect);
    return static_cast<int>(outbox.size());
  });
}

EMSCRIPTEN_KEEPALIVE double weft_pending_bytes(uint32_t handle) {
  const Replica* replica = find(handle);
  return replica ? static_cast<double>(replica->pending_bytes()) : 0;
}

EMSCRIPTEN_KEEPALIVE double weft_live_bytes(uint32_t handle) {
  const Replica* replica = find(handle);
  return replica ? static_cast<double>(replica->live_bytes()) : 0;
}

}  // extern "C"

namespace {

// What `weft(name, options)` decides for the core, already checked there.
struct Options {
  uint32_t replica_high = 0, replica_low = 0, seed_high = 0, seed_low = 0;
  bool node_writer = false, replace_full_state = false, reconcile = true;
  uint32_t oplog_size = 0, compress_above = 0;
  double max_drift_ms = 0, prove_after_ms = 0;
  uint32_t index_from = 0, index_after = 0;   // of tests, see index::Settings
};

ReplicaOptions native(const Options& options) {
  ReplicaOptions native;
  native.replica_id = uint64_t{options.replica_high} << 32 | options.replica_low;
  native.hash_seed = uint64_t{options.seed_high} << 32 | options.seed_low;
  native.node_writer = options.node_writer;
  native.replace_full_state = options.replace_full_state;
  native.reconcile = options.reconcile;
  native.oplog_size = options.oplog_size;
  native.compress_above = options.compress_above;
  native.max_drift_ms = wall(options.max_drift_ms);
  native.prove_after_ms = wall(options.prove_after_ms);
  native.index.least_nodes = options.index_from;
  native.index.sort_after = options.index_after;
  native.platform = &js_platform();
  return native;
}

// One replica and its handle; deleting it frees everything and makes the handle give CLOSED.
class Door {
 public:
  explicit Door(const Options& options) : replica_(native(options)) {
    replicas.push_back(&replica_);
    handle_ = static_cast<uint32_t>(replicas.size());
  }
  ~Door() { replicas[handle_ - 1] = nullptr; }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  uint32_t handle() const { return handle_; }
  int load_end(double now) {
    return call([&](Replica& replica) { return answer(replica.load_end(wall(now))); });
  }
  int set_store_owner(bool owner) {
    return call([&](Replica& replica) { return replica.set_store_owner(owner), 0; });
  }
  int set_judge(bool registered) {
    return call([&](Replica& replica) { return replica.set_judge(registered), 0; });
  }
  int link_open(uint32_t link, bool tab, bool bridge, double now) {
    return call([&](Replica& replica) {
      LinkOptions options;
      options.tab = tab;
      options.bridge = bridge;
      return answer(replica.link_open(link, options, wall(now)));
    });
  }
  int link_close(uint32_t link) {
    return call([&](Replica& replica) { return replica.link_close(link), 0; });
  }
  int has_taken(uint32_t link, double messages) {
    return call([&](Replica& replica) { return int{replica.has_taken(link, static_cast<uint64_t>(messages))}; });
  }
  int unsubscribe(uint32_t subscription) {
    return call([&](Replica& replica) { return replica.unsubscribe(subscription), 0; });
  }
  int tick(double now) {
    return call([&](Replica& replica) { return replica.tick(wall(now)), 0; });
  }
  // Slices: their number; then one after the other in the outbox, 0: that was the last.
  int begin_snapshot() {
    return call([](Replica& replica) { return static_cast<int>(replica.begin_snapshot()); });
  }
  int begin_export() {
    return call([](Replica& replica) { return static_cast<int>(replica.begin_export()); });
  }
  int next_slice(uint32_t number) {
    return call([&](Replica& replica) { return answer(replica.next_slice(number, outbox)); });
  }
  int slices_left(uint32_t number) {
    return call([&](Replica& replica) { return static_cast<int>(replica.slices_left(number)); });
  }
  int drop_slices(uint32_t number) {
    return call([&](Replica& replica) { return replica.drop_slices(number), 0; });
  }
  // 1: more is to be done.
  int next_import(uint32_t number, double now) {
    return call([&](Replica& replica) { return answer(replica.next_import(number, wall(now))); });
  }
  int import_progress(uint32_t number) {
    return call([&](Replica& replica) { return static_cast<int>(replica.import_progress(number)); });
  }
  int drop_import(uint32_t number) {
    return call([&](Replica& replica) { return replica.drop_import(number), 0; });
  }
  // JSON in the outbox; 0, or an error.
  int status() {
    return call([&](Replica& replica) { return answer(replica.status_json()); });
  }
  int sync_status() {
    return call([&](Replica& replica) { return answer(replica.sync_status_json()); });
  }

 private:
  template <class Body>
  int call(Body body) {
    give_back(outbox);
    return guarded(handle_, body);
  }
  Replica replica_;
  uint32_t handle_ = 0;
};

}  // namespace

EMSCRIPTEN_BINDINGS(weft) {
  emscripten::value_object<Options>("Options")
      .field("replicaHigh", &Options::replica_high)
      .field("replicaLow", &Options::replica_low)
      .field("seedHigh", &Options::seed_high)
      .field("seedLow", &Options::seed_low)
      .field("nodeWriter", &Options::node_writer)
      .field("replaceFullState", &Options::replace_full_state)
      .field("reconcile", &Options::reconcile)
      .field("oplogSize", &Options::oplog_size)
      .field("compressAbove", &Options::compress_above)
      .field("maxDriftMs", &Options::max_drift_ms)
      .field("proveAfterMs", &Options::prove_after_ms)
      .field("indexFrom", &Options::index_from)
      .field("indexAfter", &Options::index_after);
  emscripten::class_<Door>("Replica")
      .constructor<const Options&>()
      .function("handle", &Door::handle)
      .function("loadEnd", &Door::load_end)
      .function("setStoreOwner", &Door::set_store_owner)
      .function("setJudge", &Door::set_judge)
      .function("linkOpen", &Door::link_open)
      .function("linkClose", &Door::link_close)
      .function("hasTaken", &Door::has_taken)
      .function("unsubscribe", &Door::unsubscribe)
      .function("tick", &Door::tick)
      .function("beginSnapshot", &Door::begin_snapshot)
      .function("beginExport", &Door::begin_export)
      .function("nextSlice", &Door::next_slice)
      .function("slicesLeft", &Door::slices_left)
      .function("dropSlices", &Door::drop_slices)
      .function("nextImport", &Door::next_import)
      .function("importProgress", &Door::import_progress)
      .function("dropImport", &Door::drop_import)
      .function("status", &Door::status)
      .function("syncStatus", &Door::sync_status);
}

}  // namespace weft::wasm
