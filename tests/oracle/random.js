/** Chance from a seed: equal seeds give equal draws, on every machine. */

/** @typedef {ReturnType<typeof createRandom>} Random */

/** @param {number} seed */
export function createRandom(seed) {
  let state = seed >>> 0

  /** mulberry32. @returns {number} from 0 up to 1 */
  function next() {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (/** @type {number} */ bound) => Math.floor(next() * bound)
  return {
    below,
    /** @param {number} percent */
    chance: (percent) => next() * 100 < percent,
    /** @template T @param {readonly T[]} all @returns {T} */
    one: (all) => all[below(all.length)],
    /** @template T @param {number} most @param {() => T} make @returns {T[]} */
    list: (most, make) => Array.from({ length: below(most + 1) }, make),
  }
}
