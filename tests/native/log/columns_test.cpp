#include "log/columns.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "base/limits.h"
#include "base/pack.h"
#include "base/varint.h"

namespace weft {
namespace {

using Operations = std::vector<OperationRef>;

// Everything a value can be, with a liking for what repeats.
class Writer {
 public:
  explicit Writer(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t n) { return engine_() % n; }

  Operations operations(size_t count) {
    Operations made;
    while (made.size() < count) made.push_back(operation());
    return made;
  }

 private:
  Stamp stamp() {
    clock_ += below(5) == 0 ? below(1 << 20) : 1;
    if (below(50) == 0) clock_ = 1 + below(UINT64_MAX - 2);
    return Stamp{clock_, 1 + below(3)};
  }

  Buffer text() {
    static const std::string kWords[] = {"", "a", "ab", "person", "person 12", "person 13", "no person 13", "\xc3\xa4", "\xc3\xb6"};
    Buffer text = kWords[below(9)] + (below(3) == 0 ? std::to_string(below(1000)) : "");
    return below(40) == 0 ? text + Buffer(below(70000), 'x') : text;
  }

  void scalar(Buffer& out) {
    switch (below(10)) {
      case 0: return pack_nil(out);
      case 1: return pack_bool(out, below(2) == 0);
      case 2: return pack_int(out, static_cast<int64_t>(below(uint64_t{1} << below(54))) - static_cast<int64_t>(below(200)));
      case 3: return pack_int(out, below(2) == 0 ? -9007199254740991 : 9007199254740991);
      case 4: return real(out);
      case 5: return extension(out, 1, below(uint64_t{1} << 42));
      case 6: return extension(out, 2, engine_());
      case 7: return extension(out, 3, engine_() | uint64_t{1} << 63);
      case 8: return pack_bin(out, text());
      default: return pack_str(out, text());
    }
  }

  void real(Buffer& out) {
    static const uint64_t kBits[] = {0x8000000000000000, 0x7ff8000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x4340000000000000, 1};
    double number = static_cast<double>(2 * below(1000) + 1) / 8;
    const uint64_t bits = kBits[below(6)];
    if (below(3) == 0) std::memcpy(&number, &bits, 8);
    pack_double(out, number);
  }

  void extension(Buffer& out, char type, uint64_t bits) {
    out += {'\xd7', type};
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
  }

  void value(Buffer& out, int depth) {
    const uint64_t what = below(8);
    if (what == 0 && depth < 4) {
      const uint64_t size = below(4);
      pack_array(out, static_cast<uint32_t>(size));
      for (uint64_t i = 0; i < size; ++i) value(out, depth + 1);
    } else if (what == 1 && depth < 4) {
      map(out, depth + 1);
    } else {
      scalar(out);
    }
  }

  // One of a few sets of names, sorted; now and then a wide or a deep one.
  void map(Buffer& out, int depth) {
    const uint64_t set = below(5), size = below(30) == 0 ? below(300) : set;
    pack_map(out, static_cast<uint32_t>(size));
    for (uint64_t i = 0; i < size; ++i) {
      pack_str(out, std::string(1 + set * 60, 'k') + static_cast<char>('0' + i / 100) + static_cast<char>('0' + i / 10 % 10) + static_cast<char>('0' + i % 10));
      value(out, depth);
    }
  }

  Buffer fields() {
    Buffer out;
    map(out, 1);
    return out;
  }

  Buffer names() {
    Buffer out;
    const uint64_t size = below(4) == 0 ? below(3) : 0;
    pack_array(out, static_cast<uint32_t>(size));
    for (uint64_t i = 0; i < size; ++i) pack_str(out, "z" + std::to_string(i));
    return out;
  }

  OperationRef operation() {
    const Stamp at = stamp();
    const Buffer id = "n" + text(), other = "m" + text(), label = text().substr(0, 200);
    switch (below(12)) {
      case 0: return Operation::remove(at, id.substr(0, 1000));
      case 1: return Operation::clear(at);
      case 2: return Operation::link(at, id.substr(0, 1000), "", other.substr(0, 1000), below(2) == 0 ? fields() : Buffer());
      case 3: return Operation::unlink(at, id.substr(0, 1000), "knows", other.substr(0, 1000));
      case 4: {
        Buffer whole;
        value(whole, 0);
        return is_map(whole) ? Operation::create(at, "x", fields(), names())
                                 : Operation::replace(at, id.substr(0, 1000), whole, below(2) == 0 ? kNoStamp : Stamp{1, 1});
      }
      case 5: return signed_by(Operation::create(at, id.substr(0, 1000), fields(), names()));
      case 6: return Operation::patch(at, id.substr(0, 1000), Buffer("\x81\xa1" "a\x01", 4), names());
      default: return Operation::create(at, id.substr(0, 1000), fields(), names());
    }
  }

  static bool is_map(ByteView value) {
    uint32_t size;
    return Unpacker(value).map(size);
  }

  static OperationRef signed_by(const OperationRef& bare) {
    Buffer out;
    pack_array(out, 3);
    pack_bin(out, bare->bytes());
    pack_bin(out, Buffer(32, 'k'));
    pack_bin(out, Buffer(64, 's'));
    return Operation::decode(out).value();
  }

  std::mt19937_64 engine_;
  uint64_t clock_ = uint64_t{1'700'000'000'000} << 16;
};

void expect_same(const Operations& expected, const Operations& got) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(got[i]->bytes(), expected[i]->bytes()) << i;
}

Buffer packed(const Operations& operations) { return pack_columns(operations, 0, operations.size()); }

TEST(Columns, WhateverIsPackedComesOutByteForByte) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Writer writer(seed);
    const Operations operations = writer.operations(writer.below(120));
    const Buffer bytes = packed(operations);
    const auto unpacked = unpack_columns(bytes);
    ASSERT_TRUE(unpacked.ok()) << seed << ": " << unpacked.error().message;
    expect_same(operations, *unpacked);
    EXPECT_EQ(packed(*unpacked), bytes) << seed;
  }
}

TEST(Columns, APartOfAListIsPackedAlone) {
  const Operations operations = Writer(7).operations(50);
  const auto unpacked = unpack_columns(pack_columns(operations, 10, 30));
  ASSERT_TRUE(unpacked.ok());
  expect_same(Operations(operations.begin() + 10, operations.begin() + 30), *unpacked);
}

TEST(Columns, PartsEndByCountAndByBytes) {
  Operations operations;
  const Buffer large = [] {
    Buffer value;
    pack_str(value, Buffer(limits::kPartBytes / 2, 'x'));
    return value;
  }();
  EXPECT_EQ(part_size(operations, 0, 10), 0u);
  for (uint64_t i = 1; i <= 8; ++i) operations.push_back(Operation::replace(Stamp{i, 1}, "n", large, kNoStamp));
  EXPECT_EQ(part_size(operations, 0, 10), 2u);
  EXPECT_EQ(part_size(operations, 7, 10), 1u);
  EXPECT_EQ(part_size(operations, 8, 10), 0u);
  EXPECT_EQ(part_size(operations, 0, 1), 1u);
}

TEST(Columns, WhatIsAlikePacksToAFraction) {
  Operations operations;
  size_t plain = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    Buffer fields;
    pack_map(fields, 2);
    pack_str(fields, "email"), pack_str(fields, "person" + std::to_string(i) + "@example.org");
    pack_str(fields, "since"), pack_uint(fields, 1'700'000'000'000 + 1000 * i);
    operations.push_back(Operation::create(Stamp{(uint64_t{1} << 60) + i, 5}, "person-" + std::to_string(i), fields, {}));
    plain += operations.back()->bytes().size();
  }
  EXPECT_LT(packed(operations).size() * 5, plain);
}

TEST(Columns, CutShortAnywhereIsRefused) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Buffer bytes = packed(Writer(seed).operations(12));
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 500) {
      const Buffer cut(bytes.data(), size);   // of its own, so that reading past the end is noticed
      EXPECT_FALSE(unpack_columns(cut).ok()) << seed << " at " << size;
    }
    EXPECT_FALSE(unpack_columns(bytes + '\0').ok());
  }
}

TEST(Columns, SpoiledBytesAreRefusedOrSound) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Writer writer(seed);
    const Buffer bytes = packed(writer.operations(20));
    for (int i = 0; i < 50; ++i) {
      Buffer bad = bytes;
      for (uint64_t spots = 1 + writer.below(3); spots > 0; --spots)
        bad[writer.below(std::min<size_t>(bad.size(), 3000))] = static_cast<char>(writer.below(256));
      const auto unpacked = unpack_columns(bad);
      if (!unpacked) continue;
      for (const OperationRef& operation : *unpacked) EXPECT_TRUE(Operation::decode(operation->bytes()).ok());
    }
  }
}

// A few bytes that say they are millions of operations, shapes, gaps or characters.
TEST(Columns, DeclaredLengthsCostNothing) {
  const auto varints = [](std::initializer_list<uint64_t> numbers) {
    Buffer out;
    for (const uint64_t number : numbers) write_varint(out, number);
    return out;
  };
  const uint64_t huge = uint64_t{1} << 40;
  for (const Buffer& bytes : {varints({huge, 0, 0}), varints({1, huge}), varints({1, 1, huge, 0, 0}), varints({UINT64_MAX, 1, 1, 0, 0, 0}),
                              varints({1, 1, 1, 0, huge}), varints({0, 0, 0, huge}), varints({0, 0, 0, 0, huge})})
    EXPECT_FALSE(unpack_columns(bytes).ok());
}

// One text of 64 KB, then thousands that share all of it: each byte of the input would become 32 KB.
TEST(Columns, AnAvalancheOfSharedTextsIsRefused) {
  constexpr size_t kRows = 60'000;
  const Buffer ones(kRows, '\1'), text(1 << 16, 'x');
  Buffer bytes, fronts, sizes;
  write_varint(bytes, kRows), write_varint(bytes, 1);
  write_varint(bytes, 2);   // gaps
  write_run(bytes, Buffer("\x95\3\xc4\x10", 4)), write_run(bytes, Buffer("\xa1n", 2)), write_run(bytes, Buffer("\xc0", 1));
  write_run(bytes, ones);
  write_varint(bytes, 1), bytes += Buffer(8, '\1');
  write_run(bytes, Buffer(kRows, '\0')), write_run(bytes, Buffer(kRows, '\2')), write_run(bytes, {});
  bytes += '\4';
  for (size_t i = 0; i < kRows; ++i) write_varint(fronts, i == 0 ? 0 : text.size()), write_varint(sizes, i == 0 ? text.size() : 0);
  write_run(bytes, fronts), write_run(bytes, Buffer(kRows, '\0')), write_run(bytes, sizes), write_run(bytes, text);
  const auto unpacked = unpack_columns(bytes);
  ASSERT_FALSE(unpacked.ok());
  EXPECT_EQ(unpacked.error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace weft
