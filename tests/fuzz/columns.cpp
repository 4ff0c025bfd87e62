// Packed operations. What is accepted is sound, and packing it again keeps every byte; operations that come one after
// the other (first byte odd) come out of packing as they went in.
#include "log/columns.h"

#include "base/limits.h"
#include "input.h"
#include "targets.h"

namespace weft::fuzz {
namespace {

void check_kept(const std::vector<OperationRef>& operations) {
  const Buffer packed = pack_columns(operations, 0, operations.size());
  const auto unpacked = unpack_columns(packed);
  WEFT_CHECK(unpacked.ok() && unpacked->size() == operations.size());
  for (size_t i = 0; i < operations.size(); ++i) WEFT_CHECK((*unpacked)[i]->bytes() == operations[i]->bytes());
  WEFT_CHECK(pack_columns(*unpacked, 0, unpacked->size()) == packed);
}

}  // namespace

void columns(ByteView input) {
  Input in(input);
  const bool plain = in.flag();
  if (!plain) {
    const auto unpacked = unpack_columns(in.rest());
    if (unpacked) check_kept(*unpacked);
    return;
  }
  std::vector<OperationRef> operations;
  for (ByteView rest = in.rest(); !rest.empty();) {
    auto operation = Operation::decode_next(rest);
    if (!operation) break;
    operations.push_back(std::move(*operation));
  }
  check_kept(operations);
  const size_t part = part_size(operations, 0, 3);
  WEFT_CHECK(part <= 3 && (part > 0 || operations.empty()));
}

}  // namespace weft::fuzz
