#include "query/texts.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace weft::query {
namespace {

constexpr size_t kEntryBytes = 128;   // what a table spends on an entry besides its texts

// Punctuation (not symbols) and controls part words; letters are made small.
constexpr std::array<char, 128> make_ascii() {
  std::array<char, 128> table{};
  for (int c = 0; c < 128; ++c) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_word = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                         ByteView("$+<=>^`|~").find(static_cast<char>(c)) != ByteView::npos;
    table[static_cast<size_t>(c)] = static_cast<char>(is_upper ? c + 32 : is_word ? c : ' ');
  }
  return table;
}
constexpr std::array<char, 128> kAscii = make_ascii();

bool is_ascii(ByteView text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c & '\x80'; });
}

void fold_ascii(ByteView text, Buffer& out) {
  const size_t from = out.size();
  out.append(text);
  for (size_t i = from; i < out.size(); ++i)
    if (!(out[i] & '\x80')) out[i] = kAscii[static_cast<size_t>(out[i])];
}

class WordSearch : public TextTest {
 public:
  WordSearch(Texts& texts, std::vector<Buffer> words) : texts_(texts), words_(std::move(words)) {}
  bool accepts(ByteView text) const override {
    const ByteView folded = texts_.folded(text);
    return std::all_of(words_.begin(), words_.end(),
                       [&](const Buffer& word) { return folded.find(word) != ByteView::npos; });
  }

 private:
  Texts& texts_;
  const std::vector<Buffer> words_;
};

}  // namespace

std::vector<Buffer> Texts::words(ByteView search) {
  const ByteView all = folded(search);
  std::vector<Buffer> words;
  for (size_t from = 0; from < all.size();) {
    const size_t end = std::min(all.find(' ', from), all.size());
    Buffer word(all.substr(from, end - from));
    from = end + 1;
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

std::shared_ptr<const TextTest> Texts::search(std::vector<Buffer> words) {
  return std::make_shared<WordSearch>(*this, std::move(words));
}

Result<std::shared_ptr<const TextTest>> Texts::pattern(ByteView source, ByteView flags, const std::string& path) const {
  if (!platform_) return make_error(Code::kNotSupportedYet, "there are no regular expressions here", path);
  return platform_->pattern(source, flags, path);
}

ByteView Texts::folded(ByteView text) {
  if (!platform_ || is_ascii(text)) {
    scratch_.clear();
    fold_ascii(text, scratch_);
    return scratch_;
  }
  if (const auto found = young_.folded.find(text); found != young_.folded.end()) return found->second;
  if (const auto found = old_.folded.find(text); found != old_.folded.end()) {
    auto entry = old_.folded.extract(found);
    return keep(std::move(entry.key()), std::move(entry.mapped()));
  }
  scratch_.clear();
  platform_->fold(text, scratch_);
  if (text.size() + scratch_.size() > limits::kFoldedBytes / 16) return scratch_;
  return keep(Buffer(text), scratch_);
}

ByteView Texts::keep(Buffer text, Buffer folded) {
  const size_t bytes = text.size() + folded.size() + kEntryBytes;
  if (young_.bytes + bytes > limits::kFoldedBytes / 2) {
    old_ = std::move(young_);
    young_ = Generation();
  }
  young_.bytes += bytes;
  return young_.folded.emplace(std::move(text), std::move(folded)).first->second;
}

}  // namespace weft::query
