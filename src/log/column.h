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
//     6 mixed       [u8 columns] [run: for each value the column it stands in, u8] column…, each of any other form but 8
//     7 decimals    [u8 digits, 1 to 9] column of form 1 or 2: each value is the integer, divided by 10^digits
//     8 dictionary  [varint entries] column of them, of any other form
//                   [run: for each value its entry, from 0, u8; of more than 256 entries all high bytes, then all low ones]
//     9 lines       run of texts, each with a zero byte behind it; none has one within
//   run = [varint length][bytes]
//
// What an integer, number or text is encoded as follows from its value (docs/data-model.md). A reader
// takes exactly the declared number of values out of every run, else it refuses.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace weft {

enum class ColumnForm : uint8_t { kAsIs, kIntegers, kSteps, kNumbers, kTexts, kDates, kMixed, kDecimals, kDictionary, kLines };

inline constexpr uint8_t kMaxDecimals = 9;
inline constexpr double kPowersOfTen[kMaxDecimals + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};   // exact

// Appends the column of these values, each one whole MessagePack encoding.
void write_column(Buffer& out, const std::vector<ByteView>& values);

class ColumnReader {
 public:
  // Takes the column of `count` values from the front of `rest`. What has to be held unpacked until all of it was
  // taken is taken off `room`, in bytes. False: it is malformed, or needs more than that.
  bool open(ByteView& rest, size_t count, size_t& room);
  // Appends the next value's encoding, at most `most` bytes; false: there is none, or it is malformed.
  bool next(Buffer& out, size_t most);
  // Every value was taken, and nothing is left over.
  bool finished() const;

 private:
  bool open_form(ByteView& rest, size_t count);
  bool open_plain(ByteView& rest, size_t count);
  bool open_mixed(ByteView& rest);
  bool open_decimals(ByteView& rest);
  bool open_dictionary(ByteView& rest, size_t& room);
  bool read_entries(ColumnReader& column, size_t entries, size_t& room);
  bool next_as_is(Buffer& out, size_t most);
  bool next_integer(Buffer& out);
  bool next_number(Buffer& out);
  bool next_text(Buffer& out, size_t most);
  bool next_line(Buffer& out, size_t most);
  bool next_entry(Buffer& out, size_t most);

  ColumnForm form_ = ColumnForm::kAsIs;
  size_t count_ = 0, taken_ = 0;
  ByteView run_;                        // what is left of it; of numbers, mixed and a dictionary all of it
  uint64_t last_ = 0;                   // steps, dates
  uint8_t digits_ = 0;                  // decimals
  ByteView shared_front_, shared_end_, own_sizes_;
  Buffer text_;                         // the text before; of a dictionary all entries, one after the other
  std::vector<size_t> ends_;            // of the entries
  std::vector<ColumnReader> parts_;     // of a mixed one
};

}  // namespace weft
