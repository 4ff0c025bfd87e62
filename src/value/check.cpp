// The one judge of what a canonical value is: a single bounded pass, recursion no deeper than
// limits::kMaxDepth. The path of an error is put together on the way out, so that it costs nothing
// while all is well.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/limits.h"
#include "base/pack_head.h"
#include "value/utf8.h"
#include "value/value.h"

namespace weft {
namespace {

constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;
constexpr int64_t kMaxDateMs = 8'640'000'000'000'000;   // ECMAScript: a later Date is invalid
constexpr uint64_t kNanBits = 0x7ff8000000000000ull;
constexpr size_t kFewNames = 8;                         // compared pairwise rather than sorted

bool is_canonical_integer(const PackHead& head, const char* payload) {
  if (head.size == 0) return true;
  const uint64_t bits = read_be(payload, head.size);
  if (head.tag <= 0xcf) {
    constexpr uint64_t kLeast[4] = {0x80, 0x100, 0x10000, 0x100000000};
    return bits >= kLeast[head.tag - 0xcc] && bits <= static_cast<uint64_t>(kMaxSafeInteger);
  }
  const int shift = 64 - 8 * static_cast<int>(head.size);
  const int64_t number = static_cast<int64_t>(bits << shift) >> shift;
  constexpr int64_t kBelow[4] = {-32, -128, -32768, -2147483648ll};
  return number < kBelow[head.tag - 0xd0] && number >= -kMaxSafeInteger;
}

// Every number that is not a safe integer: fractions, −0, infinities, NaN in its one form.
bool is_canonical_float(const char* payload) {
  const uint64_t bits = read_be(payload, 8);
  double number;
  std::memcpy(&number, &bits, 8);
  if (number != number) return bits == kNanBits;
  if (bits == 0x8000000000000000ull) return true;
  const bool safe = number >= -static_cast<double>(kMaxSafeInteger) && number <= static_cast<double>(kMaxSafeInteger);
  return !safe || static_cast<double>(static_cast<int64_t>(number)) != number;
}

bool is_canonical_extension(const char* head_bytes) {
  const uint64_t bits = read_be(head_bytes + 2, 8);
  const auto number = static_cast<int64_t>(bits);
  switch (head_bytes[1]) {
    case 1: return number >= -kMaxDateMs && number <= kMaxDateMs;
    case 2: return true;
    case 3: return number < 0;   // else it would fit the signed form
    default: return false;
  }
}

enum class Names : uint8_t { kUnique, kSorted };

class Checker {
 public:
  explicit Checker(ByteView bytes) : bytes_(bytes) {}

  Code value(size_t depth, Names names);
  size_t used() const { return at_; }
  bool top_sorted() const { return top_sorted_; }
  Error error(Code code) {
    return make_error(code, reason_ ? reason_ : "the value is not a canonical MessagePack value", std::move(path_));
  }

 private:
  Code fail(Code code, const char* reason) {
    if (!reason_) reason_ = reason;
    return code;
  }
  Code scalar(const PackHead& head, const char* at);
  Code array(uint32_t size, size_t depth);
  Code map(uint32_t size, size_t depth, Names names);
  Code name(ByteView& out);
  bool unique_from(size_t first);

  ByteView bytes_;
  size_t at_ = 0;
  std::vector<ByteView> names_;   // a stack: the names of the maps being read, outermost first
  const char* reason_ = nullptr;
  Buffer path_;
  bool top_sorted_ = true;
};

Code Checker::value(size_t depth, Names names) {
  const PackHead head = read_head(bytes_.substr(at_));
  if (head.form == Form::kBroken) return fail(Code::kMalformed, "the value is cut short or of no known form");
  if (!is_shortest(head)) return fail(Code::kMalformed, "a length is not in its shortest form");
  const char* at = bytes_.data() + at_;
  at_ += head.head;
  const size_t left = bytes_.size() - at_;
  const bool is_map = head.form == Form::kMap;
  if (!is_map && head.form != Form::kArray) {
    if (head.size > left) return fail(Code::kMalformed, "the value is cut short");
    at_ += head.size;
    return scalar(head, at);
  }
  if (head.size > left / (is_map ? 2 : 1)) return fail(Code::kMalformed, "a declared length is longer than what is there");
  if (depth == limits::kMaxDepth) return fail(Code::kTooDeep, "the value is nested too deep");
  return is_map ? map(head.size, depth + 1, names) : array(head.size, depth + 1);
}

Code Checker::scalar(const PackHead& head, const char* at) {
  const char* payload = at + head.head;
  switch (head.form) {
    case Form::kInteger:
      return is_canonical_integer(head, payload) ? Code::kOk : fail(Code::kMalformed, "an integer is not canonical");
    case Form::kFloat:
      return is_canonical_float(payload) ? Code::kOk : fail(Code::kMalformed, "a number is not canonical");
    case Form::kExtension:
      return is_canonical_extension(at) ? Code::kOk : fail(Code::kMalformed, "an extension is not canonical");
    case Form::kString:
      return is_utf8({payload, head.size}) ? Code::kOk : fail(Code::kMalformed, "a string is not valid UTF-8");
    default: return Code::kOk;
  }
}

Code Checker::array(uint32_t size, size_t depth) {
  for (uint32_t i = 0; i < size; ++i) {
    const Code code = value(depth, Names::kUnique);
    if (code == Code::kOk) continue;
    path_.insert(0, "[" + std::to_string(i) + "]");
    return code;
  }
  return Code::kOk;
}

Code Checker::name(ByteView& out) {
  const PackHead head = read_head(bytes_.substr(at_));
  if (head.form != Form::kString || !is_shortest(head) || head.size > bytes_.size() - at_ - head.head)
    return fail(Code::kMalformed, "a name in a map is not a string");
  out = bytes_.substr(at_ + head.head, head.size);
  at_ += head.head + size_t{head.size};
  return is_utf8(out) ? Code::kOk : fail(Code::kMalformed, "a name is not valid UTF-8");
}

Code Checker::map(uint32_t size, size_t depth, Names names) {
  const size_t first = names_.size();
  bool ascending = true;
  for (uint32_t i = 0; i < size; ++i) {
    ByteView entry;
    if (const Code code = name(entry); code != Code::kOk) return code;
    if (i > 0 && entry <= names_.back()) ascending = false;
    if (!ascending && names == Names::kSorted)
      return fail(Code::kMalformed, "names are not in bytewise order, or one stands twice");
    names_.push_back(entry);
    const Code code = value(depth, Names::kUnique);
    if (code == Code::kOk) continue;
    path_.insert(0, path_.empty() || path_[0] == '[' ? Buffer(entry) : Buffer(entry) + ".");
    return code;
  }
  if (depth == 1) top_sorted_ = ascending;
  if (!ascending && !unique_from(first)) return fail(Code::kMalformed, "a name stands twice in one map");
  names_.resize(first);
  return Code::kOk;
}

bool Checker::unique_from(size_t first) {
  const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
  if (names_.size() - first > kFewNames) {
    std::sort(begin, names_.end());
    return std::adjacent_find(begin, names_.end()) == names_.end();
  }
  for (auto it = begin; it != names_.end(); ++it)
    if (std::find(it + 1, names_.end(), *it) != names_.end()) return false;
  return true;
}

struct Entry {
  ByteView name, bytes;   // bytes: name and value as encoded
};

// The entries of the map that is all of `bytes`, in bytewise order of their names.
void append_sorted(ByteView bytes, Buffer& out) {
  const ValueView map(bytes);
  constexpr size_t kOnStack = 32;
  std::array<Entry, kOnStack> few;
  std::vector<Entry> many(map.size() > kOnStack ? map.size() : 0);
  Entry* const first = many.empty() ? few.data() : many.data();
  Entry* end = first;
  const char* at = bytes.data() + read_head(bytes).head;
  for (auto it = map.begin(); it.more(); ++end) {
    const char* const begin = at;
    const ByteView name = it.name(), value = it.value_bytes();
    at = value.data() + value.size();
    *end = Entry{name, {begin, static_cast<size_t>(at - begin)}};
    it.next();
  }
  std::sort(first, end, [](const Entry& a, const Entry& b) { return a.name < b.name; });
  out.append(bytes.data(), read_head(bytes).head);
  for (const Entry* entry = first; entry != end; ++entry) out.append(entry->bytes);
}

}  // namespace

Result<size_t> check_value(ByteView bytes, bool sorted_top) {
  Checker checker(bytes);
  const Code code = checker.value(0, sorted_top ? Names::kSorted : Names::kUnique);
  if (code != Code::kOk) return checker.error(code);
  if (checker.used() > limits::kMaxValueBytes) return make_error(Code::kTooLarge, "the value is too large");
  return checker.used();
}

Status canonicalize(ByteView bytes, Buffer& out) {
  if (bytes.size() > limits::kMaxValueBytes) return make_error(Code::kTooLarge, "the value is too large");
  Checker checker(bytes);
  const Code code = checker.value(0, Names::kUnique);
  if (code != Code::kOk) return checker.error(code);
  if (checker.used() != bytes.size()) return make_error(Code::kMalformed, "bytes follow the value");
  if (ValueView(bytes).type() == Type::kMap && !checker.top_sorted()) append_sorted(bytes, out);
  else out.append(bytes);
  return ok_status();
}

}  // namespace weft
