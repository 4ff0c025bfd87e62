// The fuzz targets. Each takes any bytes, hands them to one decoder or machine, and aborts (WEFT_CHECK) when
// what it promises does not hold; the sanitizers see to the rest.
#pragma once
#include "base/bytes.h"
#include "base/result.h"

// X(name): void fuzz::name(ByteView)
#define WEFT_FUZZ_TARGETS(X) X(operation) X(columns) X(value) X(message) X(journal) X(negentropy) X(query) X(event) X(session)

namespace weft::fuzz {

#define WEFT_X(name) void name(ByteView input);
WEFT_FUZZ_TARGETS(WEFT_X)
#undef WEFT_X

}  // namespace weft::fuzz
