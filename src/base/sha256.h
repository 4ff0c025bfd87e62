// SHA-256 (FIPS 180-4), synchronous because the core is; WebCrypto is not.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace weft {

// Feed any number of pieces, then finish once.
class Sha256 {
 public:
  Sha256();
  Sha256& update(ByteView bytes);
  std::array<uint8_t, 32> finish();

 private:
  void compress(const uint8_t* block);
  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> pending_;   // an unfinished block
  size_t pending_size_ = 0;
  uint64_t total_ = 0;
};

std::array<uint8_t, 32> sha256(ByteView bytes);

}  // namespace weft
