// Line: the connection that may stand between two peers, with what is under way on it. Like a data
// channel it keeps order and loses nothing while it lives, unless a step of the scenario says otherwise.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/replica.h"
#include "scenario.h"
#include "sync/message.h"

namespace weft::sim {

struct Parcel {
  Buffer bytes;
  uint64_t due = 0;
  bool damaged = false;        // and no decoder may take it
  bool detected = false;       // damaged so that it would decode: the transport's checksum finds it
};

struct Armed {
  Act act = Act::kLose;
  uint32_t by = 0;
};

// One end: the peer there, and what travels towards it.
struct End {
  uint32_t peer = 0;
  LinkId link = 0;
  bool open = false;
  std::optional<uint64_t> opens, closes;
  std::deque<Parcel> inbox;    // by due time
  uint64_t last_due = 0;       // of those that keep order
  std::optional<Armed> armed;  // what befalls the next parcel
};

struct Line {
  EdgeSetting edge;
  std::array<End, 2> ends;
  bool wanted = false;
  uint64_t redial = 0;         // not before then
  uint64_t sent = 0;           // parcels, ever
  uint32_t lag = 0;            // how much later the second end opens
  bool strained = false;       // this connection lost, reordered or damaged something
  std::array<bool, 2> replaced{};   // whether that end's graph was replaced during this connection
  std::array<std::vector<Claim>, 2> offered;   // what the other end claims to be in the full states it sent that end

  bool idle() const {
    for (const End& end : ends)
      if (end.open || end.opens) return false;
    return true;
  }
};

}  // namespace weft::sim
