// A simulated network of real Replicas. Links are FIFO and lose what is under way when cut; the order
// between links, the time, the judges and the writers are drawn from one seed, so a run can be replayed.
// The checks are those of the protocol's executable model: falls silent, equal, proved, nothing lost.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "core/replica.h"
#include "core/values.h"

namespace weft::test {

struct Rng {
  std::mt19937_64 engine;
  explicit Rng(uint64_t seed) : engine(seed) {}
  uint64_t below(uint64_t n) { return engine() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) { return from[below(from.size())]; }
};

enum class Topology { kChain, kStar, kMesh };

struct Setting {
  Topology topology = Topology::kMesh;
  size_t window = 6;
  bool skew = false;         // wall clocks that differ by more than the drift
  bool replace = false;      // fullState: "replace"
  bool ranges = true;        // reconciliation is offered, by all but the third; else a full state stands in
  bool judges = false;       // judges that keep all, late or (rarely) never
  bool refusals = false;     // judges that drop some
  bool restarts = false;     // a peer crashes and opens again from its journal
  unsigned steps = 60;
};

inline constexpr uint64_t kStart = 1'700'000'000'000;
inline constexpr uint64_t kStep = 100;              // of simulated time, ms
inline constexpr uint64_t kDrift = 20 * kStep;
inline constexpr uint64_t kProveAfter = 3 * kStep;

struct Peer {
  uint64_t number = 0;                     // its place; LinkId of the links towards it
  uint64_t replica_id = 0;
  int64_t skew = 0;
  std::unique_ptr<Replica> replica;
  Buffer journal;
  std::set<uint64_t> links;
  std::optional<uint64_t> wake_ms;
  std::map<uint32_t, size_t> tickets;      // waiting, with the number of operations judged
  uint64_t made = 0;                       // clock part of its last own operation
};

struct Outcome {
  std::vector<std::string> wrong;
  std::map<std::string, uint64_t> messages;
};

class Network {
 public:
  Network(uint64_t seed, const Setting& setting);
  Outcome run();

  // ---- for tests that place every step themselves
  Peer& peer(uint64_t number) { return peers_.at(number); }
  void connect(uint64_t a, uint64_t b);
  void cut(uint64_t a, uint64_t b);
  bool drain();                            // false: never quiet
  void collect(Peer& peer);                // takes and performs effects
  bool deliver_one();
  void pass(uint64_t ms);
  uint64_t wall(const Peer& peer) const { return now_ms_ + static_cast<uint64_t>(peer.skew); }
  void write(Peer& peer);
  const Graph& reference() const { return reference_; }
  bool equal() const;
  bool all_proved() const;

 private:
  using Wire = std::pair<uint64_t, uint64_t>;
  void open(Peer& peer);
  void restart(Peer& peer);
  void judge(Peer& peer, bool drain);
  void perform(Peer& peer, const Effect& effect);
  void tick(Peer& peer);
  void note_written(Peer& peer);
  std::vector<Wire> edges() const;
  void check_at_rest(bool quiet);

  Setting setting_;
  Rng rng_;
  uint64_t now_ms_ = kStart, next_id_ = 1;
  std::map<uint64_t, Peer> peers_;
  std::map<Wire, std::deque<Buffer>> wires_;
  Graph reference_;                        // everything anyone wrote
  Outcome outcome_;
};

}  // namespace weft::test
