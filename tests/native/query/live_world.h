// A world that is watched: what each subscription was told, beside what a fresh run gives.
#pragma once
#include <map>
#include <string>

#include "query/live_queries.h"
#include "test_graph.h"

namespace weft::test {

// How many seeds a random test takes: WEFT_RUNS, or `usual`.
uint64_t seeds(uint64_t usual);

// What a node shows.
struct Told {
  Buffer value;
  std::vector<Buffer> edges;
  Stamp timestamp;
  friend bool operator==(const Told& a, const Told& b) {
    return a.value == b.value && a.edges == b.edges && a.timestamp == b.timestamp;
  }
};

class LiveWorld {
 public:
  TestGraph graph;

  void settle();                             // writes before anybody watched
  void subscribe(const Json& options);       // one whose cursor is lost is refused
  void unsubscribe_first();
  void refresh();
  // Expects each subscription to have been told what a fresh run gives.
  void check(const std::string& where);
  size_t told() const { return told_; }

 private:
  struct Watched {
    Json options;
    Query query;
    std::map<Buffer, Told> rebuilt;
  };
  void hear(const std::vector<LiveEvent>& events);
  void hear(const LiveEvent& event, Watched& watched);

  LiveQueries live_;
  std::map<uint32_t, Watched> watched_;
  size_t told_ = 0;
};

}  // namespace weft::test
