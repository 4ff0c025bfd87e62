// Texts: what the queries of one replica ask of texts, by the platform's engines. Folded texts are
// kept; ASCII is folded here, where it takes no longer than to look one up, and gives the same.
//
// Invariant: what is kept stays below limits::kFoldedBytes, however many texts are asked about.
#pragma once
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "query/platform.h"

namespace weft::query {

class Texts {
 public:
  // Null: no regular expressions, and what is not ASCII is folded no further.
  explicit Texts(const Platform* platform) : platform_(platform) {}
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;

  // The words of a search, folded, each once.
  std::vector<Buffer> words(ByteView search);
  // Accepts texts in which every word occurs. Not to outlive this.
  std::shared_ptr<const TextTest> search(std::vector<Buffer> words);
  // Errors: INVALID_QUERY; NOT_SUPPORTED_YET without a platform.
  Result<std::shared_ptr<const TextTest>> pattern(ByteView source, ByteView flags, const std::string& path) const;

  // Valid until the next call.
  ByteView folded(ByteView text);
  size_t kept_bytes() const { return young_.bytes + old_.bytes; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(ByteView text) const { return static_cast<size_t>(hash_bytes(text, 0)); }
  };
  // By text, so that a value's next version is another entry.
  struct Generation {
    std::unordered_map<Buffer, Buffer, Hash, std::equal_to<>> folded;
    size_t bytes = 0;
  };
  ByteView keep(Buffer text, Buffer folded);

  const Platform* platform_;
  Generation young_, old_;   // what is asked for again moves from old to young; a full young one becomes the old
  Buffer scratch_;
};

}  // namespace weft::query
