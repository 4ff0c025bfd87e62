// Random histories: `authored` ones, made by replicas that hear of each other now and then, and
// `wild` ones, operations nobody checked, of any kind over any state with odd stamps.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/pack.h"
#include "clock/hybrid_clock.h"
#include "graph/graph.h"

namespace weft::test {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t n) { return engine_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  T& pick(std::vector<T>& items) { return items[below(items.size())]; }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

inline const std::vector<std::string> kIds = {"m", "n", "p"};
inline const std::vector<std::string> kLabels = {"", "", "likes"};
inline const std::vector<std::string> kFields = {"a", "b", "c"};

// In name order; an empty text stands for "deleted" and is left out.
using Fields = std::vector<std::pair<std::string, uint64_t>>;

inline Buffer map_of(const Fields& fields) {
  Buffer out;
  pack_map(out, static_cast<uint32_t>(fields.size()));
  for (const auto& field : fields) pack_str(out, field.first), pack_uint(out, field.second);
  return out;
}
inline Buffer names_of(const std::vector<std::string>& names) {
  Buffer out;
  pack_array(out, static_cast<uint32_t>(names.size()));
  for (const std::string& name : names) pack_str(out, name);
  return out;
}
inline Buffer number(uint64_t value) {
  Buffer out;
  pack_uint(out, value);
  return out;
}

struct Replica {
  explicit Replica(uint64_t id, bool node) : graph(id), clock(id), node_writer(node) {}
  Graph graph;
  HybridClock clock;
  bool node_writer;
  void apply(const OperationRef& o) {
    graph.apply(o, nullptr);
    clock.observe(o->stamp());
  }
};

// `after_put(graph, id, value)` is called once a put's operation, if any, was applied.
template <class AfterPut>
std::vector<OperationRef> authored(Random& random, size_t operations, AfterPut after_put) {
  std::vector<std::unique_ptr<Replica>> replicas;
  for (uint64_t i = 0, n = 2 + random.below(4); i < n; ++i) replicas.push_back(std::make_unique<Replica>(i + 1, random.chance(35)));
  std::vector<OperationRef> log;
  uint64_t wall = 1;
  for (size_t n = 0; n < operations; ++n) {
    for (uint64_t i = random.below(5); i > 0 && !log.empty(); --i) random.pick(replicas)->apply(random.pick(log));
    Replica& r = *random.pick(replicas);
    std::string id = kIds[random.below(3)], other = kIds[random.below(3)], label = kLabels[random.below(3)];
    const Stamp stamp = r.clock.now(wall += random.below(3));
    const uint64_t dice = random.below(100);
    OperationRef made;
    if (dice < 64) {
      Buffer value = number(n % 9);
      if (!random.chance(12)) {
        Fields wanted;
        const Node* node = r.graph.find(id);
        for (const std::string& name : kFields) {
          const ValueView old = node ? r.graph.field(*node, name) : ValueView();
          const bool keep = old.type() == Type::kNumber && random.chance(60);
          if (keep) wanted.emplace_back(name, static_cast<uint64_t>(old.integer()));
          else if (random.chance(40)) wanted.emplace_back(name, n);
        }
        value = map_of(wanted);
      }
      made = r.graph.plan_put(id, value, r.node_writer, stamp);
      if (made) r.apply(made);
      after_put(r.graph, id, value);
    } else if (dice < 76) {
      made = r.graph.plan_remove(id, stamp);
    } else if (dice < 90) {
      auto planned = r.graph.plan_link(id, label, other, random.chance(30) ? number(n) : Buffer(), stamp);
      if (planned) made = *planned;
    } else if (dice < 97) {
      made = r.graph.plan_unlink(id, label, other, stamp);
    } else {
      made = r.graph.plan_clear(stamp);
    }
    if (!made) continue;
    r.apply(made);
    log.push_back(made);
  }
  return log;
}

// `ties`: two operations may share a stamp with different contents.
inline std::vector<OperationRef> wild(Random& random, size_t operations, bool ties) {
  std::vector<OperationRef> log;
  std::vector<Stamp> used;
  const bool clears = random.chance(30);
  while (log.size() < operations) {
    const Stamp stamp{1 + random.below(operations + 3), 1 + random.below(3)};
    if (!ties && std::find(used.begin(), used.end(), stamp) != used.end()) continue;
    used.push_back(stamp);
    const std::string id = kIds[random.below(2)], other = kIds[random.below(2)], label = kLabels[random.below(3)];
    const uint64_t n = log.size();
    Fields fields;
    std::vector<std::string> deleted;
    for (const std::string& name : kFields) {
      if (random.chance(40)) fields.emplace_back(name, n);
      else if (random.chance(20)) deleted.push_back(name);
    }
    const uint64_t dice = random.below(clears ? 15 : 14);
    if (dice < 3) log.push_back(Operation::create(stamp, id, map_of(fields), names_of(deleted)));
    else if (dice < 7 && fields.size() + deleted.size() > 0) log.push_back(Operation::patch(stamp, id, map_of(fields), names_of(deleted)));
    else if (dice < 10) {
      const Stamp created = random.chance(50) ? Stamp{1 + random.below(stamp.clock), 1} : kNoStamp;
      log.push_back(Operation::replace(stamp, id, random.chance(40) ? number(n) : map_of(fields), created > stamp ? stamp : created));
    } else if (dice < 11) log.push_back(Operation::remove(stamp, id));
    else if (dice < 13) log.push_back(Operation::link(stamp, id, label, other, random.chance(30) ? number(n) : Buffer()));
    else if (dice < 14) log.push_back(Operation::unlink(stamp, id, label, other));
    else log.push_back(Operation::clear(stamp));
  }
  return log;
}

}  // namespace weft::test
