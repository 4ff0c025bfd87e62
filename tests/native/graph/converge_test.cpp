// Any order, repetition and grouping of the same operations gives the same graph, and it is the one
// the contract describes.
#include <gtest/gtest.h>

#include "history.h"
#include "oracle.h"

namespace weft {
namespace {

using test::Oracle;
using test::Random;
using test::View;

std::vector<std::string> bytes_of(const std::vector<OperationRef>& operations) {
  std::vector<std::string> bytes;
  for (const OperationRef& o : operations) bytes.emplace_back(o->bytes());
  return bytes;
}

Fingerprint plain_fingerprint(const std::vector<OperationRef>& live) {
  Fingerprint print;
  print.count = live.size();
  for (const OperationRef& o : live) {
    int carry = 0;
    for (int i = 31; i >= 0; --i) {
      const int total = print.sum[i] + o->digest()[i] + carry;
      print.sum[i] = static_cast<uint8_t>(total);
      carry = total >> 8;
    }
  }
  return print;
}

std::vector<std::string> creation_order(const View& view) {
  std::vector<std::string> ids;
  for (const auto& entry : view) ids.push_back(entry.first);
  std::sort(ids.begin(), ids.end(), [&](const std::string& a, const std::string& b) {
    const Stamp x = view.at(a).created, y = view.at(b).created;
    return x != y ? x < y : a < b;
  });
  return ids;
}

// Each replica has objects of its own, as if they had come over a wire.
OperationRef copy(const OperationRef& o) {
  auto decoded = Operation::decode(o->bytes());
  EXPECT_TRUE(decoded.ok()) << decoded.error().message;
  return *decoded;
}

void expect_agreement(const Graph& graph, const Oracle& oracle, const View& expected) {
  ASSERT_EQ(bytes_of(graph.live_in_stamp_order()), bytes_of(oracle.live()));
  ASSERT_TRUE(graph.fingerprint() == plain_fingerprint(oracle.live()));
  ASSERT_TRUE(test::view_of(graph) == expected);
  ASSERT_EQ(graph.live_count(), oracle.live().size());
  ASSERT_EQ(graph.node_count(), expected.size());
  std::vector<std::string> order;
  graph.for_each_node([&](const Node& node) { order.emplace_back(graph.id(node)); });
  ASSERT_EQ(order, creation_order(expected));
  for (const auto& [id, state] : expected) {
    const Node* node = graph.find(id);
    ASSERT_NE(node, nullptr);
    for (const std::string& name : test::kFields) {
      const auto field = state.fields.find(name);
      ASSERT_EQ(graph.field(*node, name).bytes(), field == state.fields.end() ? ByteView() : ByteView(field->second));
    }
  }
}

// Applies one operation and checks that whatever it changed for a user was reported.
void apply_watched(Graph& graph, const OperationRef& operation) {
  const View before = test::view_of(graph);
  const Fingerprint print = graph.fingerprint();
  std::vector<Buffer> touched;
  const Applied applied = graph.apply(copy(operation), &touched);
  const View after = test::view_of(graph);
  ASSERT_EQ(changed(applied), graph.fingerprint() != print);
  for (const View* view : {&before, &after}) {
    for (const auto& [id, state] : *view) {
      const auto was = before.find(id), is = after.find(id);
      const bool same = was != before.end() && is != after.end() && was->second == is->second;
      ASSERT_TRUE(same || std::find(touched.begin(), touched.end(), id) != touched.end()) << id << " changed unreported";
    }
  }
}

void expect_convergence(Random& random, const std::vector<OperationRef>& log) {
  const Oracle oracle(log);
  const View expected = oracle.view();
  for (int round = 0; round < 3; ++round) {
    std::vector<OperationRef> operations = log;
    if (random.chance(50)) operations.insert(operations.end(), log.begin(), log.end());
    random.shuffle(operations);
    Graph graph(random.below(1000));
    if (round == 2) {   // by way of three replicas that pass on what they hold
      Graph parts[3];
      for (const OperationRef& o : operations) parts[random.below(3)].apply(copy(o), nullptr);
      for (int i = 0; i < 4; ++i)
        for (const OperationRef& o : parts[random.below(3)].live_in_stamp_order()) parts[i % 3].apply(copy(o), nullptr);
      for (const Graph& part : parts)
        for (const OperationRef& o : part.live_in_stamp_order()) graph.apply(copy(o), nullptr);
    } else {
      for (const OperationRef& o : operations) {
        if (round == 0) ASSERT_NO_FATAL_FAILURE(apply_watched(graph, o));
        else graph.apply(copy(o), nullptr);
        if (random.chance(10)) graph.fingerprint();
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_agreement(graph, oracle, expected));
    for (const OperationRef& o : log) ASSERT_FALSE(changed(graph.apply(copy(o), nullptr))) << "a late repetition claimed a change";
    ASSERT_TRUE(graph.fingerprint() == plain_fingerprint(oracle.live()));
  }
}

void ignore_put(const Graph&, const std::string&, const Buffer&) {}

TEST(Converge, AuthoredHistories) {
  for (uint64_t seed = 0; seed < 1200; ++seed) {
    Random random(seed);
    const auto log = test::authored(random, 3 + random.below(25), ignore_put);
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(expect_convergence(random, log));
  }
}

TEST(Converge, WildHistories) {
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    const auto log = test::wild(random, 3 + random.below(14), false);
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(expect_convergence(random, log));
  }
}

TEST(Converge, TwoContentsUnderOneStamp) {
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    const auto log = test::wild(random, 3 + random.below(14), true);
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(expect_convergence(random, log));
  }
}

TEST(Converge, AWriterReadsItsOwnWrite) {
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    test::authored(random, 30, [&](const Graph& graph, const std::string& id, const Buffer& value) {
      const Node* node = graph.find(id);
      ASSERT_NE(node, nullptr);
      Buffer scratch;
      ASSERT_EQ(graph.value_view(*node, scratch), ByteView(value));
    });
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace weft
