// Texts: ASCII folded here, the rest by the platform, kept within bounds.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "query/texts.h"

namespace weft::query {
namespace {

// Counts what it is asked; é and É are its whole Unicode.
class TinyPlatform : public Platform {
 public:
  void fold(ByteView text, Buffer& out) const override {
    ++folds;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool accented = text.substr(i, 2) == "\xc3\xa9" || text.substr(i, 2) == "\xc3\x89";
      out += accented ? 'e' : text[i];
      i += accented;
    }
  }
  Result<std::shared_ptr<const TextTest>> pattern(ByteView source, ByteView, const std::string& path) const override {
    struct Is : TextTest {
      explicit Is(ByteView text) : text_(text) {}
      bool accepts(ByteView text) const override { return text == text_; }
      Buffer text_;
    };
    if (source == "(") return make_error(Code::kInvalidQuery, "no pattern", path);
    return std::shared_ptr<const TextTest>(std::make_shared<Is>(source));
  }
  mutable size_t folds = 0;
};

using Words = std::vector<Buffer>;

TEST(Texts, AsciiIsFoldedHere) {
  const TinyPlatform platform;
  Texts texts(&platform);
  EXPECT_EQ(texts.words("Don't PANIC, snake_case! C++ a.b\t\n5"), (Words{"don", "t", "panic", "snake", "case", "c++", "a", "b", "5"}));
  EXPECT_EQ(texts.words("a b a"), (Words{"a", "b"}));
  EXPECT_EQ(texts.words(" \x7f.,"), Words{});
  EXPECT_EQ(platform.folds, 0u);
}

TEST(Texts, EveryWordMustOccurSomewhere) {
  const TinyPlatform platform;
  Texts texts(&platform);
  const auto accepts = [&](ByteView search, ByteView text) { return texts.search(texts.words(search))->accepts(text); };
  EXPECT_TRUE(accepts("world hello", "Hello, world"));
  EXPECT_TRUE(accepts("ell", "Hello"));
  EXPECT_FALSE(accepts("hello you", "Hello, world"));
  EXPECT_TRUE(accepts("cafe", "caf\xc3\xa9"));
  EXPECT_TRUE(accepts("", "anything"));
}

TEST(Texts, WhatWasFoldedIsKept) {
  const TinyPlatform platform;
  Texts texts(&platform);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(texts.folded("caf\xc3\xa9"), "cafe");
  EXPECT_EQ(platform.folds, 1u);
  EXPECT_EQ(texts.folded("caf\xc3\x89"), "cafe");   // another version of the value is another text
  EXPECT_EQ(platform.folds, 2u);
}

TEST(Texts, WhatIsKeptIsBounded) {
  const TinyPlatform platform;
  Texts texts(&platform);
  const Buffer filling(100'000, '\xc3');
  const size_t rounds = limits::kFoldedBytes / filling.size();
  for (size_t i = 0; i < rounds; ++i) {
    EXPECT_EQ(texts.folded("\xc3\xa9" + std::to_string(i) + filling).size(), 1 + std::to_string(i).size() + filling.size());
    texts.folded("\xc3\xa9 often");
    EXPECT_LE(texts.kept_bytes(), limits::kFoldedBytes);
  }
  EXPECT_EQ(platform.folds, rounds + 1);   // what is asked for again and again stays
  const Buffer huge(limits::kFoldedBytes, '\xc3');
  EXPECT_EQ(texts.folded(huge).size(), huge.size());
  EXPECT_LE(texts.kept_bytes(), limits::kFoldedBytes);
}

TEST(Texts, PatternsAreThePlatforms) {
  const TinyPlatform platform;
  EXPECT_TRUE((*Texts(&platform).pattern("abc", "", "p"))->accepts("abc"));
  EXPECT_EQ(Texts(&platform).pattern("(", "", "p").error().code, Code::kInvalidQuery);
  EXPECT_EQ(Texts(nullptr).pattern("abc", "", "p").error().code, Code::kNotSupportedYet);
}

}  // namespace
}  // namespace weft::query
