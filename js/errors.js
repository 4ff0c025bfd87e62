/**
 * The one error type of the package, and the one list of its codes.
 *
 * Invariants
 * 1. Whatever the package rejects or throws on purpose is a WeftError whose `code` stands in ERROR_CODES.
 * 2. ERROR_CODES names the same codes as `src/base/result.h`, in the same order; a test compares the two.
 * 3. A code never changes its meaning once released; the message may.
 */

export const ERROR_CODES = Object.freeze(/** @type {const} */ ([
  "INVALID_ARGUMENT",
  "INVALID_ID",
  "INVALID_VALUE",
  "CIRCULAR_VALUE",
  "TOO_DEEP",
  "TOO_LARGE",
  "NODE_NOT_FOUND",
  "INVALID_QUERY",
  "UNKNOWN_OPERATOR",
  "CURSOR_NOT_FOUND",
  "QUERY_TIMEOUT",
  "NOT_SUPPORTED_YET",
  "MALFORMED",
  "UNSUPPORTED_VERSION",
  "UNKNOWN_MESSAGE",
  "STAMP_CONFLICT",
  "CORRUPT_STORE",
  "STORAGE_FAILED",
  "STORAGE_UNAVAILABLE",
  "PASSWORD_REQUIRED",
  "WRONG_PASSWORD",
  "CLOSED",
  "BATCH_ASYNC",
  "MIDDLEWARE_FAILED",
  "CLOCK_AHEAD",
  "OVERFLOW",
  "RTC_UNAVAILABLE",
  "PEER_NOT_FOUND",
  "TIMEOUT",
  "LINK_LOST",
  "RELAY_FAILED",
  "WASM_FAILED",
  "STORE_FULL",
  "INTERNAL",
]))

/** @typedef {typeof ERROR_CODES[number]} ErrorCode */

/** An error with a stable code, a message for people, and where it applies the path into the caller's argument. */
export class WeftError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message names the argument or thing that is wrong
   * @param {{ path?: string, cause?: unknown }} [detail] path: e.g. `value.tags[3]`
   */
  constructor(code, message, { path, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "WeftError"
    this.code = code
    if (path !== undefined) this.path = path
  }
}

/**
 * @param {unknown} error
 * @param {ErrorCode} [code] ask also for this code
 * @returns {error is WeftError}
 */
export function isWeftError(error, code) {
  return error instanceof WeftError && (code === undefined || error.code === code)
}
