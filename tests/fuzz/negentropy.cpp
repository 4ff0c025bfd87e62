// Reconciliation: hostile messages in both roles, and honest conversations over sets that the input chooses.
#include "sync/negentropy.h"

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "input.h"
#include "targets.h"

namespace weft::fuzz {
namespace {

using negentropy::Id;
using negentropy::Settings;

constexpr size_t kFrame = 4096;

struct Side {
  RangeTree tree;
  std::set<Id> ids;
};

// Each byte of `pattern` is an item for one side, the other, or both; equal clocks are frequent.
void fill(ByteView pattern, unsigned copies, Side& a, Side& b) {
  for (unsigned copy = 0; copy < copies; ++copy)
    for (size_t i = 0; i < pattern.size(); ++i) {
      const auto byte = static_cast<uint8_t>(pattern[i]);
      const size_t number = copy * pattern.size() + i;
      const RangeItem item{(uint64_t{byte} >> 2) * 1000 + copy / 4, sha256(std::to_string(number))};
      if (byte % 4 != 1 && a.tree.insert(item)) a.ids.insert(item.digest);
      if (byte % 4 != 2 && b.tree.insert(item)) b.ids.insert(item.digest);
    }
}

// `have` are ours, `need` are not, whoever speaks.
void check_progress(const Side& side, const negentropy::Progress& progress) {
  for (const Id& id : progress.have) WEFT_CHECK(side.ids.count(id) == 1);
  for (const Id& id : progress.need) WEFT_CHECK(side.ids.count(id) == 0);
  if (progress.message) WEFT_CHECK(progress.message->size() <= kFrame);
}

void attack(const Side& side, const Settings& settings, ByteView message) {
  const Result<Buffer> answer = negentropy::respond(side.tree, settings, message);
  if (answer) WEFT_CHECK(answer->size() <= kFrame);
  const Result<negentropy::Progress> progress = negentropy::proceed(side.tree, settings, message);
  if (progress) check_progress(side, *progress);
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
    check_progress(ours, *progress);
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

}  // namespace

void negentropy(ByteView input) {
  Input in(input);
  const Settings settings{size_t{2} << in.below(4), kFrame};
  const auto copies = static_cast<unsigned>(1 + in.below(8));
  Side ours, theirs;
  fill(in.bytes(in.byte() % 64), copies, ours, theirs);
  if (in.flag()) return converse(ours, theirs, settings);
  attack(ours, settings, in.rest());
}

}  // namespace weft::fuzz
