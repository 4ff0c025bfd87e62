// Platform: the pure functions that queries borrow from where the core runs: Unicode folding and
// regular expressions, in which an engine of our own would only be another opinion (docs/boundary.md).
//
// Invariants: 1. Equal arguments give equal answers, always. 2. Nothing is thrown, and nothing is told
// to anyone else: a platform may refuse to answer (accept nothing) and let its host know, see
// js/core/platform.js.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace weft::query {

// A question about one text that is asked again and again.
class TextTest {
 public:
  virtual ~TextTest() = default;
  virtual bool accepts(ByteView text) const = 0;
  // The same of many, in their order. To be overridden where asking costs more than the answer.
  virtual std::vector<bool> accepts_each(const std::vector<ByteView>& texts) const {
    std::vector<bool> accepted;
    accepted.reserve(texts.size());
    for (const ByteView text : texts) accepted.push_back(accepts(text));
    return accepted;
  }
};

class Platform {
 public:
  virtual ~Platform() = default;
  // Appends `text` (UTF-8) folded, as docs/queries.md tells: words with single spaces between.
  virtual void fold(ByteView text, Buffer& out) const = 0;
  // `path`: where the pattern stands in the query. Errors: INVALID_QUERY.
  virtual Result<std::shared_ptr<const TextTest>> pattern(ByteView source, ByteView flags,
                                                          const std::string& path) const = 0;
};

}  // namespace weft::query
