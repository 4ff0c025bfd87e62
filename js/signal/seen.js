/**
 * Remembers keys for as long as they matter, and never more than `limit` of them (the oldest go first).
 *
 * @typedef {object} Seen
 * @property {(key: string) => boolean} has
 * @property {(key: string) => boolean} add  false when it was there
 * @property {number} size
 */

/**
 * @param {{ limit: number, keepMs: number, now: () => number }} options
 * @returns {Seen}
 */
export function createSeen({ limit, keepMs, now }) {
  /** @type {Map<string, number>} in the order they were added */
  const times = new Map()
  return {
    has: (key) => times.has(key),
    add(key) {
      if (times.has(key)) return false
      const time = now()
      for (const [oldest, added] of times) {
        if (times.size < limit && added >= time - keepMs) break
        times.delete(oldest)
      }
      times.set(key, time)
      return true
    },
    get size() {
      return times.size
    },
  }
}
