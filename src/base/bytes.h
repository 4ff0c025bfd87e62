// Bytes as the core sees them: a view is borrowed and never kept past the call, a buffer is owned.
// Comparison of either is bytewise (unsigned), which is the order every sorted thing in weft uses.
#pragma once
#include <string>
#include <string_view>

namespace weft {

using ByteView = std::string_view;
using Buffer = std::string;

inline bool starts_with(ByteView text, ByteView part) { return text.substr(0, part.size()) == part; }
inline bool ends_with(ByteView text, ByteView part) {
  return text.size() >= part.size() && text.substr(text.size() - part.size()) == part;
}

}  // namespace weft
