/** What the package `weftdb` exports. */
import { locateBeside } from "./core/index.js"
import { openDatabase } from "./database.js"

export { ERROR_CODES, WeftError, isWeftError } from "./errors.js"

/**
 * Opens a database.
 * @param {string} name
 * @param {object} [options] docs/api.md
 */
export function weft(name, options) {
  return openDatabase(name, options, { locate: locateBeside, now: Date.now })
}

/** For those who come from GenosDB: the same function. */
export { weft as gdb }
