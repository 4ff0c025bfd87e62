// Peer: a process with a replica in it, its clock, its disk and its judge.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/replica.h"
#include "disk.h"
#include "scenario.h"
#include "watcher.h"

namespace weft::sim {

inline constexpr size_t kSmallPart = 5;   // operations of a full state at once, for some
inline constexpr uint64_t kBusyMs = 6;    // a page comes to its next turn before that
inline constexpr uint64_t kEpochMs = 1'700'000'000'000;   // the wall clock when a run begins

// A wall clock that is off, and runs away.
class WallClock {
 public:
  WallClock() = default;
  WallClock(int64_t skew_ms, int64_t drift_ppm) : skew_(skew_ms), ppm_(drift_ppm) {}
  uint64_t read(uint64_t now) const { return static_cast<uint64_t>(static_cast<int64_t>(kEpochMs + now) + skew_ + drifted(now)); }
  void move(int64_t by) { skew_ += by; }
  void straighten(uint64_t now) {   // it stays off, and runs true from now on
    skew_ += drifted(now);
    ppm_ = 0;
  }

 private:
  int64_t drifted(uint64_t now) const { return static_cast<int64_t>(now) * ppm_ / 1'000'000; }
  int64_t skew_ = 0, ppm_ = 0;
};

struct Waiting {               // a ticket, until its judge answers
  uint64_t due = 0;
  uint32_t ticket = 0;
  Buffer keep;                 // a byte for each operation
  LinkId link = 0;             // 0: an import
};

struct Peer {
  uint32_t number = 0;
  PeerSetting setting;
  WallClock clock;
  Disk disk;
  std::unique_ptr<Replica> replica;    // null: the process is not running
  uint64_t id = 0;                     // the replica's
  std::optional<uint64_t> reopens;
  std::optional<std::pair<uint64_t, uint64_t>> alarm;   // when it rings, and the wall time it was set to
  std::vector<Waiting> waiting;
  std::map<LinkId, std::pair<size_t, size_t>> links;    // its line, and which end
  LinkId last_link = 0;
  uint64_t greatest = 0;               // clock part of its last own operation
  bool holds_back = false;             // a task goes on: records and messages wait
  bool wrote = false;                  // since records were last looked at
  bool told_reset = false;             // a kReset came
  bool opening = false;                // it was for a torn journal
  Watcher watcher;
  std::vector<Stamp> refused;          // by its judge, ever
  uint64_t judged = 0;                 // tickets, ever
  uint64_t turns = 0;                  // that were asked for at once, ever

  bool runs() const { return replica != nullptr; }
};

}  // namespace weft::sim
