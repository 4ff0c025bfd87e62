// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once
#include "base/bytes.h"

namespace weft {

bool is_utf8(ByteView text);

}  // namespace weft
