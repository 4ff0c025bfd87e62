#include <emscripten.h>

#include <cstring>
#include <vector>

#include "platform.h"

// What answers with bytes gives their number first, and the bytes when there is room for them.
EM_JS(int, weft_js_fold, (const char* text, int length), { return Module["platform"].fold(HEAPU8, text, length) });
EM_JS(void, weft_js_take, (char* to), { Module["platform"].take(HEAPU8, to) });
// The pattern's number; or, when it is none, minus the length of why.
EM_JS(int, weft_js_pattern, (const char* source, int source_length, const char* flags, int flags_length, const char* path, int path_length), {
  return Module["platform"].pattern(HEAPU8, source, source_length, flags, flags_length, path, path_length)
});
EM_JS(int, weft_js_test, (int pattern, const char* text, int length), { return Module["platform"].test(HEAPU8, pattern, text, length) });
// Of `count` texts, one after the other, `units` long in UTF-16; writes an answer for each.
EM_JS(void, weft_js_test_each, (int pattern, const char* texts, int length, const uint32_t* units, int count, uint8_t* answers), {
  Module["platform"].testEach(HEAPU8, pattern, texts, length, units, count, answers)
});
EM_JS(void, weft_js_drop, (int pattern), { Module["platform"].drop(pattern) });

namespace weft::wasm {
namespace {

int size(ByteView bytes) { return static_cast<int>(bytes.size()); }

void take(size_t length, Buffer& out) {
  const size_t from = out.size();
  out.resize(from + length);
  weft_js_take(&out[from]);
}

// How many UTF-16 units UTF-8 has less than bytes. It may be cut anywhere: each byte counts for itself.
int32_t surplus(ByteView part) {
  int32_t surplus = 0;
  for (const char c : part) {
    const auto byte = static_cast<uint8_t>(c);
    surplus += ((byte & 0xc0) == 0x80) - (byte >= 0xf0);
  }
  return surplus;
}

// Appends a text; gives how long it is in JavaScript. Nearly all is ASCII: eight bytes at a time are looked at.
uint32_t append_text(Buffer& out, ByteView text) {
  out += text;
  auto units = static_cast<int32_t>(text.size());
  for (size_t i = 0; i < text.size(); i += 8) {
    const ByteView part = text.substr(i, 8);
    uint64_t word = ~uint64_t{0};
    if (part.size() == sizeof word) std::memcpy(&word, part.data(), sizeof word);
    if (word & 0x8080808080808080) units -= surplus(part);
  }
  return static_cast<uint32_t>(units);
}

class JsPattern : public query::TextTest {
 public:
  explicit JsPattern(int number) : number_(number) {}
  JsPattern(const JsPattern&) = delete;
  JsPattern& operator=(const JsPattern&) = delete;
  ~JsPattern() override { weft_js_drop(number_); }
  bool accepts(ByteView text) const override { return weft_js_test(number_, text.data(), size(text)) != 0; }
  std::vector<bool> accepts_each(const std::vector<ByteView>& texts) const override {
    std::vector<bool> accepted;
    accepted.reserve(texts.size());
    Buffer together;
    std::vector<uint32_t> units;
    for (const ByteView text : texts) {
      units.push_back(append_text(together, text));
      if (together.size() >= kTogetherBytes) test_each(together, units, accepted);
    }
    test_each(together, units, accepted);
    return accepted;
  }

 private:
  static constexpr size_t kTogetherBytes = size_t{32} << 10;   // of texts that cross at once
  void test_each(Buffer& together, std::vector<uint32_t>& units, std::vector<bool>& accepted) const {
    std::vector<uint8_t> answers(units.size());
    weft_js_test_each(number_, together.data(), size(together), units.data(), static_cast<int>(units.size()), answers.data());
    accepted.insert(accepted.end(), answers.begin(), answers.end());
    together.clear();
    units.clear();
  }

  const int number_;
};

class JsPlatform : public query::Platform {
 public:
  void fold(ByteView text, Buffer& out) const override {
    take(static_cast<size_t>(weft_js_fold(text.data(), size(text))), out);
  }
  Result<std::shared_ptr<const query::TextTest>> pattern(ByteView source, ByteView flags,
                                                         const std::string& path) const override {
    const int number = weft_js_pattern(source.data(), size(source), flags.data(), size(flags), path.data(), size(path));
    if (number > 0) return std::shared_ptr<const query::TextTest>(std::make_shared<JsPattern>(number));
    std::string why;
    take(static_cast<size_t>(-number), why);
    return make_error(Code::kInvalidQuery, std::move(why), path);
  }
};

}  // namespace

const query::Platform& js_platform() {
  static const JsPlatform platform;
  return platform;
}

}  // namespace weft::wasm
