/**
 * Time for the signalling: a wall clock and one-shot timers, owned together, so that `close` ends them together and a
 * test can put its own in their place.
 *
 * @typedef {object} Timers
 * @property {() => number} now  milliseconds since 1970
 * @property {(waitMs: number, action: () => void) => () => void} after  returns its own cancel
 * @property {() => void} close  cancels all; nothing starts after it
 */

/**
 * @param {{ now?: () => number }} [options]
 * @returns {Timers}
 */
export function createTimers({ now = Date.now } = {}) {
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  const running = new Set()
  let closed = false
  return {
    now,
    after(waitMs, action) {
      if (closed) return () => {}
      const handle = setTimeout(() => {
        running.delete(handle)
        action()
      }, waitMs)
      running.add(handle)
      return () => {
        running.delete(handle)
        clearTimeout(handle)
      }
    },
    close() {
      closed = true
      for (const handle of running) clearTimeout(handle)
      running.clear()
    },
  }
}

/**
 * A wait drawn evenly from the whole range ("full jitter"), so that many clients of one relay do not return together.
 * @param {number} attempt 0 for the first
 * @param {{ firstMs: number, maxMs: number, random: () => number }} options random: 0 ≤ x < 1
 */
export function backoffMs(attempt, { firstMs, maxMs, random }) {
  return Math.floor(random() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30)))
}
