// Replica: one open database as a deterministic machine. Three things go in (commands, bytes from
// elsewhere, the time) and one comes out (effects). It never calls out, has no clock, socket, timer
// or thread; one seed replays everything.
//
// Invariants: 1. Every operation enters through ingest(), whatever brought it. 2. The watermark and
// the oplog move only after the graph did. 3. A command either happens whole or changes nothing.
// 4. Nothing is sent or persisted that was not applied (except what a store owner keeps for another
// tab). 5. `wall_ms` is passed in with every input.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "graph/graph.h"
#include "index/indexes.h"
#include "query/live_queries.h"
#include "query/platform.h"
#include "query/query.h"

namespace weft {

struct ReplicaOptions {
  uint64_t replica_id = 0;          // random, new at every open, never 0
  uint64_t hash_seed = 0;           // random and told to nobody, or ids could be chosen that collide
  bool node_writer = false;         // merge: "node"
  bool replace_full_state = false;  // fullState: "replace"
  bool reconcile = true;            // false: not offered
  size_t oplog_size = 1000;
  uint64_t max_drift_ms = 0;        // as given; defaults come from base/limits.h
  size_t compress_above = 512;
  uint64_t prove_after_ms = 1000;
  size_t part_operations = limits::kPartOperations;   // of a full state, at once
  index::Settings index{};          // what is kept for queries, and when
  const query::Platform* platform = nullptr;   // not owned; null: no $regex, and $text folds only ASCII
};

using LinkId = uint32_t;            // chosen by the host, never 0
inline constexpr LinkId kTabBroadcast = 0;   // as the target of a Send: every other tab, one post

struct LinkOptions {
  bool tab = false;                 // the other end is a tab of the same origin and database
  bool bridge = false;              // its operations are relayed to peers (a tab without rtc of its own)
};

enum class EffectKind : uint8_t {
  kPersist = 1,   // payload: journal bytes to append; time_ms 1: they hold a whole state, packed
  kSend = 2,      // target: link; payload: one message
  // One round of events. payload, little-endian: [u32 count] [u32 subscription][u32 place << 2 | Action]×count [node]…,
  // each node [id, value|nil, edges, physical, logical] in MessagePack, in the order in which events first name them
  kEvents = 3,
  // target: ticket; payload: [mode, [operation summary…], [previous state…]]. mode: live, deltaSync, syncReceive,
  // reconcile, tab or import; summary: [kind, id|nil, value or fields|nil, deleted|nil, label|nil, target|nil,
  // physical, logical, replica as hex]; state: as get() gives it, of each node named that exists
  kJudge = 4,
  kWake = 5,      // time_ms: call tick() then (each Wake replaces the one before)
  kNotice = 6,    // payload: [code name, message, details map]; for debug logs and status
  kSyncChange = 7,// target: link whose status changed (0: the replica's own)
  kDropLink = 8,  // target: link the host must close; payload: [code name, message]
  kPauseLink = 9, // target: link to stop reading (time_ms 1) or read on (time_ms 0)
  kReset = 10,    // the graph was replaced, or the journal's end was torn: compact it (snapshot) before appending
};
enum class Action : uint8_t { kInitial = 0, kAdded = 1, kUpdated = 2, kRemoved = 3 };

struct Effect {
  EffectKind kind;
  uint32_t target = 0;
  uint64_t time_ms = 0;
  Buffer payload;
};

class Replica {
 public:
  explicit Replica(const ReplicaOptions&);
  ~Replica();

  // ---- commands (local writes); `wall_ms` is the host's clock
  Status put(ByteView id, ByteView value, uint64_t wall_ms);                 // value: writer's MessagePack
  Result<bool> remove(ByteView id, uint64_t wall_ms);                        // false: there was none
  Result<bool> link(ByteView source, ByteView label, ByteView target, ByteView value, uint64_t wall_ms);
  Result<bool> unlink(ByteView source, ByteView label, ByteView target, uint64_t wall_ms);
  Result<bool> clear(uint64_t wall_ms);
  // All or nothing. `commands`: MessagePack array of arrays, the forms
  //   ["put", id, value] ["remove", id] ["link", source, label, target, value|nil] ["unlink", s, l, t] ["clear"]
  // encoded with a small integer for the name: 1 put, 4 remove, 5 clear, 6 link, 7 unlink (as Kind).
  // One message, one record, one round of events. Error path: "batch[i]…".
  Status batch(ByteView commands, uint64_t wall_ms);

  // ---- reads
  // Appends [id, value, [edges…], physical, logical]; false: no such node.
  Result<bool> get(ByteView id, Buffer& out) const;
  // As get() and map(), for a host that keeps what it has read (core/held.h): appends a frame of nodes.
  // `generation`, never 0: another one than last time says that the host has dropped all it kept.
  Result<bool> get_held(ByteView id, uint32_t generation, Buffer& out) const;
  Status map_held(ByteView query_json, uint32_t generation, Buffer& out) const;
  // Appends an array of [source, target, label, value|nil, physical, logical].
  Status links(ByteView id, Direction, const std::optional<Buffer>& label, Buffer& out) const;
  // Appends an array of [id, value, [edges…], physical, logical] in result order.
  Status map(ByteView query_json, Buffer& out) const;
  // Runs the query and appends, as JSON, how: { way, fields, counted, asked, found, inOrder, nodes, made }.
  Status explain(ByteView query_json, Buffer& out) const;
  // Keeps the nodes sorted by this field or dot path from now on. Errors: INVALID_ARGUMENT.
  Status index(ByteView field);
  Result<uint64_t> count(ByteView query_json) const;  // of the nodes that map() would give
  // Events `initial` for each match are queued at once. Returns the subscription (never 0).
  Result<uint32_t> subscribe(ByteView query_json);
  Result<uint32_t> subscribe_node(ByteView id);      // get(id, callback): initial even when null
  void unsubscribe(uint32_t subscription);

  // ---- whole states
  Buffer export_state() const;                        // the live set in stamp order: equal graphs, equal bytes
  // As a link whose only message is this: judged like a peer's. Returns the ticket's id (see verdict),
  // 0 when it is done already. Completion of a judged one is told by Notice ["IMPORTED", …, {ticket, applied}].
  Result<uint32_t> import_state(ByteView bytes, uint64_t wall_ms);
  // The same in slices: the number of the import, which is its ticket's when it comes to be judged.
  Result<uint32_t> begin_import(ByteView bytes, uint64_t wall_ms);
  // One slice. False: nothing is left to do but perhaps a verdict. Errors: as of import_state; nothing was changed then.
  Result<bool> next_import(uint32_t number, uint64_t wall_ms);
  uint32_t import_progress(uint32_t number) const;    // thousandths; 1,000: it is applied
  void drop_import(uint32_t number);                  // nothing of it is applied
  Result<uint64_t> restore(ByteView bytes, uint64_t wall_ms);   // nodes and links written anew; how many

  // ---- the journal
  Status load(ByteView rows_in_order);                // any number of calls, a byte stream; then
  Status load_end(uint64_t wall_ms);                  // torn tail: Notice; elsewhere CORRUPT_STORE and nothing changed
  Buffer snapshot() const;                            // a whole journal that holds the present state
  // The same, and export_state(), in slices, of the state as it is now: their number, for next_slice() until that gives
  // false. What is persisted from now on belongs behind the snapshot.
  uint32_t begin_snapshot();
  uint32_t begin_export();
  Result<bool> next_slice(uint32_t number, Buffer& out);   // appends one, perhaps empty; false: that was the last
  uint64_t slices_left(uint32_t number) const;        // operations that are not written yet
  void drop_slices(uint32_t number);
  // While true, operations that arrive by a tab link are persisted at receipt, whatever a judge says.
  void set_store_owner(bool owner);

  // ---- links
  Status link_open(LinkId, const LinkOptions&, uint64_t wall_ms);   // sends our sync
  void link_close(LinkId);
  // Any bytes. A refusal is counted, noticed and answered by kDropLink; the graph is as it was.
  void receive(LinkId, ByteView message, uint64_t wall_ms);
  // Whether all has come that the other end held when the link opened, and the first `messages` that were received were
  // taken up: what they brought is applied, being judged, or refused. Of a link that is not there: true.
  bool has_taken(LinkId, uint64_t messages) const;
  void tick(uint64_t wall_ms);                                      // when a Wake is due, or later

  // ---- judging
  void set_judge(bool registered);
  // `keep`: one byte (0 or 1) for each operation of the ticket; wrong length: all are dropped, noticed.
  Status verdict(uint32_t ticket, ByteView keep, uint64_t wall_ms);

  // ---- effects
  // Ends the unit: runs live queries over what changed and queues their events. Call it at the end of
  // the microtask. Returns whether anything other than records and messages is pending.
  bool settle(uint64_t wall_ms);
  uint64_t pending_bytes() const;                     // of records and messages held back
  uint64_t live_bytes() const;                        // of the live operations
  // Takes what is queued. `with_outgoing` false leaves Persist and Send where they are: operations of
  // several microtasks then go out as one message and one record.
  std::vector<Effect> take_effects(bool with_outgoing, uint64_t wall_ms);

  // ---- status (JSON text; shapes in docs/protocol.md, "Status")
  Buffer status_json() const;
  Buffer sync_status_json() const;
  const Graph& graph() const;
  uint64_t replica_id() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weft
