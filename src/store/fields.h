// Positional MessagePack arrays, as records and messages use them: what base/pack.h lacks to write
// them, and a reader to take their fields one after another.
// Invariants of the reader: 1. The first field that does not fit makes it fail for good; what it
// gives from then on is empty. 2. A declared length is believed only when that much is there.
#pragma once
#include <cstdint>
#include <vector>

#include "base/pack.h"
#include "base/result.h"
#include "clock/stamp.h"
#include "log/operation.h"
#include "log/operation_ref.h"

namespace weft {

using Operations = std::vector<OperationRef>;

void pack_stamp(Buffer& out, const Stamp& stamp);                // bin 16, nil for kNoStamp
void pack_operations(Buffer& out, const Operations& operations);  // one array, as they are encoded

class FieldReader {
 public:
  explicit FieldReader(ByteView bytes) : in_(bytes) {}
  void array_of(uint32_t entries);    // exactly so many
  uint32_t array();
  bool nil();                         // takes a nil when one is next
  bool boolean();
  uint64_t integer();
  ByteView bin();
  ByteView bin_of(size_t length);     // exactly so long, else empty and failed
  ByteView text();
  Stamp stamp();                      // bin 16 or nil
  // Each is checked whole; the error names the entry.
  Result<Operations> operations(Bytes whose = Bytes::kForeign);

  bool ok() const { return ok_; }
  bool finished() const { return ok_ && in_.at_end(); }
  void fail() { ok_ = false; }

 private:
  Unpacker in_;
  bool ok_ = true;
};

}  // namespace weft
