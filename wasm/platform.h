// The platform of queries (src/query/platform.h) as JavaScript gives it: js/core/platform.js, handed to the
// module when it is made. Each call is synchronous and pure; none comes back into the core.
#pragma once
#include "query/platform.h"

namespace weft::wasm {

const query::Platform& js_platform();

}  // namespace weft::wasm
