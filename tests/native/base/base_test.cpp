#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/deflate.h"
#include "base/flat_table.h"
#include "base/hash.h"
#include "base/pack.h"
#include "base/pack_head.h"
#include "base/pool.h"
#include "base/result.h"
#include "base/sha256.h"

namespace weft {
namespace {

std::string hex(const std::array<uint8_t, 32>& bytes) {
  std::string text;
  for (uint8_t byte : bytes) text += "0123456789abcdef"[byte >> 4], text += "0123456789abcdef"[byte & 15];
  return text;
}

TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(Buffer(1000000, 'a'))), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, AnyCutGivesTheSameDigest) {
  Buffer text;
  for (int i = 0; i < 300; ++i) text.push_back(static_cast<char>(i * 7));
  for (size_t size = 0; size <= text.size(); size += 13) {
    const ByteView whole = ByteView(text).substr(0, size);
    for (size_t cut = 0; cut <= size; cut += 11)
      EXPECT_EQ(hex(Sha256().update(whole.substr(0, cut)).update(whole.substr(cut)).finish()), hex(sha256(whole)));
  }
}

TEST(Deflate, RoundTrip) {
  for (const Buffer& text : {Buffer(), Buffer("x"), Buffer(300000, 'z')}) {
    const auto back = inflate(deflate(text), text.size());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, text);
  }
}

TEST(Deflate, TheCapHolds) {
  const Buffer bomb = deflate(Buffer(5000000, '\0'));
  for (size_t cap : {size_t{0}, size_t{1}, size_t{65536}, size_t{4999999}}) {
    const auto result = inflate(bomb, cap);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::kTooLarge);
  }
  EXPECT_TRUE(inflate(bomb, 5000000).ok());
}

TEST(Deflate, BrokenBytesAreRefused) {
  Buffer text;
  for (int i = 0; i < 2000; ++i) text += std::to_string(i * i);
  const Buffer good = deflate(text);
  for (size_t size = 0; size < good.size(); ++size) {
    const auto result = inflate(ByteView(good).substr(0, size), 1 << 20);
    ASSERT_FALSE(result.ok()) << size;
    EXPECT_EQ(result.error().code, Code::kMalformed);
  }
  for (size_t at = 0; at < good.size(); at += 5) {   // the checksum notices what the format does not
    Buffer bad = good;
    bad[at] ^= 0x10;
    EXPECT_FALSE(inflate(bad, 1 << 20).ok()) << at;
  }
  EXPECT_EQ(inflate(good + "x", 1 << 20).error().code, Code::kMalformed);
}

TEST(Pack, WhatIsWrittenIsRead) {
  Buffer out;
  const std::vector<uint64_t> numbers = {0, 1, 127, 128, 255, 256, 65535, 65536, 0xffffffff, 0x100000000, ~uint64_t{0}};
  for (uint64_t n : numbers) pack_uint(out, n);
  const std::vector<size_t> sizes = {0, 1, 31, 32, 255, 256, 65535, 65536};
  for (size_t size : sizes) pack_str(out, Buffer(size, 's')), pack_bin(out, Buffer(size, 'b'));
  pack_nil(out), pack_bool(out, true), pack_array(out, 0), pack_map(out, 0);
  Unpacker in(out);
  for (uint64_t n : numbers) {
    uint64_t read = 0;
    ASSERT_TRUE(in.uint(read));
    EXPECT_EQ(read, n);
  }
  for (size_t size : sizes) {
    ByteView text, bytes;
    ASSERT_TRUE(in.str(text) && in.bin(bytes));
    EXPECT_EQ(text, Buffer(size, 's'));
    EXPECT_EQ(bytes, Buffer(size, 'b'));
  }
  bool yes = false;
  uint32_t count = 1;
  EXPECT_TRUE(in.nil() && in.boolean(yes) && yes && in.array(count) && count == 0 && in.map(count) && in.at_end());
}

TEST(Pack, ALengthBeyondTheBytesIsRefused) {
  uint32_t count;
  ByteView bytes;
  EXPECT_FALSE(Unpacker(ByteView("\xdd\xff\xff\xff\xff\x00", 6)).array(count));
  EXPECT_FALSE(Unpacker(ByteView("\xdf\x00\x00\x00\x02\x00\x00\x00", 8)).map(count));
  EXPECT_FALSE(Unpacker(ByteView("\xc6\xff\xff\xff\xff", 5)).bin(bytes));
  EXPECT_FALSE(Unpacker(ByteView("\xda\x00", 2)).str(bytes));
  EXPECT_FALSE(Unpacker(ByteView("\x93\x01\x02", 3)).skip());
  EXPECT_FALSE(Unpacker(Buffer(1000000, '\x91')).skip()) << "too deep";
  uint64_t number;
  EXPECT_FALSE(Unpacker(ByteView("\xcc\x05", 2)).uint(number)) << "not the shortest form";
  EXPECT_FALSE(Unpacker(ByteView("\xd9\x01x", 3)).str(bytes)) << "not the shortest form";
  EXPECT_FALSE(Unpacker(ByteView("\xff", 1)).uint(number)) << "negative";
}

TEST(Pack, SkipTakesExactlyOneValue) {
  Buffer out;
  pack_map(out, 1), pack_str(out, "a"), pack_array(out, 2), pack_double(out, 0.5), pack_int(out, -70000);
  const size_t size = out.size();
  pack_nil(out);
  Unpacker in(out);
  ByteView skipped;
  ASSERT_TRUE(in.skip(&skipped));
  EXPECT_EQ(skipped.size(), size);
  EXPECT_TRUE(in.nil() && in.at_end());
}

TEST(FlatTable, AgreesWithASet) {
  std::mt19937_64 random(1);
  FlatTable<const int> table;
  std::vector<std::unique_ptr<int>> items;
  std::set<const int*> model;
  const auto hash_of = [](int value) { return hash_pair(static_cast<uint64_t>(value % 37), 0, 5); };   // collisions on purpose
  for (int step = 0; step < 20000; ++step) {
    if (model.empty() || random() % 5 < 3) {
      items.push_back(std::make_unique<int>(step));
      table.insert(hash_of(step), items.back().get());
      model.insert(items.back().get());
    } else {
      auto it = model.begin();
      std::advance(it, random() % std::min<size_t>(model.size(), 10));
      auto* slot = table.find(hash_of(**it), [&](const int& i) { return &i == *it; });
      ASSERT_TRUE(slot);
      table.erase(slot);
      model.erase(it);
    }
    ASSERT_EQ(table.size(), model.size());
    if (model.size() > 300) {
      for (const int* item : model) ASSERT_TRUE(table.find(hash_of(*item), [&](const int& i) { return &i == item; }));
      table.clear(), model.clear();
    }
  }
}

TEST(Pool, PlacesAreUsedAgain) {
  Pool<std::string> pool;
  std::set<std::string*> places;
  for (int i = 0; i < 1000; ++i) {
    std::string* item = pool.make(100, 'x');
    places.insert(item);
    pool.destroy(item);
  }
  EXPECT_EQ(places.size(), 1u);
}

TEST(Result, EveryCodeHasItsName) {
  EXPECT_STREQ(code_name(Code::kOk), "OK");
  EXPECT_STREQ(code_name(Code::kInvalidArgument), "INVALID_ARGUMENT");
  EXPECT_STREQ(code_name(Code::kStampConflict), "STAMP_CONFLICT");
  EXPECT_STREQ(code_name(Code::kInternal), "INTERNAL");
}

}  // namespace
}  // namespace weft
