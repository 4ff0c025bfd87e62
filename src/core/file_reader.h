// FileReader: an exported state read piece by piece (the grammar is in core/transfer.cpp), so that no step is long.
//
// Invariant: hostile bytes cost no more than limits::kMaxMessageBytes and a step of work.
#pragma once
#include <cstddef>

#include "base/deflate.h"
#include "base/result.h"
#include "store/fields.h"

namespace weft {

inline constexpr ByteView kFileMagic = "weft";
inline constexpr char kFileVersion = 2, kArrayVersion = 1;

class FileReader {
 public:
  // Errors: MALFORMED, UNSUPPORTED_VERSION.
  static Status check(ByteView file);
  explicit FileReader(Buffer file);      // checked
  // One step: inflates some, or unpacks a run and appends its operations. False: that was all.
  // Errors: MALFORMED, TOO_LARGE and what Operation::decode gives; the reader is of no more use then.
  Result<bool> next(Operations& all);
  size_t bytes() const { return file_.size(); }
  size_t bytes_read() const { return file_.size() - deflated_.size(); }

 private:
  Result<bool> read_array(Operations& all);
  Result<bool> read_run_of(Operations& all);

  const Buffer file_;
  ByteView deflated_;       // of the file, not inflated yet
  Inflater inflater_;
  Buffer inflated_;
  size_t at_ = 0;           // of that is read
  size_t total_ = 0;        // bytes of the operations
  bool ended_ = false;      // all is inflated
};

// The whole in one step.
Result<Operations> read_file(ByteView file);

}  // namespace weft
