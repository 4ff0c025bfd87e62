#include "base/result.h"

namespace weft {

const char* code_name(Code code) {
  switch (code) {
    case Code::kOk: return "OK";
#define WEFT_X(enumerator, name) \
  case Code::enumerator: return name;
      WEFT_ERROR_CODES(WEFT_X)
#undef WEFT_X
  }
  return "INTERNAL";
}

}  // namespace weft
