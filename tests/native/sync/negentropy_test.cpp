// Whole conversations of the format's reference implementation, byte by byte and in both roles, and
// the tree under them against a sorted list.
#include "sync/negentropy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "base/sha256.h"

namespace weft {
namespace {

using nlohmann::json;

Buffer from_hex(const std::string& hex) {
  Buffer out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

RangeItem item_of(const json& test, uint64_t i) {
  const std::string kind = test["timestamps"];
  constexpr uint64_t kStart = 1700000000000;
  uint64_t clock = kStart;
  if (kind == "ms") clock = kStart + 37 * i;
  if (kind == "hlc") clock = (kStart << 16) + ((i / 3) << 16) + i % 3;
  return RangeItem{clock, sha256("weft/" + test["case"].get<std::string>() + "/" + std::to_string(i))};
}

struct Side {
  RangeTree tree;
  std::set<negentropy::Id> ids;
};

Side side_without(const json& test, const char* missing) {
  Side side;
  std::vector<RangeItem> items;
  const std::vector<uint64_t> absent = test[missing];
  for (uint64_t i = 0; i < test["n"].get<uint64_t>(); ++i) {
    if (std::find(absent.begin(), absent.end(), i) != absent.end()) continue;
    items.push_back(item_of(test, i));
    side.ids.insert(items.back().digest);
  }
  std::sort(items.begin(), items.end());
  side.tree.build(items);
  return side;
}

json conversations() {
  std::ifstream file(std::string(WEFT_VECTORS) + "/negentropy-v1.json");
  return json::parse(file);
}

std::set<negentropy::Id> minus(const std::set<negentropy::Id>& a, const std::set<negentropy::Id>& b) {
  std::set<negentropy::Id> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

TEST(Negentropy, SaysWhatTheReferenceSays) {
  for (const json& test : conversations()) {
    SCOPED_TRACE(test["case"].get<std::string>());
    const Side initiator = side_without(test, "missing_at_initiator"), responder = side_without(test, "missing_at_responder");
    const negentropy::Settings settings{16, test["frame_size_limit"]};
    std::set<negentropy::Id> have, need;
    Buffer message = negentropy::initiate(initiator.tree, settings);
    const auto& messages = test["messages"];
    for (size_t i = 0; i < messages.size(); i += 2) {
      ASSERT_TRUE(message == from_hex(messages[i])) << "message " << i;
      auto answer = negentropy::respond(responder.tree, settings, message);
      ASSERT_TRUE(answer.ok());
      ASSERT_TRUE(*answer == from_hex(messages[i + 1])) << "message " << i + 1;
      auto progress = negentropy::proceed(initiator.tree, settings, *answer);
      ASSERT_TRUE(progress.ok());
      have.insert(progress->have.begin(), progress->have.end());
      need.insert(progress->need.begin(), progress->need.end());
      ASSERT_EQ(progress->message.has_value(), i + 2 < messages.size());
      if (progress->message) message = *progress->message;
    }
    EXPECT_EQ(have, minus(initiator.ids, responder.ids));
    EXPECT_EQ(need, minus(responder.ids, initiator.ids));
  }
}

struct Found {
  std::set<negentropy::Id> have, need;
  int rounds = 0;
};

Found converse(const Side& initiator, const negentropy::Settings& ours, const Side& responder, const negentropy::Settings& theirs) {
  Found found;
  std::optional<Buffer> message = negentropy::initiate(initiator.tree, ours);
  for (; message && found.rounds < 200; ++found.rounds) {
    auto answer = negentropy::respond(responder.tree, theirs, *message);
    if (!answer.ok()) break;
    auto progress = negentropy::proceed(initiator.tree, ours, *answer);
    if (!progress.ok()) break;
    found.have.insert(progress->have.begin(), progress->have.end());
    found.need.insert(progress->need.begin(), progress->need.end());
    message = progress->message;
  }
  EXPECT_FALSE(message.has_value());   // it came to its end
  return found;
}

TEST(Negentropy, MeetsAnotherBranchingFactor) {
  for (const json& test : conversations()) {
    SCOPED_TRACE(test["case"].get<std::string>());
    const Side initiator = side_without(test, "missing_at_initiator"), responder = side_without(test, "missing_at_responder");
    const Found found = converse(initiator, {8, 4096}, responder, {16, 0});
    EXPECT_EQ(found.have, minus(initiator.ids, responder.ids));
    EXPECT_EQ(found.need, minus(responder.ids, initiator.ids));
  }
}

// Either side looks for single items or does not, the other need not know.
TEST(Negentropy, NamesSingleItemsAloneAndFindsTheSame) {
  const negentropy::Settings plain{16, 4096}, seeking{8, 60'000, 32, 10'000};
  for (const json& test : conversations())
    for (const auto& [ours, theirs] : {std::pair(seeking, seeking), std::pair(seeking, plain), std::pair(plain, seeking)}) {
      SCOPED_TRACE(test["case"].get<std::string>());
      const Side initiator = side_without(test, "missing_at_initiator"), responder = side_without(test, "missing_at_responder");
      const Found found = converse(initiator, ours, responder, theirs);
      EXPECT_EQ(found.have, minus(initiator.ids, responder.ids));
      EXPECT_EQ(found.need, minus(responder.ids, initiator.ids));
    }
}

TEST(Negentropy, OneMissingItemTakesOneRoundWhicheverSideLacksIt) {
  std::vector<RangeItem> items;
  for (uint64_t i = 0; i < 5'000; ++i) items.push_back({1000 + i / 3, sha256("one/" + std::to_string(i))});
  const negentropy::Settings settings{8, 60'000, 64, 10'000};
  for (const size_t missing : {size_t{0}, size_t{1}, size_t{77}, size_t{78}, size_t{79}, size_t{2'500}, size_t{4'999}})
    for (const bool at_initiator : {true, false}) {
      Side whole, lacking;
      std::sort(items.begin(), items.end());
      whole.tree.build(items);
      lacking.tree.build(items);
      lacking.tree.erase(items[missing]);
      const Found found = at_initiator ? converse(lacking, settings, whole, settings) : converse(whole, settings, lacking, settings);
      EXPECT_EQ(found.rounds, 1) << missing;
      EXPECT_EQ(at_initiator ? found.need : found.have, std::set<negentropy::Id>{items[missing].digest}) << missing;
      EXPECT_EQ(found.have.size() + found.need.size(), 1u) << missing;
    }
}

TEST(Negentropy, RefusesWhatItDoesNotUnderstand) {
  const json test = conversations()[5];
  const Side side = side_without(test, "missing_at_initiator");
  const negentropy::Settings settings;
  EXPECT_FALSE(negentropy::respond(side.tree, settings, "").ok());
  EXPECT_FALSE(negentropy::respond(side.tree, settings, "\x21").ok());
  EXPECT_EQ(*negentropy::respond(side.tree, settings, "\x62"), "\x61");
  EXPECT_EQ(negentropy::proceed(side.tree, settings, "\x62").error().code, Code::kUnsupportedVersion);
  const Buffer whole = from_hex(test["messages"][1]);
  for (size_t length = 1; length < whole.size(); ++length) {
    (void)negentropy::respond(side.tree, settings, ByteView(whole).substr(0, length));
    (void)negentropy::proceed(side.tree, settings, ByteView(whole).substr(0, length));
  }
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    Buffer changed = whole;
    for (int k = 0; k < 3; ++k) changed[random() % changed.size()] = static_cast<char>(random());
    (void)negentropy::respond(side.tree, settings, changed);
    (void)negentropy::proceed(side.tree, settings, changed);
  }
}

TEST(RangeTree, AgreesWithASortedList) {
  std::mt19937_64 random(11);
  RangeTree tree;
  std::set<RangeItem> list;
  for (int step = 0; step < 20000; ++step) {
    RangeItem item;
    item.clock = random() % 500;
    item.digest[31] = static_cast<uint8_t>(random() % 4);
    item.digest[0] = static_cast<uint8_t>(random() % 2);
    const bool growing = (step / 3000) % 2 == 0;
    if (random() % 10 < (growing ? 8u : 2u)) {
      ASSERT_EQ(tree.insert(item), list.insert(item).second);
    } else {
      ASSERT_EQ(tree.erase(item), list.erase(item) == 1);
    }
    if (step % 97 != 0) continue;
    ASSERT_EQ(tree.size(), list.size());
    const size_t from = list.empty() ? 0 : random() % list.size();
    DigestSum sum;
    size_t rank = 0;
    for (const RangeItem& entry : list) {
      if (rank >= from) sum.add(entry.digest);
      ASSERT_TRUE(tree.at(rank) == entry);
      ++rank;
    }
    ASSERT_EQ(tree.sum(from, tree.size()).bytes(), sum.bytes());
    const RangeBound bound{item.clock, Buffer(1, static_cast<char>(item.digest[0]))};
    const auto before = std::count_if(list.begin(), list.end(), [&](const RangeItem& entry) {
      return entry.clock < bound.clock || (entry.clock == bound.clock && entry.digest[0] < item.digest[0]);
    });
    ASSERT_EQ(tree.lower_bound(bound), static_cast<size_t>(before));
  }
}

}  // namespace
}  // namespace weft
