/** The one timer of a database: rings at a wall-clock time, each `set` replaces the one before. */

/** Browsers and Node wrap longer delays round to none. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * @param {() => void} ring
 * @param {() => number} now milliseconds since 1970
 */
export function createAlarm(ring, now) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  /** @param {number} time */
  function set(time) {
    clearTimeout(timer)
    const wait = Math.min(Math.max(0, time - now()), LONGEST_MS)
    timer = setTimeout(() => (now() >= time ? ring() : set(time)), wait)
    // What waits for a proof or a clock is no reason for a Node process to stay.
    const unref = /** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref
    unref?.call(timer)
  }

  return { set, close: () => clearTimeout(timer) }
}
