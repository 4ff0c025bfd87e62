// The session state machine: a replica with a peer and a tab, to whom the input says anything at any time,
// while it writes, is judged, and time passes. After each message: a refused one changed nothing. At the end:
// the graph is sound, its journal and its file hold it, and an honest peer and it become provably equal.
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/pack.h"
#include "core/replica.h"
#include "input.h"
#include "sync/message.h"
#include "sync/negentropy.h"
#include "targets.h"

namespace weft::fuzz {
namespace {

constexpr uint64_t kStart = 1'700'000'000'000;
constexpr uint64_t kVictim = 50;
constexpr uint64_t kDriftMs = 10'000;
constexpr LinkId kPeer = 1, kTab = 2, kHonest = 3;
const Buffer kIds[] = {"m", "n", "p", "q"};
const Buffer kNames[] = {"a", "b", "c"};

Buffer map_of(ByteView name, uint64_t number) {
  Buffer out;
  pack_map(out, 1);
  pack_str(out, name);
  pack_uint(out, number);
  return out;
}

Buffer no_names() {
  Buffer out;
  pack_array(out, 0);
  return out;
}

class Play {
 public:
  explicit Play(ByteView input) : in_(input) { open(); }
  void run();

 private:
  void open();
  void step();
  void deliver();
  void write();
  void decide();
  void reopen_link();
  void collect();
  void check_sound();
  void check_kept();
  void check_honest();
  void tell_both();

  Stamp stamp();
  Claim claim();
  OperationRef operation();
  Message message();
  Buffer spoiled(Buffer bytes);

  Input in_;
  ReplicaOptions options_;
  std::unique_ptr<Replica> victim_, honest_;
  uint64_t now_ = kStart;
  Buffer journal_;
  bool keeps_more_ = false;                  // the journal, than the graph
  std::map<uint32_t, size_t> tickets_;       // with the number of operations judged
  std::vector<Buffer> to_honest_;
  std::map<LinkId, bool> dropped_;
  std::vector<OperationRef> made_;
};

void Play::open() {
  const uint8_t how = in_.byte();
  options_.replica_id = kVictim;
  options_.node_writer = how & 1;
  options_.replace_full_state = how & 2;
  options_.reconcile = (how & 4) == 0;
  options_.oplog_size = how & 8 ? 2 : 20;
  options_.compress_above = 200;
  options_.part_operations = how & 8 ? 2 : 20;
  options_.max_drift_ms = kDriftMs;
  victim_ = std::make_unique<Replica>(options_);
  victim_->set_judge(how & 16);
  victim_->set_store_owner(how & 32);
  keeps_more_ = how & 32;
  if (how & 64) WEFT_CHECK(victim_->subscribe("{\"$limit\":2,\"field\":\"a\"}").ok());
  for (const LinkId link : {kPeer, kTab})
    WEFT_CHECK(victim_->link_open(link, LinkOptions{link == kTab, (how & 128) != 0}, now_).ok());
  collect();
}

// A few clocks, so that they meet; some beyond the drift, some in the victim's own name.
Stamp Play::stamp() {
  const uint8_t byte = in_.byte();
  const uint64_t replica = (byte >> 6) == 3 ? kVictim : 40 + 10 * (byte >> 6) + 1;
  const uint64_t ahead = (byte & 63) < 60 ? byte & 63 : kDriftMs * (1 + (byte & 3));
  return Stamp::make(kStart + ahead, 0, replica);
}

Claim Play::claim() {
  Claim claim = claim_of(victim_->graph().fingerprint());
  const uint8_t byte = in_.byte();
  if (byte == 0) return claim;
  claim.count += byte % 16;
  claim.hash[15] = static_cast<uint8_t>(claim.hash[15] ^ byte);
  return claim;
}

OperationRef Play::operation() {
  const uint8_t how = in_.byte();
  if (how >= 240 && !made_.empty()) return made_[how % made_.size()];
  const Stamp at = stamp();
  const uint8_t what = in_.byte();
  const Buffer &id = kIds[what & 3], &other = kIds[what >> 2 & 3], &name = kNames[(what >> 4) % 3];
  switch (how % 8) {
    case 1: return Operation::create(at, id, map_of(name, what), no_names());
    case 2: return Operation::patch(at, id, map_of(name, what), no_names());
    case 3: return Operation::replace(at, id, map_of(name, what), what & 64 ? at : kNoStamp);
    case 4: return Operation::remove(at, id);
    case 5: return Operation::clear(at);
    case 6: return Operation::link(at, id, name, other, what & 64 ? map_of(name, what) : Buffer());
    case 7: return Operation::unlink(at, id, name, other);
    default: return Operation::create(at, id, map_of(name, 7), no_names());
  }
}

// Of any type, its parts believable and not.
Message Play::message() {
  Message message;
  message.type = static_cast<MessageType>(1 + in_.below(kMessageTypes - 1));
  message.sync.replica = 40 + in_.below(3) * 10 + 1;   // below the victim's id, or above
  const uint8_t bits = in_.byte();
  message.sync.watermark = bits & 1 ? stamp() : kNoStamp;
  message.sync.floor = bits & 2 ? stamp() : kNoStamp;
  message.sync.modes = bits & 4 ? 7 : 3;
  message.sync.round = bits & 8 ? 1 : 0;
  message.sync.asks = bits & 16;
  message.in_place = bits & 32;
  message.moved = bits & 64;
  message.sync.claim = message.claim = claim();
  message.exchange = in_.below(4);
  for (uint64_t left = in_.below(6); left > 0; --left) message.operations.push_back(operation());
  for (const OperationRef& operation : message.operations) made_.push_back(operation);
  if (bits & 128 && !made_.empty()) message.need.push_back(made_.back()->digest());
  if (message.type == MessageType::kFull || message.type == MessageType::kPart) {
    const uint8_t place = in_.byte();
    message.last = place & 1;
    message.part = 1 + (place >> 1) % 3;
  }
  if (message.type != MessageType::kRanges) return message;
  RangeTree tree;
  for (const OperationRef& operation : made_) tree.insert(RangeItem{operation->stamp().clock, operation->digest()});
  const ByteView raw = in_.bytes(in_.byte());
  message.ranges = raw.empty() ? negentropy::initiate(tree, {}) : Buffer("a") + Buffer(raw);
  return message;
}

Buffer Play::spoiled(Buffer bytes) {
  const uint8_t how = in_.byte();
  const size_t at = in_.word() % bytes.size();
  if (how < 200) return bytes;
  if (how < 220) bytes[at] = static_cast<char>(in_.byte());
  else if (how < 240) bytes.resize(at);
  else bytes.insert(at, in_.bytes(in_.below(8)));
  return bytes;
}

// A message that waits behind a ticket is refused later, with what was judged before it: not compared.
void Play::deliver() {
  const LinkId link = in_.flag() ? kPeer : kTab;
  const Buffer bytes = in_.below(8) == 7 ? Buffer(in_.bytes(in_.word() % 1024)) : spoiled(encode(message(), 100));
  victim_->tick(now_);   // what time brings is no message's doing
  collect();
  const Fingerprint before = victim_->graph().fingerprint();
  const bool was_dropped = dropped_[link];
  victim_->receive(link, bytes, now_);
  collect();
  if (dropped_[link]) WEFT_CHECK(victim_->graph().fingerprint() == before);
  if (was_dropped) WEFT_CHECK(victim_->graph().fingerprint() == before);
}

void Play::write() {
  const uint8_t what = in_.byte();
  const Buffer &id = kIds[what & 3], &other = kIds[what >> 2 & 3], &name = kNames[(what >> 4) % 3];
  switch (in_.below(8)) {
    case 0: case 1: WEFT_CHECK(victim_->put(id, map_of(name, what), now_).ok()); break;
    case 2: WEFT_CHECK(victim_->remove(id, now_).ok()); break;
    case 3: (void)victim_->link(id, name, other, {}, now_).ok(); break;
    case 4: (void)victim_->unlink(id, name, other, now_).ok(); break;
    case 5: WEFT_CHECK(victim_->clear(now_).ok()); break;
    case 6: {
      const Fingerprint before = victim_->graph().fingerprint();
      if (!victim_->batch(in_.bytes(in_.byte()), now_)) WEFT_CHECK(victim_->graph().fingerprint() == before);
      break;
    }
    default: {
      const Fingerprint before = victim_->graph().fingerprint();
      if (!victim_->import_state(in_.bytes(in_.byte()), now_)) WEFT_CHECK(victim_->graph().fingerprint() == before);
    }
  }
}

void Play::decide() {
  if (tickets_.empty()) return;
  const auto [ticket, size] = *tickets_.begin();
  tickets_.erase(tickets_.begin());
  Buffer keep(size, '\1');
  const uint8_t how = in_.byte();
  if (how & 1) keep[how % size] = '\0';
  if (how == 255) keep += '\1';
  (void)victim_->verdict(ticket, keep, now_).ok();   // it may have expired
}

void Play::reopen_link() {
  const LinkId link = in_.flag() ? kPeer : kTab;
  victim_->link_close(link);
  WEFT_CHECK(victim_->link_open(link, LinkOptions{link == kTab, false}, now_).ok());
  dropped_[link] = false;
}

void Play::step() {
  switch (in_.below(16)) {
    case 0: write(); break;
    case 1: decide(); break;
    case 2: reopen_link(); break;
    case 3: now_ += in_.below(3) == 0 ? 40'000 : 1000; break;
    case 4: now_ -= 500; break;
    case 5: victim_->tick(now_); break;
    case 6: victim_->settle(now_); break;
    default: deliver();
  }
  collect();
}

void Play::collect() {
  for (Effect& effect : victim_->take_effects(true, now_)) {
    switch (effect.kind) {
      case EffectKind::kPersist: journal_ += effect.payload; break;
      case EffectKind::kReset: journal_ = victim_->snapshot(); break;
      case EffectKind::kDropLink: dropped_[effect.target] = true; break;
      case EffectKind::kSend:
        WEFT_CHECK(decode(effect.payload).ok());
        if (effect.target == kHonest) to_honest_.push_back(std::move(effect.payload));
        break;
      case EffectKind::kJudge: {
        Unpacker in(effect.payload);
        uint32_t entries = 0;
        ByteView mode;
        WEFT_CHECK(in.array(entries) && in.str(mode) && in.array(entries) && entries > 0);
        tickets_[effect.target] = entries;
        break;
      }
      default: break;
    }
  }
}

// The live set applied again, in another order, is the same graph.
void Play::check_sound() {
  std::vector<OperationRef> live = victim_->graph().live_in_stamp_order();
  WEFT_CHECK(live.size() == victim_->graph().live_count());
  Graph again;
  for (auto operation = live.rbegin(); operation != live.rend(); ++operation) again.apply(*operation, nullptr);
  WEFT_CHECK(again.fingerprint() == victim_->graph().fingerprint());
  WEFT_CHECK(again.node_count() == victim_->graph().node_count());
}

// Nothing of the one is news to the other.
bool holds(const Graph& more, const Graph& less) {
  Graph both;
  for (const OperationRef& operation : more.live_in_stamp_order()) both.apply(operation, nullptr);
  const Fingerprint before = both.fingerprint();
  for (const OperationRef& operation : less.live_in_stamp_order()) both.apply(operation, nullptr);
  return both.fingerprint() == before;
}

// What was written to disk, and what the file holds. A store's owner also keeps what another tab posted and waits: for
// its judge, or to be applied whole.
void Play::check_kept() {
  ReplicaOptions options = options_;
  options.replica_id = 1000;
  options.max_drift_ms = 100 * kDriftMs;
  Replica reader(options), importer(options);
  WEFT_CHECK(reader.load(journal_).ok() && reader.load_end(now_).ok());
  if (keeps_more_) WEFT_CHECK(holds(reader.graph(), victim_->graph()));
  else WEFT_CHECK(reader.graph().fingerprint() == victim_->graph().fingerprint());
  WEFT_CHECK(importer.import_state(victim_->export_state(), now_).ok());
  WEFT_CHECK(importer.graph().fingerprint() == victim_->graph().fingerprint());
}

void Play::tell_both() {
  for (const auto& [name, replica] : {std::pair("victim", victim_.get()), {"honest", honest_.get()}})
    std::fprintf(stderr, "%s %s\n%s\n", name, replica->status_json().c_str(), replica->sync_status_json().c_str());
}

// Whatever was said before, with an honest peer the end is silence and proof. Its drift is wider: what the
// victim took or made is not held back there.
void Play::check_honest() {
  constexpr LinkId kBack = 9;
  for (const LinkId link : {kPeer, kTab}) victim_->link_close(link);
  victim_->set_judge(false);
  ReplicaOptions options;
  options.replica_id = 60;
  options.max_drift_ms = 100 * kDriftMs;
  honest_ = std::make_unique<Replica>(options);
  WEFT_CHECK(honest_->put("m", map_of("a", 1), now_).ok());
  WEFT_CHECK(honest_->link_open(kBack, {}, now_).ok() && victim_->link_open(kHonest, {}, now_).ok());
  // A release from quarantine forgets the proof, also one that changes nothing: then there is more to say.
  const auto proved = [&] { return victim_->sync_status_json().find("\"proved\"") != Buffer::npos; };
  int idle = 0;
  for (int round = 0; idle < 3 || !proved(); ++round) {
    if (round == 100) tell_both();
    WEFT_CHECK(round < 100);
    collect();
    bool moved = false;
    for (const Buffer& bytes : std::exchange(to_honest_, {})) honest_->receive(kBack, bytes, now_), moved = true;
    for (const Effect& effect : honest_->take_effects(true, now_)) {
      WEFT_CHECK(effect.kind != EffectKind::kDropLink);
      if (effect.kind == EffectKind::kSend) victim_->receive(kHonest, effect.payload, now_), moved = true;
    }
    idle = moved ? 0 : idle + 1;
    if (moved) continue;
    const Fingerprint before = victim_->graph().fingerprint();
    now_ += 2000;
    victim_->tick(now_), honest_->tick(now_);
    if (victim_->graph().fingerprint() != before) idle = 0;   // still to be told
  }
  WEFT_CHECK(!dropped_[kHonest]);
  if (honest_->graph().fingerprint() != victim_->graph().fingerprint()) tell_both();
  WEFT_CHECK(honest_->graph().fingerprint() == victim_->graph().fingerprint());
}

void Play::run() {
  constexpr int kSteps = 200;
  for (int i = 0; i < kSteps && !in_.at_end(); ++i) step();
  victim_->settle(now_);
  collect();
  check_sound();
  check_kept();
  check_honest();
  check_sound();
}

}  // namespace

void session(ByteView input) { Play(input).run(); }

}  // namespace weft::fuzz
