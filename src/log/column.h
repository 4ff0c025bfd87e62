// Column: the values that stand in one place of many operations, packed by what they are.
//
//   column = [u8 form] and, by form
//     0 as it is    run of the values' encodings, one after the other
//     1 integers    run of varints: each value, its sign folded in
//     2 steps       run of varints: what each adds to the one before (the first: to 0), its sign folded in
//     3 numbers     run of 8 bytes a value: as float 64, big-endian; all first bytes, then all second ones, …
//     4 texts       runs of varints: bytes shared with the front of the text before (the first: with ""), bytes shared
//                   with the end of it, bytes of its own; then the run of those
//     5 dates       as 2, of the milliseconds
//     6 mixed       [u8 columns] [run: for each value the column it stands in, u8] column…, none of them mixed
//   run = [varint length][bytes]
//
// What an integer, number or text is encoded as follows from its value (docs/data-model.md). A reader
// takes exactly the declared number of values out of every run, else it refuses.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace weft {

// Appends the column of these values, each one whole MessagePack encoding.
void write_column(Buffer& out, const std::vector<ByteView>& values);

class ColumnReader {
 public:
  // Takes the column of `count` values from the front of `rest`. False: it is malformed.
  bool open(ByteView& rest, size_t count);
  // Appends the next value's encoding, at most `most` bytes; false: there is none, or it is malformed.
  bool next(Buffer& out, size_t most);
  // Every value was taken, and nothing is left over.
  bool finished() const;

 private:
  bool open_plain(ByteView& rest, uint8_t form, size_t count);
  bool next_integer(Buffer& out);
  bool next_number(Buffer& out);
  bool next_text(Buffer& out, size_t most);

  uint8_t form_ = 0;
  size_t count_ = 0, taken_ = 0;
  ByteView run_;                        // what is left of it; of numbers all of it; of mixed the choices
  uint64_t last_ = 0;                   // steps, dates
  ByteView shared_front_, shared_end_, own_sizes_;
  Buffer text_;                         // the text before
  std::vector<ColumnReader> parts_;     // of a mixed one
};

}  // namespace weft
