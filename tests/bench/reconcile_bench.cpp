// What it costs two replicas to become equal, natively: no test, prints Markdown tables.
//   reconcile_bench ranges|syncs nodes…      ranges: 1 and 2, which `npm run bench -- --docs` puts into
//                                            docs/performance.md; syncs: 3. (Whole syncs are told there as they
//                                            cost through WebAssembly, by tests/bench/sync_rows.js.)
// 1. Range reconciliation alone, over one operation a node: bytes both ways, rounds and time, by branching.
// 2. The tree under it: build, insert, erase.
// 3. Two replicas linked in memory: whole syncs, from the opened link until both have proved that they are equal.
// Of d differences each side lacks one half. A round is a message and its answer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>

#include "base/sha256.h"
#include "core/lab.h"
#include "sync/negentropy.h"

using namespace weft;

namespace {

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class F>
double timed(F run) {
  const double start = now_ms();
  run();
  return now_ms() - start;
}

enum class Place { kRecent, kSpread };
const char* name_of(Place place) { return place == Place::kRecent ? "recent" : "spread"; }

// Which of n differ, in order.
std::vector<size_t> differing(size_t n, size_t count, Place place) {
  std::set<size_t> chosen;
  std::mt19937_64 random(count);
  while (chosen.size() < count) chosen.insert(place == Place::kRecent ? n - 1 - chosen.size() : random() % n);
  return {chosen.begin(), chosen.end()};
}

// ---- 1. Range reconciliation alone

std::vector<RangeItem> items_of(size_t n) {
  std::vector<RangeItem> items;
  for (size_t i = 0; i < n; ++i) {
    items.push_back({(uint64_t{1'700'000'000'000} + 37 * i) << 16, sha256("operation " + std::to_string(i))});
  }
  return items;
}

RangeTree tree_without(const std::vector<RangeItem>& items, const std::vector<size_t>& differing, size_t side) {
  RangeTree tree;
  tree.build(items);
  for (size_t k = side; k < differing.size(); k += 2) tree.erase(items[differing[k]]);
  return tree;
}

struct Cost {
  size_t up = 0, down = 0, rounds = 0;
  std::set<negentropy::Id> found;   // where a frame is full, an item may be named twice
  double initiator_ms = 0, responder_ms = 0;
};

Cost converse(const RangeTree& initiator, const RangeTree& responder, const negentropy::Settings& settings) {
  Cost cost;
  std::optional<Buffer> message;
  cost.initiator_ms += timed([&] { message = negentropy::initiate(initiator, settings); });
  while (message) {
    Buffer answer;
    cost.responder_ms += timed([&] { answer = *negentropy::respond(responder, settings, *message); });
    cost.up += message->size();
    cost.down += answer.size();
    ++cost.rounds;
    cost.initiator_ms += timed([&] {
      auto progress = negentropy::proceed(initiator, settings, answer);
      cost.found.insert(progress->have.begin(), progress->have.end());
      cost.found.insert(progress->need.begin(), progress->need.end());
      message = progress->message;
    });
  }
  return cost;
}

// A cell: bytes in rounds, and the milliseconds of both sides.
void print_ranges(size_t n) {
  // The last is what core/reconcile.cpp takes: 64 at first, then 8, and a search for single items.
  constexpr negentropy::Settings kTried[] = {{4, 60'000}, {8, 60'000}, {16, 60'000}, {32, 60'000}, {8, 60'000, 64, 16'384}};
  const std::vector<RangeItem> items = items_of(n);
  std::printf("| %zu operations, differences |", n);
  for (const auto& tried : kTried) std::printf(tried.search_limit > 0 ? " 64, 8, single items |" : " %zu |", tried.branching);
  std::printf("\n| --- |");
  for (size_t i = 0; i < std::size(kTried); ++i) std::printf(" ---: |");
  for (const Place place : {Place::kRecent, Place::kSpread})
    for (const size_t count : {1u, 10u, 100u, 1000u}) {
      const auto differ = differing(n, count, place);
      const RangeTree one = tree_without(items, differ, 0), other = tree_without(items, differ, 1);
      std::printf("\n| %zu %s |", count, name_of(place));
      for (const auto& tried : kTried) {
        const Cost cost = converse(one, other, tried);
        if (cost.found.size() != count) std::abort();
        std::printf(" %zu in %zu · %.2f ms |", cost.up + cost.down, cost.rounds, cost.initiator_ms + cost.responder_ms);
      }
    }
  std::printf("\n\n");
}

// ---- 2. The tree

void print_tree(const std::vector<size_t>& sizes) {
  std::printf("| operations | build ms | insert µs | erase µs |\n| ---: | ---: | ---: | ---: |\n");
  for (const size_t n : sizes) {
    std::vector<RangeItem> items = items_of(n);
    RangeTree tree;
    const double build = timed([&] { tree.build(items); });
    std::shuffle(items.begin(), items.end(), std::mt19937_64(3));
    items.resize(n / 10);
    const double erase = timed([&] { for (const RangeItem& item : items) tree.erase(item); });
    const double insert = timed([&] { for (const RangeItem& item : items) tree.insert(item); });
    const double each = 1000 / static_cast<double>(items.size());
    std::printf("| %zu | %.1f | %.2f | %.2f |\n", n, build, insert * each, erase * each);
  }
}

// ---- 3. Whole syncs

Buffer value_of(size_t i, size_t version) {   // 8 fields, about 160 bytes
  using namespace test;
  const std::string n = std::to_string(i);
  return map_of({{"name", text("Person number " + n)}, {"email", text("person" + n + "@example.org")},
                 {"age", number(20 + i % 60)}, {"active", number(i % 2)}, {"score", number(i * 7919 % 1000 + version)},
                 {"tags", text("red green blue")}, {"city", text("Lisbon")}, {"created", number(test::Lab::kStart + i)}});
}

Buffer id_of(size_t i) { return "person:" + std::to_string(i); }

// Ids as hosts draw them take all 64 bits.
void whole_id(ReplicaOptions& options) { options.replica_id += 0x9d2c'5680'0000'0000; }

// All operations of a graph of n nodes, in stamp order.
Operations world(size_t n) {
  test::Lab lab;
  Replica& source = lab.open(9, whole_id);
  for (size_t i = 0; i < n; ++i) {
    if (!source.put(id_of(i), value_of(i, 0), lab.now()).ok()) std::abort();
    if (i % 500 == 499) {
      lab.collect(9);
      lab.pass(37);
    }
  }
  lab.collect(9);
  return source.graph().live_in_stamp_order();
}

// Gives a replica operations as a peer would have, by a link that is gone afterwards.
void feed(test::Lab& lab, LinkId id, const Operations& all, const std::set<size_t>& without) {
  constexpr LinkId kFeeder = 99;
  if (!lab[id].link_open(kFeeder, LinkOptions{}, lab.now()).ok()) std::abort();
  for (size_t from = 0; from < all.size(); from += 500) {
    Message live;
    live.type = MessageType::kLive;
    for (size_t i = from; i < std::min(from + 500, all.size()); ++i)
      if (without.count(i) == 0) live.operations.push_back(all[i]);
    lab[id].receive(kFeeder, encode(live, SIZE_MAX), lab.now());
    lab.collect(id);
  }
  lab[id].link_close(kFeeder);
  lab.collect(id);
}

// Bytes of the operations that only one of the two holds.
size_t payload_between(test::Lab& lab, LinkId one, LinkId other) {
  std::set<Digest> held;
  for (const OperationRef& operation : lab[other].graph().live_in_stamp_order()) held.insert(operation->digest());
  size_t bytes = 0;
  for (const OperationRef& operation : lab[one].graph().live_in_stamp_order())
    if (held.count(operation->digest()) == 0) bytes += operation->bytes().size();
  return bytes;
}

// Opens the link, lets the two talk until they fall silent, and prints a row.
void print_sync(test::Lab& lab, const char* what) {
  const size_t forth = payload_between(lab, 1, 2), back = payload_between(lab, 2, 1);
  lab.log.clear();
  std::vector<size_t> depth;   // how many messages had to come one after the other
  size_t delivered = 0, bytes = 0, deepest = 0;
  const double ms = timed([&] {
    lab.connect(1, 2);
    depth.assign(lab.log.size(), 1);
    for (unsigned waits = 0; waits < 1'000; ++waits) {   // a full state goes on when time does
      while (lab.deliver_one()) {
        depth.resize(lab.log.size(), depth[delivered] + 1);
        ++delivered;
      }
      if (lab.state(1, 2) == "proved" && lab.state(2, 1) == "proved") return;
      lab.pass(1);
      depth.resize(lab.log.size(), delivered > 0 ? depth[delivered - 1] : 1);
    }
  });
  if (!lab.equal(1, 2) || lab.state(1, 2) != "proved" || lab.state(2, 1) != "proved") std::abort();
  std::map<std::string, size_t> messages;
  for (const test::Sent& sent : lab.log) {
    bytes += sent.bytes.size();
    ++messages[message_name(sent.type())];
  }
  for (const size_t d : depth) deepest = std::max(deepest, d);
  std::string talk;
  for (const auto& [name, count] : messages) talk += (talk.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  std::printf("| %s | %zu | %zu | %.1f | %.1f | %s |\n", what, forth + back, bytes, static_cast<double>(deepest) / 2, ms, talk.c_str());
  lab.log.clear();
}

void print_replicas(size_t n) {
  std::printf("\n| %zu nodes | payload | bytes, both ways | rounds | ms, both sides | messages |\n", n);
  std::printf("| --- | ---: | ---: | ---: | ---: | --- |\n");
  const Operations all = world(n);
  const auto both = [&](test::Lab& lab, const std::set<size_t>& one, const std::set<size_t>& other) {
    lab.open(1, whole_id);
    lab.open(2, whole_id);
    lab.pass(1'000'000);
    feed(lab, 1, all, one);
    feed(lab, 2, all, other);
  };
  {
    test::Lab lab;
    both(lab, {}, {});
    print_sync(lab, "in sync");
    lab.cut(1, 2);
    for (size_t i = 0; i < 100; ++i) {
      if (!lab[1].put(id_of(i * 97), value_of(i * 97, 1), lab.now()).ok()) std::abort();
      lab.collect(1);
    }
    print_sync(lab, "100 recent changes on one side");
  }
  for (const Place place : {Place::kRecent, Place::kSpread})
    for (const size_t count : {1u, 10u, 100u, 1000u}) {
      std::set<size_t> without[2];
      size_t k = 0;
      for (const size_t i : differing(n, count, place)) without[k++ % 2].insert(i);
      test::Lab lab;
      both(lab, without[0], without[1]);
      const std::string what = std::to_string(count) + " " + name_of(place) + " differences";
      print_sync(lab, what.c_str());
    }
  test::Lab lab;
  lab.open(1, whole_id);
  lab.open(2, whole_id);
  lab.pass(1'000'000);
  feed(lab, 1, all, {});
  print_sync(lab, "full state to a new peer");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  std::vector<size_t> sizes;
  for (int i = 2; i < argc; ++i) sizes.push_back(static_cast<size_t>(std::atoll(argv[i])));
  if ((what != "ranges" && what != "syncs") || sizes.empty()) {
    std::fprintf(stderr, "reconcile_bench ranges|syncs nodes…\n");
    return 1;
  }
  for (const size_t n : sizes) what == "ranges" ? print_ranges(n) : print_replicas(n);
  if (what == "ranges") print_tree(sizes);
}
