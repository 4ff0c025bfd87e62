// What libFuzzer calls, for the target that CMake names.
#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  weft::fuzz::WEFT_TARGET(weft::ByteView(reinterpret_cast<const char*>(data), size));
  return 0;
}
