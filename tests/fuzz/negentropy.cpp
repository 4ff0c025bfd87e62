// Reconciliation: honest conversations over sets that the input chooses, hostile messages in both roles, and honest
// messages that were spoiled on their way, which get further than anything a fuzzer makes up.
//   [branching, from 4 on searching for single items too][copies][length][pattern: length bytes][kind: 0 converse · 1 attack · 2, 3 spoil][rest]
#include "sync/negentropy.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/sha256.h"
#include "input.h"
#include "targets.h"

namespace weft::fuzz {
namespace {

using negentropy::Id;
using negentropy::Settings;

constexpr size_t kFrame = 4096;
constexpr size_t kMostItems = 600;   // several frames of ids, in a run short enough to make thousands of

struct Side {
  RangeTree tree;
  std::set<Id> ids;
};

// Item i has always the same id: hashed once.
const Id& id_of(size_t i) {
  static const std::vector<Id> ids = [] {
    std::vector<Id> made;
    for (size_t n = 0; n < kMostItems; ++n) made.push_back(sha256(std::to_string(n)));
    return made;
  }();
  return ids[i];
}

// Each byte of `pattern` is an item for one side, the other, or both; equal clocks are frequent.
void fill(ByteView pattern, size_t copies, Side& a, Side& b) {
  const size_t count = std::min(copies * pattern.size(), kMostItems);
  for (size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<uint8_t>(pattern[i % pattern.size()]);
    const RangeItem item{(uint64_t{byte} >> 2) * 1000 + i / pattern.size() / 4, id_of(i)};
    if (byte % 4 != 1 && a.tree.insert(item)) a.ids.insert(item.digest);
    if (byte % 4 != 2 && b.tree.insert(item)) b.ids.insert(item.digest);
  }
}

// `have` are ours, whoever speaks. `need` are not, when the other is `honest`: a hostile one names ours under
// a clock that is not theirs, and is asked for what is known already.
void check_progress(const Side& side, const negentropy::Progress& progress, bool honest) {
  for (const Id& id : progress.have) WEFT_CHECK(side.ids.count(id) == 1);
  for (const Id& id : progress.need) WEFT_CHECK(!honest || side.ids.count(id) == 0);
  if (progress.message) WEFT_CHECK(progress.message->size() <= kFrame);
}

void attack(const Side& side, const Settings& settings, ByteView message) {
  const Result<Buffer> answer = negentropy::respond(side.tree, settings, message);
  if (answer) WEFT_CHECK(answer->size() <= kFrame);
  const Result<negentropy::Progress> progress = negentropy::proceed(side.tree, settings, message);
  if (progress) check_progress(side, *progress, false);
}

void converse(const Side& ours, const Side& theirs, const Settings& settings) {
  std::set<Id> have, need;
  std::optional<Buffer> message = negentropy::initiate(ours.tree, settings);
  for (int round = 0; message; ++round) {
    WEFT_CHECK(round < 200);
    const Result<Buffer> answer = negentropy::respond(theirs.tree, settings, *message);
    WEFT_CHECK(answer.ok() && answer->size() <= kFrame);
    Result<negentropy::Progress> progress = negentropy::proceed(ours.tree, settings, *answer);
    WEFT_CHECK(progress.ok());
    check_progress(ours, *progress, true);
    have.insert(progress->have.begin(), progress->have.end());
    need.insert(progress->need.begin(), progress->need.end());
    message = std::move(progress->message);
  }
  std::set<Id> only_ours, only_theirs;
  std::set_difference(ours.ids.begin(), ours.ids.end(), theirs.ids.begin(), theirs.ids.end(),
                      std::inserter(only_ours, only_ours.end()));
  std::set_difference(theirs.ids.begin(), theirs.ids.end(), ours.ids.begin(), ours.ids.end(),
                      std::inserter(only_theirs, only_theirs.end()));
  WEFT_CHECK(have == only_ours && need == only_theirs);
}

// A few edits of what was said: [kind][where: u16][what]…
Buffer spoiled(Buffer message, Input& in) {
  for (uint64_t edits = 1 + in.below(4); edits > 0 && !message.empty(); --edits) {
    const uint64_t kind = in.below(4);
    const size_t at = in.word() % message.size();
    switch (kind) {
      case 0: message[at] = static_cast<char>(in.byte()); break;
      case 1: message.resize(at); break;
      case 2: message.insert(at, in.bytes(in.below(8))); break;
      default: message.erase(at, 1 + in.below(40));
    }
  }
  return message;
}

// Honest for a few rounds; then what either side says arrives spoiled, at both.
void interfere(const Side& ours, const Side& theirs, const Settings& settings, Input& in) {
  std::optional<Buffer> message = negentropy::initiate(ours.tree, settings);
  for (uint64_t rounds = in.below(4); message; --rounds) {
    const Result<Buffer> answer = negentropy::respond(theirs.tree, settings, *message);
    WEFT_CHECK(answer.ok());
    if (rounds == 0) {
      attack(theirs, settings, spoiled(*message, in));
      attack(ours, settings, spoiled(*answer, in));
      return;
    }
    message = std::move(negentropy::proceed(ours.tree, settings, *answer)->message);
  }
}

}  // namespace

void negentropy(ByteView input) {
  Input in(input);
  const uint64_t how = in.below(8);
  const Settings plain{size_t{2} << how % 4, kFrame}, searching{size_t{2} << how % 4, kFrame, 32, 1000};
  const Settings& settings = how < 4 ? plain : searching;
  const size_t copies = size_t{1} << in.below(8);
  Side ours, theirs;
  fill(in.bytes(in.byte()), copies, ours, theirs);
  switch (in.below(4)) {
    case 0: return converse(ours, theirs, settings);
    case 1: return attack(ours, settings, in.rest());
    default: return interfere(ours, theirs, settings, in);
  }
}

}  // namespace weft::fuzz
