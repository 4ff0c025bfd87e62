// What can go wrong, as values. Bad input gives an Error with a stable code (the same list as
// js/errors.js; a test compares them) and changes nothing; a broken invariant is a CHECK.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace weft {

// X(enumerator, "STABLE_CODE") — numbers cross the wasm boundary, names reach the user.
#define WEFT_ERROR_CODES(X)                       \
  X(kInvalidArgument, "INVALID_ARGUMENT")         \
  X(kInvalidId, "INVALID_ID")                     \
  X(kInvalidValue, "INVALID_VALUE")               \
  X(kCircularValue, "CIRCULAR_VALUE")             \
  X(kTooDeep, "TOO_DEEP")                         \
  X(kTooLarge, "TOO_LARGE")                       \
  X(kNodeNotFound, "NODE_NOT_FOUND")              \
  X(kInvalidQuery, "INVALID_QUERY")               \
  X(kUnknownOperator, "UNKNOWN_OPERATOR")         \
  X(kCursorNotFound, "CURSOR_NOT_FOUND")          \
  X(kQueryTimeout, "QUERY_TIMEOUT")               \
  X(kNotSupportedYet, "NOT_SUPPORTED_YET")        \
  X(kMalformed, "MALFORMED")                      \
  X(kUnsupportedVersion, "UNSUPPORTED_VERSION")   \
  X(kUnknownMessage, "UNKNOWN_MESSAGE")           \
  X(kStampConflict, "STAMP_CONFLICT")             \
  X(kCorruptStore, "CORRUPT_STORE")               \
  X(kStorageFailed, "STORAGE_FAILED")             \
  X(kStorageUnavailable, "STORAGE_UNAVAILABLE")   \
  X(kPasswordRequired, "PASSWORD_REQUIRED")       \
  X(kWrongPassword, "WRONG_PASSWORD")             \
  X(kClosed, "CLOSED")                            \
  X(kBatchAsync, "BATCH_ASYNC")                   \
  X(kMiddlewareFailed, "MIDDLEWARE_FAILED")       \
  X(kClockAhead, "CLOCK_AHEAD")                   \
  X(kOverflow, "OVERFLOW")                        \
  X(kRtcUnavailable, "RTC_UNAVAILABLE")           \
  X(kPeerNotFound, "PEER_NOT_FOUND")              \
  X(kTimeout, "TIMEOUT")                          \
  X(kLinkLost, "LINK_LOST")                       \
  X(kRelayFailed, "RELAY_FAILED")                 \
  X(kWasmFailed, "WASM_FAILED")                   \
  X(kStoreFull, "STORE_FULL")                     \
  X(kInternal, "INTERNAL")

enum class Code : int {
  kOk = 0,
#define WEFT_X(enumerator, name) enumerator,
  WEFT_ERROR_CODES(WEFT_X)
#undef WEFT_X
};

// The stable name of a code, "OK" for kOk.
const char* code_name(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;  // one sentence that names the argument
  std::string path;     // where in the input, e.g. "a.b[3]"; empty when there is no such place
};

struct Unit {};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}              // NOLINT: a value is a result
  Result(Error error) : error_(std::move(error)) {}          // NOLINT: an error is a result
  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  T& value() { return *value_; }
  const T& value() const { return *value_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  const Error& error() const { return error_; }

 private:
  std::optional<T> value_;
  Error error_;
};

using Status = Result<Unit>;
inline Status ok_status() { return Unit{}; }
inline Error make_error(Code code, std::string message, std::string path = {}) {
  return Error{code, std::move(message), std::move(path)};
}
Error make_error(Code code, const char* message);   // out of line: most errors are words that stand in the code

// An invariant of our own code; never depends on input.
#define WEFT_CHECK(condition)                                                        \
  do {                                                                               \
    if (!(condition)) ::weft::check_failed(#condition, __FILE__, __LINE__);          \
  } while (false)
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace weft
