// Tally: how often everything a run can contain was seen, over all runs: what the simulator reaches.
#pragma once
#include <cstdint>
#include <map>
#include <string_view>

namespace weft::sim {

struct Tally {
  using Counts = std::map<std::string_view, uint64_t>;   // of text that lives for ever
  Counts steps;       // by act
  Counts messages;    // delivered, by type
  Counts events;      // everything else
  uint64_t runs = 0, operations = 0;
  uint64_t quiet_ms = 0;    // simulated time

  void saw(std::string_view event, uint64_t times = 1) { events[event] += times; }
};

}  // namespace weft::sim
