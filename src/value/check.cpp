// The one judge of what a canonical value is: a single bounded pass, recursion no deeper than
// limits::kMaxDepth. The path of an error is put together on the way out, so that it costs nothing
// while all is well.
#include <algorithm>
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
constexpr std::ptrdiff_t kFewNames = 8;                 // compared pairwise rather than sorted

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

// A name and where its entry (name and value as encoded) lies. Names compare by their first eight
// bytes as one number before anything longer is looked at.
struct Entry {
  uint64_t prefix;
  const char* begin;
  const char* text;
  uint32_t text_size;
  uint32_t size;
  ByteView name() const { return {text, text_size}; }
  ByteView bytes() const { return {begin, size}; }
  bool operator<(const Entry& other) const { return prefix != other.prefix ? prefix < other.prefix : name() < other.name(); }
  bool operator==(const Entry& other) const { return prefix == other.prefix && name() == other.name(); }
};

uint64_t prefix_of(ByteView name) {
  if (name.size() >= 8) return read_be(name.data(), 8);
  uint64_t prefix = 0;
  for (const char c : name) prefix = prefix << 8 | static_cast<unsigned char>(c);
  return name.empty() ? 0 : prefix << (64 - 8 * name.size());
}

// The entries of the maps being read, outermost first; on the stack while they are few.
class EntryStack {
 public:
  size_t size() const { return size_; }
  Entry* data() { return many_.empty() ? few_ : many_.data(); }
  Entry& back() { return data()[size_ - 1]; }
  void push(const Entry& entry) {
    if (size_ == kOnStack && many_.empty()) many_.assign(few_, few_ + size_);
    if (many_.empty()) few_[size_] = entry;
    else many_.resize(size_), many_.push_back(entry);
    ++size_;
  }
  void shrink(size_t size) { size_ = size; }

 private:
  static constexpr size_t kOnStack = 32;
  Entry few_[kOnStack];
  std::vector<Entry> many_;
  size_t size_ = 0;
};

class Checker {
 public:
  explicit Checker(ByteView bytes) : bytes_(bytes) {}

  Code value(size_t depth, Names names);
  size_t used() const { return at_; }
  // Of a map at the top, once it was found good.
  bool top_sorted() const { return top_sorted_; }
  void append_sorted(Buffer& out);
  Error error(Code code) {
    return make_error(code, reason_ ? reason_ : "the value is not a canonical MessagePack value", std::move(path_));
  }

 private:
  Code fail(Code code, const char* reason) {
    if (!reason_) reason_ = reason;
    return code;
  }
  void step_out(Buffer place) {   // a.b[2].c, from its end
    if (!path_.empty() && path_[0] != '[') place += '.';
    path_.insert(0, place);
  }
  Code scalar(const PackHead& head, const char* at);
  Code array(uint32_t size, size_t depth);
  Code map(uint32_t size, size_t depth, Names names);
  Code name(Entry& entry);
  bool unique_from(size_t first);

  ByteView bytes_;
  size_t at_ = 0;
  EntryStack entries_;
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
    step_out("[" + std::to_string(i) + "]");
    return code;
  }
  return Code::kOk;
}

Code Checker::name(Entry& entry) {
  const PackHead head = read_head(bytes_.substr(at_));
  if (head.form != Form::kString || !is_shortest(head) || head.size > bytes_.size() - at_ - head.head)
    return fail(Code::kMalformed, "a name in a map is not a string");
  entry.begin = bytes_.data() + at_;
  entry.text = entry.begin + head.head;
  entry.text_size = head.size;
  entry.prefix = prefix_of(entry.name());
  at_ += head.head + size_t{head.size};
  return is_utf8(entry.name()) ? Code::kOk : fail(Code::kMalformed, "a name is not valid UTF-8");
}

Code Checker::map(uint32_t size, size_t depth, Names names) {
  const size_t first = entries_.size();
  bool ascending = true;
  for (uint32_t i = 0; i < size; ++i) {
    Entry entry;
    if (const Code code = name(entry); code != Code::kOk) return code;
    if (i > 0 && !(entries_.back() < entry)) ascending = false;
    if (!ascending && names == Names::kSorted)
      return fail(Code::kMalformed, "names are not in bytewise order, or one stands twice");
    entries_.push(entry);
    if (const Code code = value(depth, Names::kUnique); code != Code::kOk) {
      step_out(Buffer(entry.name()));
      return code;
    }
    entries_.back().size = static_cast<uint32_t>(bytes_.data() + at_ - entry.begin);
  }
  if (!ascending && !unique_from(first)) return fail(Code::kMalformed, "a name stands twice in one map");
  if (depth == 1) top_sorted_ = ascending;   // and its entries stay, for append_sorted
  else entries_.shrink(first);
  return Code::kOk;
}

bool Checker::unique_from(size_t first) {
  Entry* const begin = entries_.data() + first;
  Entry* const end = entries_.data() + entries_.size();
  if (end - begin > kFewNames) {
    std::sort(begin, end);
    return std::adjacent_find(begin, end) == end;
  }
  for (Entry* entry = begin; entry != end; ++entry)
    if (std::find(entry + 1, end, *entry) != end) return false;
  return true;
}

void Checker::append_sorted(Buffer& out) {
  Entry* const begin = entries_.data();
  Entry* const end = begin + entries_.size();
  std::sort(begin, end);
  out.append(bytes_.data(), read_head(bytes_).head);
  for (const Entry* entry = begin; entry != end; ++entry) out.append(entry->bytes());
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
  if (!checker.top_sorted()) checker.append_sorted(out);
  else out.append(bytes);
  return ok_status();
}

}  // namespace weft
