/**
 * Who is not spoken with for a while, because of what it sent. In memory only: a page that loads anew forgives everyone,
 * and a peer that joins under a new id is a new peer.
 *
 * Invariants
 * 1. An exile lasts `exileFirstMs`, and twice as long each time it is pronounced again, up to `exileMaxMs`.
 * 2. At most `maxKnown` are remembered; the one longest untouched is forgotten first.
 */

/** @param {{ limits: import("./limits.js").RtcLimits, now: () => number }} options */
export function createExile({ limits, now }) {
  /** @type {Map<string, import("./contract.js").Exiled>} */
  const exiled = new Map()

  return {
    /** @param {string} peerId @param {string} message why */
    banish(peerId, message) {
      const times = (exiled.get(peerId)?.times ?? 0) + 1
      exiled.delete(peerId) // the latest stands last
      exiled.set(peerId, { peerId, message, times, until: now() + Math.min(limits.exileMaxMs, limits.exileFirstMs * 2 ** (times - 1)) })
      if (exiled.size > limits.maxKnown) exiled.delete(/** @type {string} */ (exiled.keys().next().value))
    },
    /** @param {string} peerId */
    has(peerId) {
      const held = exiled.get(peerId)
      return held !== undefined && now() < held.until
    },
    /** Those whose exile lasts. */
    list: () => [...exiled.values()].filter(({ until }) => now() < until).map((one) => ({ ...one })),
  }
}
