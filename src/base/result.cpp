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

Error make_error(Code code, const char* message) { return Error{code, message, {}}; }

// Without printf: nothing else in the core needs it, and it brings the formatting of long doubles.
void check_failed(const char* condition, const char* file, int line) {
  const std::string text = std::string("CHECK failed: ") + condition + " (" + file + ":" + std::to_string(line) + ")\n";
  std::fputs(text.c_str(), stderr);
  std::abort();
}

}  // namespace weft
