// `$like`: SQL LIKE. `%` is any run of characters, `_` one character (a code point), `\` makes the
// next character itself. Case-sensitive, over the whole text.
#pragma once
#include "base/bytes.h"

namespace weft::query {

// False: the pattern ends in a lone `\`.
bool is_like_pattern(ByteView pattern);
// What every text of that form begins with.
Buffer literal_prefix(ByteView pattern);
// Time at most |text| * |pattern|; no recursion.
bool like(ByteView text, ByteView pattern);

}  // namespace weft::query
