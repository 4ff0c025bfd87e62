// Values are MessagePack, read in place. The dialect is canonical (docs/data-model.md): shortest
// integers, every other number float 64, one NaN, ext 1 Date (s64 ms), ext 2 bigint (s64),
// ext 3 bigint above s64 (u64), bin, str in valid UTF-8; map keys are strings, none twice.
#pragma once
#include "base/bytes.h"
#include "base/result.h"

namespace weft {

// Order of types, as queries compare them; kMissing stands for "no such field".
enum class Type : uint8_t { kMissing, kNull, kBoolean, kNumber, kString, kDate, kBinary, kArray, kMap };

// One value inside a larger MessagePack text that was checked before. Borrowed; O(1) to copy.
class ValueView {
 public:
  ValueView() = default;                     // missing
  explicit ValueView(ByteView at) : at_(at) {}  // starts at the value; may extend past it
  Type type() const;
  ByteView bytes() const;                    // exactly this value's encoding
  ByteView rest() const { return at_; }      // from its start on; what ValueView takes
  bool is_bigint() const;                    // a kNumber that was a bigint
  bool boolean() const;
  double number() const;                     // kNumber (bigint converted) and kDate (ms)
  int64_t integer() const;                   // exact, when is_integer()
  bool is_integer() const;
  ByteView text() const;                     // kString, kBinary
  uint32_t size() const;                     // entries of an array or map
  // Iteration of arrays and maps: for (auto it = v.begin(); it.more(); it.next()).
  class Iterator;
  Iterator begin() const;
  // The entry of a map, missing when there is none. Linear.
  ValueView field(ByteView name) const;
  ValueView entry(uint32_t index) const;

 private:
  ByteView at_;
};

class ValueView::Iterator {
 public:
  Iterator(ByteView rest, uint32_t left, bool is_map);
  bool more() const { return left_ > 0; }
  ByteView name() const { return name_; }    // of a map's entry
  ValueView value() const { return ValueView(rest_); }
  ByteView value_bytes();                    // exactly the value's encoding
  void next();

 private:
  void read_name();
  ByteView rest_, name_;
  size_t value_size_ = 0;                    // of the value at hand, 0 until it was measured
  uint32_t left_ = 0;
  bool is_map_ = false;
};

// Checks that `bytes` begins with one canonical value within the limits and returns its length.
// `sorted_top`: a map at the top must have its names in bytewise order.
// Errors: MALFORMED, TOO_DEEP, TOO_LARGE, with a path.
Result<size_t> check_value(ByteView bytes, bool sorted_top);

// As a writer hands it over: canonical except that the top-level map may be in writer's order (and
// then comes out sorted in `out`). Errors as check_value, duplicate names MALFORMED.
Status canonicalize(ByteView bytes, Buffer& out);

// Total order: by type first (kMissing < kNull < … < kMap), then by value; strings by code point
// (= bytewise UTF-8); numbers and bigints together, exactly. NaN equals itself and is below all numbers.
// Maps compare as sets of fields (order of fields aside): sorted names, then values.
int compare(const ValueView& a, const ValueView& b);

}  // namespace weft
