/** The one timer of a database: rings at a wall-clock time, each `set` replaces the one before. */

/** Browsers and Node wrap longer delays round to none. */
const LONGEST_MS = 2 ** 31 - 1
/** A timer may be early by a little; by more, the wall clock was moved. */
const STEP_MS = 50

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
    timer = setTimeout(() => {
      const early = time - now()
      if (early > 0) set(time)
      // A clock that stepped back: the core, once it hears of it, says anew what it waits for.
      if (early <= 0 || early > STEP_MS) ring()
    }, wait)
    // What waits for a proof or a clock is no reason for a Node process to stay.
    const unref = /** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref
    unref?.call(timer)
  }

  return { set, close: () => clearTimeout(timer) }
}
