// Live queries of whole replicas: whatever brings a change (a command, a batch, a peer's message, a delta,
// a full state that unites or replaces, an operation released from quarantine), the events applied in
// order rebuild what map() gives.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/lab.h"
#include "value/value.h"

namespace weft::test {
namespace {

const char* const kQueries[] = {
    R"({})",
    R"({"query":{"v":{"$lt":3}}})",
    R"({"query":{"v":2},"field":"v"})",
    R"({"field":"v","order":"desc","$limit":3})",
    R"({"query":{"v":{"$gt":1}},"$skip":1,"$limit":2})",
    R"({"query":{"id":"n0","$edge":{}}})",
    R"({"query":{"v":1,"$edge":{"v":{"$lt":4},"$direction":"any","$depth":2}},"$limit":4})",
};

using Rebuilt = std::map<Buffer, Buffer>;   // id → all a node shows

class Listener {
 public:
  Listener(Lab& lab, LinkId id) : lab_(lab), id_(id) {
    for (const char* query : kQueries) {
      const Result<uint32_t> subscription = lab[id].subscribe(query);
      WEFT_CHECK(subscription.ok());
      heard_[*subscription].first = query;
    }
    lab.collect(id);
  }

  void check(const std::string& where) {
    lab_.collect(id_);
    for (const Told& one : told(lab_.taken(id_, EffectKind::kEvents))) hear(heard_.at(one.subscription).second, one);
    for (const auto& [subscription, heard] : heard_) {
      Buffer all;
      ASSERT_TRUE(lab_[id_].map(heard.first, all));
      Rebuilt fresh;
      const ValueView list(all);
      for (auto it = list.begin(); it.more(); it.next())
        fresh[Buffer(it.value().entry(0).text())] = Buffer(it.value().bytes());
      ASSERT_TRUE(fresh == heard.second) << where << ": " << heard.first;
    }
  }

 private:
  static void hear(Rebuilt& rebuilt, const Told& event) {
    const Action action = event.action;
    EXPECT_EQ(rebuilt.count(event.id) > 0, action == Action::kUpdated || action == Action::kRemoved) << event.id;
    if (action == Action::kRemoved) rebuilt.erase(event.id);
    else rebuilt[event.id] = event.node;
  }

  Lab& lab_;
  LinkId id_;
  std::map<uint32_t, std::pair<std::string, Rebuilt>> heard_;
};

class History {
 public:
  History(uint64_t seed, bool replaces) : random_(seed) {
    for (const LinkId id : {1, 2}) {
      lab.open(id, [&](ReplicaOptions& options) {
        options.replace_full_state = replaces;
        options.oplog_size = 8;          // so that full states happen
        options.reconcile = !replaces;
        options.max_drift_ms = 5000;
      });
      listeners_.emplace_back(lab, id);
    }
  }

  void step(const std::string& where) {
    const LinkId id = 1 + below(2);
    switch (below(20)) {
      case 0: connected_ ? lab.cut(1, 2) : lab.connect(1, 2); connected_ = !connected_; break;
      case 1: lab.skew(id, static_cast<int64_t>(below(4)) * 4000); break;   // beyond the drift: quarantine
      case 2: lab.pass(2000); break;
      case 3: batch(id); break;
      case 4: if (below(6) == 0) (void)lab[id].clear(lab.now(id)); break;
      case 5: case 6: (void)lab[id].remove(node(), lab.now(id)); break;
      case 7: case 8: (void)lab[id].unlink(node(), "", node(), lab.now(id)); break;
      case 9: case 10: case 11: case 12: (void)lab[id].link(node(), "", node(), {}, lab.now(id)); break;
      case 13: lab.deliver(); break;
      default: lab.put(id, node(), below(5));
    }
    check(where);
  }
  void check(const std::string& where) {
    for (Listener& listener : listeners_) listener.check(where);
  }

  Lab lab;

 private:
  void batch(LinkId id) {
    Buffer commands;
    pack_array(commands, 4);
    for (int i = 0; i < 4; ++i) {
      pack_array(commands, 3);
      pack_uint(commands, 1);
      pack_str(commands, node());
      commands += map_of({{"v", number(below(5))}});
    }
    ASSERT_TRUE(lab[id].batch(commands, lab.now(id)));
  }
  Buffer node() { return "n" + std::to_string(below(9)); }
  uint64_t below(uint64_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
  std::deque<Listener> listeners_;
  bool connected_ = false;
};

TEST(LiveReplica, EventsRebuildWhatMapGives) {
  for (uint64_t seed = 0; seed < 60 && !testing::Test::HasFailure(); ++seed) {
    History history(seed, seed % 3 == 0);
    for (int i = 0; i < 120 && !testing::Test::HasFailure(); ++i)
      history.step("seed " + std::to_string(seed) + " step " + std::to_string(i));
    history.lab.rest();
    history.check("seed " + std::to_string(seed) + " at rest");
  }
}

TEST(LiveReplica, WhoSubscribesBetweenAWriteAndItsRoundHearsOfItOnce) {
  Lab lab;
  lab.open(1);
  ASSERT_TRUE(lab[1].subscribe("{}").ok());
  ASSERT_TRUE(lab[1].put("a", map_of({{"v", number(1)}}), lab.now()).ok());
  ASSERT_TRUE(lab[1].subscribe("{}").ok());
  lab.collect(1);
  std::vector<std::pair<uint32_t, Action>> heard;
  for (const Told& one : told(lab.taken(1, EffectKind::kEvents))) heard.emplace_back(one.subscription, one.action);
  EXPECT_EQ(heard, (std::vector<std::pair<uint32_t, Action>>{{1, Action::kAdded}, {2, Action::kInitial}}));
}

}  // namespace
}  // namespace weft::test
