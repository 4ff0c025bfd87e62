/** The bounds of a value that the shim itself must know; the same numbers as `src/base/limits.h`, a test compares them. */

/** Bytes of UTF-8 in a node's id. */
export const MAX_ID_BYTES = 1024
/** Bytes of UTF-8 in a link's label. */
export const MAX_LABEL_BYTES = 256
/** Arrays and maps inside each other. */
export const MAX_DEPTH = 128
/** Bytes of one encoded value. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024
