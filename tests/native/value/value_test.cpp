#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/pack.h"
#include "value/utf8.h"
#include "value/value.h"

namespace weft {
namespace {

nlohmann::json vectors(const std::string& name) {
  std::ifstream file(std::string(WEFT_VECTORS) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  return nlohmann::json::parse(file);
}

Buffer from_hex(const std::string& hex) {
  Buffer bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

// Exactly this text, which must be one value.
bool is_canonical(const Buffer& bytes, bool sorted_top = true) {
  const auto size = check_value(bytes, sorted_top);
  return size.ok() && *size == bytes.size();
}

// Writes a value again from what ValueView says of it.
void rewrite(const ValueView& v, Buffer& out) {
  switch (v.type()) {
    case Type::kMissing: FAIL() << "nothing there"; return;
    case Type::kNull: pack_nil(out); return;
    case Type::kBoolean: pack_bool(out, v.boolean()); return;
    case Type::kNumber:
      if (v.is_bigint()) out.append(v.bytes());
      else if (v.is_integer()) pack_int(out, v.integer());
      else pack_double(out, v.number());
      return;
    case Type::kDate: out.append(v.bytes()); return;
    case Type::kString: pack_str(out, v.text()); return;
    case Type::kBinary: pack_bin(out, v.text()); return;
    case Type::kArray: pack_array(out, v.size()); break;
    case Type::kMap: pack_map(out, v.size()); break;
  }
  for (auto it = v.begin(); it.more(); it.next()) {
    if (v.type() == Type::kMap) pack_str(out, it.name());
    rewrite(it.value(), out);
  }
}

TEST(Value, EveryVectorIsAcceptedAndReadBack) {
  for (const auto& vector : vectors("values.json")) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Buffer bytes = from_hex(vector["hex"]);
    EXPECT_TRUE(is_canonical(bytes, false));
    Buffer again;
    rewrite(ValueView(bytes), again);
    EXPECT_EQ(again, bytes);
    EXPECT_EQ(ValueView(bytes).bytes(), bytes);
    EXPECT_EQ(compare(ValueView(bytes), ValueView(again)), 0);
  }
}

TEST(Value, EveryRefusedVectorIsRefused) {
  for (const auto& vector : vectors("refused-values.json")) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Buffer bytes = from_hex(vector["hex"]);
    EXPECT_FALSE(is_canonical(bytes, false));
    Buffer out;
    EXPECT_FALSE(canonicalize(bytes, out).ok());
    EXPECT_TRUE(out.empty());
  }
}

TEST(Value, TheTopIsSortedAndWhatIsBelowKeepsItsOrder) {
  const auto map = [](const std::vector<std::string>& names, const Buffer& value) {
    Buffer out;
    pack_map(out, static_cast<uint32_t>(names.size()));
    for (const auto& name : names) pack_str(out, name), out.append(value);
    return out;
  };
  const Buffer inner = map({"z", "a"}, Buffer("\x01", 1));
  Buffer out;
  ASSERT_TRUE(canonicalize(map({"b", "", "longer than eight", "longer than 8", "a\xc3\xbc", "ab"}, inner), out).ok());
  EXPECT_EQ(out, map({"", "ab", "a\xc3\xbc", "b", "longer than 8", "longer than eight"}, inner));
  EXPECT_TRUE(is_canonical(out));
  EXPECT_FALSE(is_canonical(map({"b", "a"}, inner)));
  EXPECT_TRUE(is_canonical(map({"b", "a"}, inner), false));
  std::vector<std::string> many;
  for (int i = 0; i < 500; ++i) many.push_back("n" + std::to_string(i * 7919 % 500));
  Buffer sorted;
  ASSERT_TRUE(canonicalize(map(many, inner), sorted).ok());
  std::sort(many.begin(), many.end());
  EXPECT_EQ(sorted, map(many, inner));
  many[100] = many[400];   // the same name far apart
  sorted.clear();
  EXPECT_EQ(canonicalize(map(many, inner), sorted).error().code, Code::kMalformed);
}

TEST(Value, AnErrorNamesItsPlace) {
  Buffer bytes;
  pack_map(bytes, 1), pack_str(bytes, "a"), pack_map(bytes, 1), pack_str(bytes, "b");
  pack_array(bytes, 3), pack_nil(bytes), pack_nil(bytes), pack_map(bytes, 1), pack_str(bytes, "c"), pack_str(bytes, "\xff");
  const auto checked = check_value(bytes, true);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().path, "a.b[2].c");
  EXPECT_EQ(checked.error().code, Code::kMalformed);
}

TEST(Value, DepthAndSizeHaveTheirCodes) {
  Buffer deep(limits::kMaxDepth, '\x91');
  EXPECT_TRUE(is_canonical(deep + "\x01"));
  EXPECT_EQ(check_value("\x91" + deep + "\x01", true).error().code, Code::kTooDeep);
  EXPECT_EQ(check_value(Buffer(3000000, '\x91'), true).error().code, Code::kTooDeep);
  Buffer large, out;
  pack_bin(large, Buffer(limits::kMaxValueBytes, 'x'));
  EXPECT_EQ(check_value(large, true).error().code, Code::kTooLarge);
  EXPECT_EQ(canonicalize(large, out).error().code, Code::kTooLarge);
}

TEST(Value, TruncationAndBitFlipsNeverCrash) {
  std::mt19937_64 random(11);
  for (const auto& vector : vectors("values.json")) {
    const Buffer bytes = from_hex(vector["hex"]);
    for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(is_canonical(bytes.substr(0, size), false));
    for (int i = 0; i < 50; ++i) {
      Buffer bad = bytes;
      bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
      Buffer out, again;
      if (!canonicalize(bad, out).ok()) continue;
      rewrite(ValueView(out), again);
      EXPECT_EQ(again, out) << "accepted, but not canonical";
    }
  }
}

TEST(Value, FieldsAndEntries) {
  Buffer bytes;
  pack_map(bytes, 2), pack_str(bytes, "list"), pack_array(bytes, 2), pack_uint(bytes, 5), pack_str(bytes, "x"), pack_str(bytes, "n"), pack_nil(bytes);
  const ValueView v(bytes);
  EXPECT_EQ(v.size(), 2u);
  EXPECT_EQ(v.field("list").entry(0).integer(), 5);
  EXPECT_EQ(v.field("list").entry(1).text(), "x");
  EXPECT_EQ(v.field("list").entry(2).type(), Type::kMissing);
  EXPECT_EQ(v.field("n").type(), Type::kNull);
  EXPECT_EQ(v.field("none").type(), Type::kMissing);
  EXPECT_EQ(v.entry(0).type(), Type::kMissing);
  EXPECT_EQ(ValueView().field("x").type(), Type::kMissing);
}

Buffer encode(const std::function<void(Buffer&)>& write) {
  Buffer out;
  write(out);
  return out;
}
Buffer real(double number) { return encode([&](Buffer& o) { pack_double(o, number); }); }
Buffer integer(int64_t number) { return encode([&](Buffer& o) { pack_int(o, number); }); }
Buffer extension(char type, uint64_t bits) {
  return encode([&](Buffer& o) {
    o += "\xd7", o += type;
    for (int i = 7; i >= 0; --i) o += static_cast<char>(bits >> (8 * i));
  });
}

TEST(Compare, ATotalOrderByTypeThenValue) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<Buffer> ascending = {
      Buffer(),
      "\xc0",
      "\xc2",
      "\xc3",
      real(std::nan("")),
      real(-inf),
      real(-1e300),
      extension(2, static_cast<uint64_t>(std::numeric_limits<int64_t>::min())),
      integer(-9007199254740991),
      integer(-1),
      real(-0.5),
      integer(0),
      real(5e-324),
      integer(1),
      real(1.5),
      extension(2, 2),
      integer(9007199254740991),
      real(9007199254740992.0),
      extension(2, 9007199254740993),                 // not a double: above 2^53, below 2^53 + 2
      real(9007199254740994.0),
      extension(2, 9223372036854775807),
      real(9223372036854775808.0),
      extension(3, 9223372036854775809ull),
      extension(3, 18446744073709551615ull),
      real(18446744073709551616.0),
      real(inf),
      encode([](Buffer& o) { pack_str(o, ""); }),
      encode([](Buffer& o) { pack_str(o, "a"); }),
      encode([](Buffer& o) { pack_str(o, "b"); }),
      encode([](Buffer& o) { pack_str(o, "\xef\xbf\xbd"); }),           // U+FFFD
      encode([](Buffer& o) { pack_str(o, "\xf0\x9f\x98\x80"); }),       // beyond the plane: above by code point
      extension(1, static_cast<uint64_t>(-5)),
      extension(1, 5),
      encode([](Buffer& o) { pack_bin(o, "a"); }),
      encode([](Buffer& o) { pack_array(o, 0); }),
      encode([](Buffer& o) { pack_array(o, 1), pack_uint(o, 1); }),
      encode([](Buffer& o) { pack_array(o, 2), pack_uint(o, 1), pack_uint(o, 0); }),
      encode([](Buffer& o) { pack_map(o, 0); }),
      encode([](Buffer& o) { pack_map(o, 1), pack_str(o, "a"), pack_uint(o, 9); }),
      encode([](Buffer& o) { pack_map(o, 2), pack_str(o, "a"), pack_uint(o, 1), pack_str(o, "b"), pack_uint(o, 1); }),
      encode([](Buffer& o) { pack_map(o, 1), pack_str(o, "b"), pack_uint(o, 0); }),
  };
  for (size_t i = 0; i < ascending.size(); ++i)
    for (size_t j = 0; j < ascending.size(); ++j)
      EXPECT_EQ(compare(ValueView(ascending[i]), ValueView(ascending[j])), i < j ? -1 : i > j ? 1 : 0) << i << " and " << j;
}

TEST(Compare, EqualWhateverTheForm) {
  EXPECT_EQ(compare(ValueView(integer(5)), ValueView(extension(2, 5))), 0);
  EXPECT_EQ(compare(ValueView(integer(0)), ValueView(real(-0.0))), 0);
  const Buffer one = encode([](Buffer& o) { pack_map(o, 2), pack_str(o, "a"), pack_uint(o, 1), pack_str(o, "b"), pack_uint(o, 2); });
  const Buffer other = encode([](Buffer& o) { pack_map(o, 2), pack_str(o, "b"), pack_uint(o, 2), pack_str(o, "a"), pack_uint(o, 1); });
  EXPECT_EQ(compare(ValueView(one), ValueView(other)), 0);
}

}  // namespace
}  // namespace weft
