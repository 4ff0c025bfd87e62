// The inside of a Replica. One object, its work split over files by what comes in:
// commands.cpp, ingest.cpp, judging.cpp, links.cpp, handshake.cpp, full_state.cpp, parts.cpp, sending.cpp,
// reconcile.cpp, aside.cpp, turns.cpp, journal.cpp, slices.cpp, transfer.cpp, importing.cpp, reads.cpp, effects.cpp, status.cpp.
#pragma once
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "clock/hybrid_clock.h"
#include "core/aside.h"
#include "core/file_reader.h"
#include "core/held.h"
#include "core/judging.h"
#include "core/outbox.h"
#include "core/quarantine.h"
#include "core/replica.h"
#include "core/rest_timer.h"
#include "core/slices.h"
#include "log/oplog.h"
#include "query/texts.h"
#include "store/journal.h"
#include "sync/live_ranges.h"
#include "sync/negentropy.h"
#include "sync/planner.h"
#include "sync/session.h"

namespace weft {

struct Command;   // commands.cpp: one entry of a batch, and the whole of it
struct Batch;

// Of `held` (in order) what is not among `sent`.
Operations only_held(const Operations& held, Operations sent);

struct Importing {
  explicit Importing(Buffer file) : reader(std::move(file)) {}
  FileReader reader;
  Staging staging;             // whole: all is read, and is being applied
};

struct Replica::State {
  explicit State(const ReplicaOptions& options);

  // ---- commands.cpp
  Status put(ByteView id, ByteView value);
  Result<bool> remove(ByteView id);
  Result<bool> link(ByteView source, ByteView label, ByteView target, ByteView value);
  Result<bool> unlink(ByteView source, ByteView label, ByteView target);
  bool clear();
  Status batch(ByteView commands);
  Status check_links(const Batch& batch) const;
  bool write(OperationRef operation);                // null: nothing to do
  void run(const Command& command, ByteView value);

  // ---- ingest.cpp: the one door
  bool ingest(const OperationRef& operation, const Origin& origin, bool log);  // whether the live set changed
  void ingest_all(const Operations& operations, const Origin& origin);
  bool is_premature(const Stamp& stamp) const;
  void hold(const OperationRef& operation, const Origin& origin);
  void release_quarantine();
  void report_conflict(const Operation& operation, bool changed);
  bool may_report();
  void fingerprint_moved();

  // ---- judging.cpp
  uint32_t consider(uint32_t link, Message message, uint32_t number = 0);   // the ticket, 0: done already
  std::vector<size_t> unheld(const Operations& operations) const;
  void persist_at_receipt(Ticket& ticket);
  void emit_judge(uint32_t id, const Ticket& ticket);
  Status verdict(uint32_t id, ByteView keep);
  void close_ticket(uint32_t id);                              // discarded
  void expire(uint32_t id);
  void expire_tickets();
  void finish(uint32_t link, Message& message, const Origin& origin);
  void resume(uint32_t link);
  Origin origin_of(uint32_t link) const;

  // ---- links.cpp
  Status link_open(LinkId id, const LinkOptions& link_options);
  void send_greeting(Session& session);
  void link_close(LinkId id);
  bool has_taken(LinkId id, uint64_t messages) const;
  void hear(Session& session);
  void receive(LinkId id, ByteView bytes);
  void park(Session& session, ByteView bytes);
  void process(LinkId id, ByteView bytes);
  bool is_out_of_turn(const Session& session, const Message& message) const;
  bool bear_with(Session& session);
  bool accept_peer(Session& session, uint64_t replica);
  void refuse(Session& session, const Error& error);
  void drop(Session& session, const Error& error);
  void send(Session& session, const Message& message);
  void broadcast_live(const Operations& operations, bool tabs);
  Session* find_session(LinkId id);
  size_t open_links(bool tabs) const { return tabs ? tab_links_ : peer_links_; }

  // ---- handshake.cpp
  Claim claim() const;
  SyncFields sync_fields() const;
  void send_sync(Session& session, uint8_t round, bool asks);
  void on_sync(Session& session, const SyncFields& theirs);
  void on_delta(Session& session, const Message& delta, const Origin& origin);
  void on_request(Session& session);
  void send_delta(Session& session, const Stamp& watermark);
  void set_mark(Session& session, bool proved);
  void forget_mark(Session& session);
  void forget_marks();
  void end_exchange(Session& session, Exchange& exchange, const Message& theirs);
  bool asks_for_proof(const Session& session) const;
  void prove_after_rest();

  // ---- full_state.cpp
  bool affords(Session& session, uint64_t cost);
  void send_full(Session& session, bool in_place);
  void on_whole(Session& session, const Message& full);
  void on_full(Session& session, const Message& full, const Origin& origin);
  void on_back(Session& session, const Message& back, const Origin& origin);
  void on_done(Session& session, const Message& done);
  bool is_replaced_by(const Session& session, const Message& full) const;
  void replace_graph(const Operations& operations, const Origin& origin);
  void merge_full(const Message& full, const Origin& origin);

  // ---- parts.cpp
  bool accept_first(Session& session, const Message& full);
  bool accept_next(Session& session, const Message& part);
  void stage_first(Session& session, Message full);
  void stage_next(Session& session, Message part);
  void stage(Session& session, Message part);
  void apply_staged(Session& session);
  Staging take_staging(Session& session);
  void give_up_staging(Session& session);
  void expire_staging();

  // ---- sending.cpp
  void begin_sending(Session& session, Sending sending);
  void send_next(Session& session);
  bool send_some();
  static Operations take_piece(Sending& sending, size_t most, size_t bytes);
  void send_next_part(Session& session);
  void send_next_piece(Session& session);
  void conclude(Session& session, Message& last);
  void send_back(Session& session, uint64_t exchange, Operations operations);
  void on_more(Session& session, const Message& more, const Origin& origin);
  bool more_is_out_of_turn(const Session& session, const Message& more) const;
  void lose_some(Session& session, uint64_t exchange);

  // ---- aside.cpp
  bool begin_aside();
  Staging& staging_of(const Aside& aside);
  bool build_aside();
  void apply_aside(const Operations& operations, size_t& next);
  void merge_run(const Operations& theirs, const PackedRun& run);
  void pack_aside(const Buffer& columns);
  Buffer part_for_tabs(uint64_t number, const Buffer& columns, bool last) const;
  void compare_aside(const Operations& theirs);
  void exchange_aside();
  void show_aside(Aside& aside);
  void log_aside(const Aside& aside, const Message& full);
  void persist_aside(Aside& aside);
  void tell_tabs(Aside& aside);
  Operations back_of(Aside& aside) const;
  void persist_staged(Session& session);

  // ---- turns.cpp
  bool has_work() const;
  void work();                                                 // one piece
  bool retire_graph();
  bool fingerprint_is_behind() const;
  bool digest_slice();
  bool build_ranges();
  bool waits_to_greet(const Session& session) const;
  bool greet();
  bool may_resume(const Session& session) const;
  bool resume_one();
  bool keeps_waiting(const Session& session) const;

  // ---- reconcile.cpp
  bool both_reconcile(const Session& session) const;
  bool has_ranges();
  void await_ranges(Session& session, ByteView bytes);
  void start_reconcile(Session& session);
  void send_ranges(Session& session, uint64_t exchange, Buffer bytes);
  void on_ranges(Session& session, const Message& message);
  void answer_ranges(Session& session, const Message& message);
  void send_difference(Session& session);
  void on_difference(Session& session, const Message& difference, const Origin& origin);

  // ---- journal.cpp
  Status load(ByteView bytes);
  Status load_end();
  void make_room(const Journal& journal);
  void adopt(const Journal& journal);
  void restore_window(const Journal& journal);
  std::unique_ptr<Slices> snapshot_slices() const;
  uint32_t begin_snapshot();
  Buffer snapshot() const;
  void append_record(const Operations& operations, bool reset);
  void persist(Buffer records, bool whole_state);

  // ---- slices.cpp
  uint32_t begin_slices(std::unique_ptr<Slices> slices);       // their number
  Result<bool> next_slice(uint32_t number, Buffer& out);       // false: that was the last
  size_t slices_left(uint32_t number) const;                   // operations that are not written yet

  // ---- transfer.cpp
  Buffer export_state() const;
  Result<uint32_t> import_state(ByteView bytes);
  Result<uint64_t> restore(ByteView bytes);

  // ---- importing.cpp
  Result<uint32_t> begin_import(ByteView file);
  Result<bool> next_import(uint32_t number);
  Result<bool> begin_applying(Importing& import);
  Result<bool> finish_reading(uint32_t number);
  uint32_t import_progress(uint32_t number) const;
  void drop_import(uint32_t number);

  // ---- reads.cpp
  void pack_node(const Node& node, Buffer& out, const Query* shown_by = nullptr) const;   // null: all of its value
  Status links(ByteView id, Direction direction, const std::optional<Buffer>& label, Buffer& out) const;
  Status map(ByteView query_json, Buffer& out) const;
  void pack_frame(const std::vector<const Node*>& nodes, uint32_t generation, Buffer& out,
                  const Query* shown_by = nullptr) const;
  Status map_held(ByteView query_json, uint32_t generation, Buffer& out) const;
  Status explain(ByteView query_json, Buffer& out) const;
  Status index(ByteView field);
  Result<uint64_t> count(ByteView query_json) const;
  Result<uint32_t> subscribe(ByteView query_json);
  Result<uint32_t> subscribe_node(ByteView id);

  // ---- effects.cpp
  void set_time(uint64_t wall_ms);
  void tick();
  bool settle();
  void close_unit();
  std::vector<Effect> take_effects(bool with_outgoing);
  void refresh_queries();
  void emit_events(const std::vector<LiveEvent>& events);
  void emit_wake();
  void tell_links();
  using Details = std::initializer_list<std::pair<const char*, std::string>>;
  void notice(const char* code, const std::string& message, Details details = {});

  // ---- status.cpp
  std::optional<Fingerprint> known_fingerprint() const;
  Buffer status_json() const;
  Buffer sync_status_json() const;

  const ReplicaOptions options_;
  std::unique_ptr<LiveRanges> ranges_;   // outlives the graph that it watches; null: never needed yet
  mutable index::Indexes indexes_;       // outlives it too; only a query's speed depends on it
  Graph graph_;
  HybridClock clock_;
  Oplog oplog_;
  Stamp watermark_;                      // the greatest stamp applied
  Quarantine quarantine_;
  uint64_t wall_ms_ = 0;

  std::map<LinkId, Session> sessions_;   // ordered: so are the effects
  size_t peer_links_ = 0, tab_links_ = 0;
  RestTimer rest_;
  std::map<uint32_t, Ticket> tickets_;
  uint32_t next_ticket_ = 1;
  bool judge_ = false, store_owner_ = false;

  JournalReader reader_;
  bool journal_begun_ = false;           // its header is written
  std::map<uint32_t, std::unique_ptr<Slices>> slices_;   // whole states on their way out
  uint32_t next_slices_ = 1;
  std::map<uint32_t, std::unique_ptr<Importing>> imports_;   // files on their way in, by ticket

  mutable query::Texts texts_;           // outlives every query
  LiveQueries queries_;
  TouchedLinks touched_links_;           // only while a live query follows links
  std::vector<Buffer> touched_;          // ids, perhaps repeatedly; only while there are live queries
  Outbox outbox_;
  std::optional<uint64_t> wake_ms_;      // what the host was last told
  uint64_t version_ = 0;                 // counts changes of the live set
  bool marks_moved_ = false;             // links may have to be told about
  bool status_moved_ = false;
  size_t reports_ = 0;                   // of single operations, since effects were last taken

  std::map<Code, uint64_t> refused_;     // messages, by code
  uint64_t refused_operations_ = 0;      // by a judge
  uint64_t conflicts_ = 0;
  uint64_t full_in_place_ = 0;
  size_t staged_bytes_ = 0;              // of all links
  std::unique_ptr<Aside> aside_;         // null: no large full state is being applied
  std::vector<Graph> retired_;           // exchanged for others
  size_t next_piece_ = 0;                // of work
  LinkId last_sender_ = 0;               // that sent a part
  uint64_t turns_ = 0;                   // that work took, ever
  mutable Held held_;                    // what the host keeps of what it has read
  Buffer scratch_;
};

}  // namespace weft
