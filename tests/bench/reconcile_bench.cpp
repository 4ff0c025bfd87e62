// What it costs two replicas to become equal, natively: no test, prints Markdown tables.
//   reconcile_bench nodes…      `npm run bench -- --docs` puts it into docs/performance.md, beside whole syncs as they
//                               cost through WebAssembly (tests/bench/sync_rows.js)
// 1. Range reconciliation alone, over one operation a node: bytes both ways, rounds and time, by branching.
// 2. The tree under it: build, insert, erase.
// Of d differences each side lacks one half. A round is a message and its answer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/sha256.h"
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

}  // namespace

int main(int argc, char** argv) {
  std::vector<size_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(static_cast<size_t>(std::atoll(argv[i])));
  for (const size_t n : sizes) print_ranges(n);
  print_tree(sizes);
}
