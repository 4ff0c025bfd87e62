/** What a seed draws: the same numbers in every run. */

/** @typedef {ReturnType<typeof createDraw>} Draw */

/** @param {number} seed */
export function createDraw(seed) {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0

  /** Mulberry32, from 0 to below 1. */
  function next() {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ state >>> 15, state | 1)
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61)
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
  }

  return {
    /** @param {number} limit */
    below: (limit) => Math.floor(next() * limit),
    /** @param {number} probability */
    chance: (probability) => next() < probability,
    /** @template T @param {readonly T[]} list @returns {T} */
    pick: (list) => list[Math.floor(next() * list.length)],
  }
}
