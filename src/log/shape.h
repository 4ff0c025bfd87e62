// Shape: what operations of one make have in common: their bytes with gaps where the values stand.
// Packing splits an operation into its shape and the values of the gaps; unpacking puts them together again.
//
//   shape = [varint gaps, at least 1][run of bytes before the first gap][run after each gap]     run = [varint length][bytes]
//
// The first gap is the stamp's 16 bytes, every other one a whole MessagePack value. Which values are gaps is the packer's
// choice: here all that is not a map or a map's name; an array is one value, an empty array belongs to the shape.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "log/operation.h"

namespace weft {

struct Shape {
  static constexpr size_t kMaxGaps = 255;   // a packer leaves what has more of them unpacked

  std::vector<Buffer> texts;                // one more than there are gaps
  size_t gaps() const { return texts.size() - 1; }
  void write(Buffer& out) const;
  // From the front of `rest`; false: malformed.
  bool read(ByteView& rest);

  // The shape of this operation; false: it has none (a signed one, too many gaps).
  bool take(const Operation& operation);
  // Appends the values of the gaps but the first, when the operation has this shape.
  bool match(const Operation& operation, std::vector<ByteView>& values) const;
};

}  // namespace weft
