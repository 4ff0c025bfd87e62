// What the journal's writer and reader agree on; see journal.h for the grammar.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"

namespace weft {

enum class RecordType : uint8_t { kHeader = 1, kOperations = 2, kReset = 3, kState = 4, kLive = 5, kPacked = 6 };

inline constexpr uint8_t kMoreFollows = 1;
inline constexpr size_t kFrameHead = 8;      // length and CRC
inline constexpr size_t kRecordHead = 2;     // type and flags
inline constexpr const char* kMagic = "weft";
// A record is cut near kRecordBytes, so the longest is a part of a full state that holds a single large operation.
inline constexpr size_t kMaxRecordBytes = limits::kMaxPartBytes + limits::kRecordBytes;

inline uint32_t read_u32(const char* at) {
  const auto byte = [at](int i) { return uint32_t{static_cast<uint8_t>(at[i])}; };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

inline void write_u32(char* at, uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

}  // namespace weft
