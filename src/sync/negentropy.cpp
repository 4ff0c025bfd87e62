#include "sync/negentropy.h"

#include <algorithm>
#include <set>

#include "base/sha256.h"

namespace weft::negentropy {
namespace {

constexpr uint8_t kVersion = 0x61;
constexpr size_t kFingerprintBytes = 16;
constexpr size_t kIdBytes = 32;
constexpr size_t kFrameReserve = 200;   // room for a bound, a mode and the fingerprint of all the rest
enum Mode : uint64_t { kSkip = 0, kFingerprint = 1, kIds = 2 };

void write_varint(Buffer& out, uint64_t n) {
  char digits[10];
  size_t at = sizeof digits;
  do {
    --at;
    digits[at] = static_cast<char>((n & 0x7f) | (at == sizeof digits - 1 ? 0 : 0x80));
    n >>= 7;
  } while (n != 0);
  out.append(digits + at, sizeof digits - at);
}

Error malformed(const char* what) { return make_error(Code::kMalformed, std::string("reconciliation: ") + what); }

// Reads one message; bounds are relative to the one before.
class Reader {
 public:
  explicit Reader(ByteView rest) : rest_(rest) {}
  bool more() const { return !rest_.empty(); }

  Result<uint64_t> varint() {
    uint64_t n = 0;
    for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
      const auto byte = static_cast<uint8_t>(rest_[i]);
      if (n >> 57 != 0) return malformed("a number above 64 bits");
      n = n << 7 | (byte & 0x7f);
      if ((byte & 0x80) == 0) {
        rest_.remove_prefix(i + 1);
        return n;
      }
    }
    return malformed("an unfinished number");
  }

  Result<ByteView> bytes(size_t length) {
    if (rest_.size() < length) return malformed("shorter than it says");
    const ByteView taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  Result<RangeBound> bound() {
    auto clock = varint();
    if (!clock) return clock.error();
    auto length = varint();
    if (!length) return length.error();
    if (*length > kIdBytes) return malformed("a bound's prefix above 32 bytes");
    auto prefix = bytes(static_cast<size_t>(*length));
    if (!prefix) return prefix.error();
    RangeBound bound{RangeBound::kEnd, Buffer(*prefix)};
    if (*clock != 0 && last_clock_ != RangeBound::kEnd) {
      const uint64_t step = *clock - 1;
      if (step >= RangeBound::kEnd - last_clock_) return malformed("a bound beyond the end");
      bound.clock = last_clock_ + step;
    }
    last_clock_ = bound.clock;
    return bound;
  }

 private:
  ByteView rest_;
  uint64_t last_clock_ = 0;
};

class Writer {
 public:
  Writer() { out_.push_back(static_cast<char>(kVersion)); }
  size_t size() const { return out_.size(); }
  Buffer take() { return std::move(out_); }
  void truncate(size_t size) { out_.resize(size); }   // only before a bound at the end, which is absolute

  void skip(const RangeBound& bound) {
    write_bound(bound);
    write_varint(out_, kSkip);
  }
  void fingerprint(const RangeBound& bound, const std::array<uint8_t, kFingerprintBytes>& fingerprint) {
    write_bound(bound);
    write_varint(out_, kFingerprint);
    out_.append(reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size());
  }
  void ids(const RangeBound& bound, size_t count, const Buffer& ids) {
    write_bound(bound);
    write_varint(out_, kIds);
    write_varint(out_, count);
    out_ += ids;
  }

 private:
  void write_bound(const RangeBound& bound) {
    if (bound.clock == RangeBound::kEnd) {
      write_varint(out_, 0);
    } else {
      write_varint(out_, bound.clock - last_clock_ + 1);
    }
    last_clock_ = bound.clock;
    write_varint(out_, bound.prefix.size());
    out_ += bound.prefix;
  }
  Buffer out_;
  uint64_t last_clock_ = 0;
};

void append_id(Buffer& to, const Id& id) { to.append(reinterpret_cast<const char*>(id.data()), id.size()); }

std::array<uint8_t, kFingerprintBytes> fingerprint_of(const DigestSum& items, size_t count) {
  const auto sum = items.bytes();
  Buffer text(reinterpret_cast<const char*>(sum.data()), sum.size());
  write_varint(text, count);
  const auto digest = sha256(text);
  std::array<uint8_t, kFingerprintBytes> out;
  std::copy(digest.begin(), digest.begin() + kFingerprintBytes, out.begin());
  return out;
}

std::array<uint8_t, kFingerprintBytes> fingerprint_of(const RangeTree& tree, size_t from, size_t to) {
  return fingerprint_of(tree.sum(from, to), to - from);
}

// The rank of the one item without which a range would have their fingerprint.
std::optional<size_t> find_single(const RangeTree& tree, size_t from, size_t to, ByteView theirs) {
  const DigestSum whole = tree.sum(from, to);
  std::optional<size_t> found;
  tree.for_each(from, to, [&](size_t rank, const RangeItem& item) {
    DigestSum rest = whole;
    rest.subtract(item.digest);
    const auto without = fingerprint_of(rest, to - from - 1);
    if (theirs == ByteView(reinterpret_cast<const char*>(without.data()), without.size())) found = rank;
    return !found;
  });
  return found;
}

// The shortest bound that parts two neighbours.
RangeBound bound_between(const RangeItem& before, const RangeItem& after) {
  if (before.clock != after.clock) return RangeBound{after.clock, {}};
  size_t shared = 0;
  while (shared < kIdBytes - 1 && before.digest[shared] == after.digest[shared]) ++shared;
  return RangeBound{after.clock, Buffer(reinterpret_cast<const char*>(after.digest.data()), shared + 1)};
}

// Either names the ids of a range or cuts it into `branching` ranges with a fingerprint each.
void write_split(Writer& out, const RangeTree& tree, size_t branching, size_t from, size_t to, const RangeBound& end) {
  const size_t count = to - from;
  if (count < branching * 2) {
    Buffer ids;
    tree.for_each(from, to, [&](size_t, const RangeItem& item) {
      append_id(ids, item.digest);
      return true;
    });
    out.ids(end, count, ids);
    return;
  }
  const size_t size = count / branching;
  const size_t larger = count % branching;   // the first ones take one more
  size_t at = from;
  for (size_t i = 0; i < branching; ++i) {
    const size_t next = at + size + (i < larger ? 1 : 0);
    const RangeBound bound = next == to ? end : bound_between(tree.at(next - 1), tree.at(next));
    out.fingerprint(bound, fingerprint_of(tree, at, next));
    at = next;
  }
}

// One pass over a message: what both roles share.
class Pass {
 public:
  Pass(const RangeTree& tree, const Settings& settings, Progress* initiator)
      : tree_(tree), settings_(settings), initiator_(initiator), searches_left_(settings.search_limit) {}

  Result<Buffer> run(ByteView message) {
    Reader in(message.substr(1));
    while (in.more()) {
      auto bound = in.bound();
      if (!bound) return bound.error();
      auto mode = in.varint();
      if (!mode) return mode.error();
      to_ = std::max(from_, tree_.lower_bound(*bound));
      const size_t written = out_.size();
      Status done = range(in, *bound, *mode);
      if (!done) return done.error();
      if (is_over(out_.size())) {   // the rest waits for the next round, as one fingerprint
        if (*mode != kIds) out_.truncate(written);
        out_.fingerprint(RangeBound{RangeBound::kEnd, {}}, fingerprint_of(tree_, to_, tree_.size()));
        break;
      }
      from_ = to_;
      last_bound_ = std::move(*bound);
    }
    return out_.take();
  }

 private:
  Status range(Reader& in, const RangeBound& bound, uint64_t mode) {
    if (mode == kSkip) {
      skipping_ = true;
      return ok_status();
    }
    if (mode == kFingerprint) return compare(in, bound);
    if (mode == kIds) return initiator_ != nullptr ? learn(in) : answer_ids(in, bound);
    return malformed("an unknown mode");
  }

  Status compare(Reader& in, const RangeBound& bound) {
    auto theirs = in.bytes(kFingerprintBytes);
    if (!theirs) return theirs.error();
    const auto ours = fingerprint_of(tree_, from_, to_);
    if (*theirs == ByteView(reinterpret_cast<const char*>(ours.data()), ours.size())) {
      skipping_ = true;
      return ok_status();
    }
    if (const std::optional<size_t> single = search(*theirs)) {
      name_alone(*single, bound);
      return ok_status();
    }
    write_skipped();
    write_split(out_, tree_, settings_.branching, from_, to_, bound);
    return ok_status();
  }

  // Costs a hash an item, so what a message can cost is bounded.
  std::optional<size_t> search(ByteView theirs) {
    const size_t count = to_ - from_;
    if (count > searches_left_) return std::nullopt;
    searches_left_ -= count;
    return find_single(tree_, from_, to_, theirs);
  }

  // What lies before and behind it is equal.
  void name_alone(size_t rank, const RangeBound& bound) {
    const RangeItem& item = tree_.at(rank);
    const bool last = rank + 1 == to_;
    if (initiator_ != nullptr) {
      initiator_->have.push_back(item.digest);
      skipping_ = true;
      return;
    }
    if (rank > from_) out_.skip(bound_between(tree_.at(rank - 1), item));
    else write_skipped();
    Buffer id;
    append_id(id, item.digest);
    out_.ids(last ? bound : bound_between(item, tree_.at(rank + 1)), 1, id);
    skipping_ = !last;
  }

  Result<ByteView> read_ids(Reader& in, size_t& count) {
    auto declared = in.varint();
    if (!declared) return declared.error();
    if (*declared > SIZE_MAX / kIdBytes) return malformed("more ids than there can be");
    count = static_cast<size_t>(*declared);
    return in.bytes(count * kIdBytes);
  }

  Status learn(Reader& in) {
    size_t count = 0;
    auto ids = read_ids(in, count);
    if (!ids) return ids.error();
    std::set<Id> theirs;
    for (size_t i = 0; i < count; ++i) {
      Id id;
      std::copy(ids->begin() + static_cast<std::ptrdiff_t>(i * kIdBytes),
                ids->begin() + static_cast<std::ptrdiff_t>((i + 1) * kIdBytes), id.begin());
      theirs.insert(id);
    }
    tree_.for_each(from_, to_, [&](size_t, const RangeItem& item) {
      if (theirs.erase(item.digest) == 0) initiator_->have.push_back(item.digest);
      return true;
    });
    initiator_->need.insert(initiator_->need.end(), theirs.begin(), theirs.end());
    skipping_ = true;
    return ok_status();
  }

  Status answer_ids(Reader& in, const RangeBound& bound) {
    size_t count = 0;
    auto theirs = read_ids(in, count);
    if (!theirs) return theirs.error();
    write_skipped();
    Buffer ids;
    size_t named = 0;
    RangeBound end = bound;
    tree_.for_each(from_, to_, [&](size_t rank, const RangeItem& item) {
      if (is_over(out_.size() + ids.size())) {
        end = RangeBound{item.clock, Buffer(reinterpret_cast<const char*>(item.digest.data()), kIdBytes)};
        to_ = rank;
        return false;
      }
      append_id(ids, item.digest);
      ++named;
      return true;
    });
    out_.ids(end, named, ids);
    return ok_status();
  }

  void write_skipped() {
    if (skipping_) out_.skip(last_bound_);
    skipping_ = false;
  }
  bool is_over(size_t bytes) const {
    return settings_.frame_limit != 0 && bytes > settings_.frame_limit - kFrameReserve;
  }

  const RangeTree& tree_;
  const Settings& settings_;
  Progress* initiator_;
  Writer out_;
  RangeBound last_bound_;
  size_t from_ = 0, to_ = 0;
  size_t searches_left_;
  bool skipping_ = false;
};

}  // namespace

Buffer initiate(const RangeTree& tree, const Settings& settings) {
  Writer out;
  const size_t branching = settings.first_branching != 0 ? settings.first_branching : settings.branching;
  write_split(out, tree, branching, 0, tree.size(), RangeBound{RangeBound::kEnd, {}});
  return out.take();
}

Result<Buffer> respond(const RangeTree& tree, const Settings& settings, ByteView message) {
  if (message.empty()) return malformed("an empty message");
  const auto version = static_cast<uint8_t>(message[0]);
  if (version < 0x60 || version > 0x6f) return malformed("not a reconciliation message");
  if (version != kVersion) return Buffer(1, static_cast<char>(kVersion));
  return Pass(tree, settings, nullptr).run(message);
}

Result<Progress> proceed(const RangeTree& tree, const Settings& settings, ByteView message) {
  if (message.empty()) return malformed("an empty message");
  if (static_cast<uint8_t>(message[0]) != kVersion) {
    return make_error(Code::kUnsupportedVersion, "reconciliation: the other end speaks another version");
  }
  Progress progress;
  auto next = Pass(tree, settings, &progress).run(message);
  if (!next) return next.error();
  if (next->size() > 1) progress.message = std::move(*next);
  return progress;
}

}  // namespace weft::negentropy
