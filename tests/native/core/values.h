// MessagePack values for tests, written by hand: a map of small integers or texts.
#pragma once
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/pack.h"

namespace weft::test {

inline Buffer number(uint64_t value) {
  Buffer out;
  pack_uint(out, value);
  return out;
}

inline Buffer text(ByteView value) {
  Buffer out;
  pack_str(out, value);
  return out;
}

inline Buffer map_of(const std::vector<std::pair<Buffer, Buffer>>& fields) {
  Buffer out;
  pack_map(out, static_cast<uint32_t>(fields.size()));
  for (const auto& [name, value] : fields) {
    pack_str(out, name);
    out += value;
  }
  return out;
}

}  // namespace weft::test
