#include "log/column.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/pack.h"
#include "base/varint.h"

namespace weft {
namespace {

constexpr size_t kRoom = 1 << 20;

Buffer text(ByteView of) {
  Buffer out;
  pack_str(out, of);
  return out;
}

Buffer integer(int64_t of) {
  Buffer out;
  pack_int(out, of);
  return out;
}

// As values are encoded: safe integers as integers.
Buffer number(double of) {
  if (of == std::floor(of) && std::abs(of) < 9.1e15 && !(of == 0 && std::signbit(of))) return integer(static_cast<int64_t>(of));
  Buffer out;
  pack_double(out, of);
  return out;
}

Buffer column_of(const std::vector<Buffer>& values) {
  Buffer out;
  write_column(out, std::vector<ByteView>(values.begin(), values.end()));
  return out;
}

ColumnForm form_of(const Buffer& column) { return static_cast<ColumnForm>(column.at(0)); }

void expect_back(const std::vector<Buffer>& values, const Buffer& column) {
  ByteView rest = column;
  size_t room = kRoom;
  ColumnReader reader;
  ASSERT_TRUE(reader.open(rest, values.size(), room));
  EXPECT_TRUE(rest.empty());
  for (const Buffer& value : values) {
    Buffer out;
    ASSERT_TRUE(reader.next(out, kRoom));
    ASSERT_EQ(out, value);
  }
  EXPECT_TRUE(reader.finished());
  Buffer out;
  EXPECT_FALSE(reader.next(out, kRoom));
}

void expect_form(ColumnForm form, const std::vector<Buffer>& values) {
  const Buffer column = column_of(values);
  EXPECT_EQ(form_of(column), form);
  expect_back(values, column);
}

bool is_read(const Buffer& column, size_t count, size_t room = kRoom) {
  ByteView rest = column;
  ColumnReader reader;
  if (!reader.open(rest, count, room)) return false;
  Buffer out;
  for (size_t i = 0; i < count; ++i)
    if (!reader.next(out, kRoom)) return false;
  return reader.finished();
}

TEST(Column, FewDigitsBehindThePointAreIntegersInside) {
  expect_form(ColumnForm::kDecimals, {number(12.5), number(0.1), number(-3), number(99.99), number(0), number(1e9)});
  expect_form(ColumnForm::kDecimals, {number(0.000000001), number(1.1)});
}

TEST(Column, OtherNumbersStayAsTheyAre) {
  for (const double odd : {1.0 / 3, -0.0, std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), 1e300, 5e-324,
                           0.0000000001, 9007199254740992.0 * 1024, 4503599627370496.5})
    expect_form(ColumnForm::kNumbers, {number(12.5), number(odd)});
  expect_form(ColumnForm::kNumbers, {number(9007199254740991), number(0.5)});   // its tenfold is no safe integer
}

TEST(Column, ValuesThatComeBackOftenAreListedOnce) {
  std::vector<Buffer> few, many;
  for (size_t i = 0; i < 100; ++i) few.push_back(i % 3 == 0 ? Buffer("\xc0") : text("city number " + std::to_string(i % 5)));
  expect_form(ColumnForm::kDictionary, few);
  for (size_t i = 0; i < 4000; ++i) many.push_back(text("city number " + std::to_string(i * 7 % 700)));
  expect_form(ColumnForm::kDictionary, many);
  EXPECT_LT(column_of(many).size(), 700 * 6 + 4000 * 2);
}

TEST(Column, ADictionaryMustPay) {
  std::vector<Buffer> once, small;
  for (size_t i = 0; i < 100; ++i) once.push_back(text("city number " + std::to_string(i)));
  expect_form(ColumnForm::kTexts, once);
  for (size_t i = 0; i < 100; ++i) small.push_back(integer(static_cast<int64_t>(i % 2)));
  expect_form(ColumnForm::kIntegers, small);
  expect_form(ColumnForm::kTexts, {text("again"), text("again"), text("again"), text("again")});
}

TEST(Column, TextsThatShareLittleAreLines) {
  expect_form(ColumnForm::kLines, {text("Ada Egger"), text(""), text("Yuki Sato"), text("Ben Müller")});
  expect_form(ColumnForm::kTexts, {text("Ada Egger"), text(ByteView("Yuki\0Sato", 9)), text("Ben Haas")});
}

TEST(Column, WhatADictionaryHoldsIsBounded) {
  std::vector<Buffer> values;
  for (size_t i = 0; i < 64; ++i) values.push_back(text(Buffer(1000, static_cast<char>('a' + i % 4))));
  const Buffer column = column_of(values);
  ASSERT_EQ(form_of(column), ColumnForm::kDictionary);
  EXPECT_TRUE(is_read(column, 64));
  EXPECT_TRUE(is_read(column, 64, 4 * 1003));
  EXPECT_FALSE(is_read(column, 64, 4 * 1003 - 1));
}

// Columns as the grammar does not have them.
TEST(Column, MalformedOnesAreRefused) {
  const Buffer entries("\1\2\2\4", 4);   // integers: 1, 2
  const auto dictionary = [](uint64_t size, const Buffer& column, const Buffer& places) {
    Buffer out("\10", 1);
    write_varint(out, size);
    out += column;
    write_run(out, places);
    return out;
  };
  EXPECT_TRUE(is_read(dictionary(2, entries, Buffer("\0\1\1", 3)), 3));
  EXPECT_FALSE(is_read(dictionary(2, entries, Buffer("\0\1\2", 3)), 3)) << "no such entry";
  EXPECT_FALSE(is_read(dictionary(2, entries, Buffer("\0\1", 2)), 3)) << "too few places";
  EXPECT_FALSE(is_read(dictionary(1, entries, Buffer("\0\0\0", 3)), 3)) << "an entry too many";
  EXPECT_FALSE(is_read(dictionary(uint64_t{1} << 40, entries, Buffer("\0\1\1", 3)), 3)) << "more entries than values";
  EXPECT_FALSE(is_read(dictionary(2, dictionary(2, entries, Buffer("\0\1", 2)), Buffer("\0\1\1", 3)), 3)) << "one in another";
  EXPECT_TRUE(is_read(Buffer("\7\1\1\1\2", 5), 1));
  EXPECT_FALSE(is_read(Buffer("\7\0\1\1\2", 5), 1)) << "no digits";
  EXPECT_FALSE(is_read(Buffer("\7\12\1\1\2", 5), 1)) << "too many digits";
  EXPECT_FALSE(is_read(Buffer("\7\1\5\1\2", 5), 1)) << "decimals of dates";
  EXPECT_TRUE(is_read(Buffer("\11\2a\0", 4), 1));
  EXPECT_FALSE(is_read(Buffer("\11\1a", 3), 1)) << "no end";
  EXPECT_FALSE(is_read(Buffer("\11\3a\0b", 5), 1)) << "something behind the end";
  EXPECT_FALSE(is_read(Buffer("\12\0", 2), 0)) << "no such form";
}

}  // namespace
}  // namespace weft
