// Columns: many operations, packed by what they share. Unpacking gives their very bytes again.
//
//   packed  = [varint operations][varint shapes] shape… [run of varints: for each operation its shape, from 1; 0: none]
//             [varint replicas] [u64 big-endian]… [run of varints: for each shaped operation its stamp's replica, from 0]
//             [run of varints: what each shaped operation adds to the clock part of the one before (the first: to 0),
//             its sign folded in] [run: the operations of no shape, one after the other]
//             then for each shape, for each of its gaps but the first, a column     (log/shape.h, log/column.h)
//   run     = [varint length][bytes]         varint: base/varint.h
//
// Invariants: 1. Whatever was packed comes out byte for byte, in its order. 2. Unpacking reads hostile bytes: what it
// makes is checked like any operation, and bounded whatever lengths and counts are declared.
// 3. Equal operations in equal order give equal bytes.
#pragma once
#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "log/operation.h"

namespace weft {

// A part: so many of the operations from `from` on as go together: `most`, or as bring it to `bytes`. At least one, while
// there is one.
size_t part_size(const std::vector<OperationRef>& operations, size_t from, size_t most, size_t bytes = limits::kPartBytes);

// Packs operations[from, to).
Buffer pack_columns(const std::vector<OperationRef>& operations, size_t from, size_t to);

// Errors: MALFORMED, TOO_LARGE (above limits::kMaxPartBytes together), and what Operation::decode gives.
Result<std::vector<OperationRef>> unpack_columns(ByteView bytes);

}  // namespace weft
