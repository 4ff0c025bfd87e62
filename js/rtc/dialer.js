/**
 * When a peer is called: as soon as it is heard of, again with back-off while attempts come to nothing and it is still
 * heard of, at once when a link that lived was lost, by the greater id first so that the two do not collide.
 *
 * Invariant: at most one timer a peer, and none of one that has a link.
 */

/**
 * @typedef {import("./known.js").Entry} Entry
 *
 * @param {{
 *   selfId: string,
 *   limits: import("./limits.js").RtcLimits,
 *   now: () => number,
 *   dial: (entry: Entry) => void,
 *   giveUp: (entry: Entry) => void,
 * }} options `giveUp`: one that is to be dialed has not been heard of any more
 */
export function createDialer({ selfId, limits, now, dial, giveUp }) {
  /** @param {Entry} entry */
  function dialIfDue(entry) {
    if (!entry.link && now() >= entry.nextDialMs) dial(entry)
  }

  /** @param {Entry} entry @param {boolean} livedWell */
  function waitFor(entry, livedWell) {
    if (livedWell) return selfId > entry.id ? 0 : limits.retryFirstMs
    const half = Math.min(limits.retryMaxMs, limits.retryFirstMs * 2 ** entry.failures) / 2
    return half + Math.random() * half
  }

  return {
    dialIfDue,
    /** @param {Entry} entry @param {boolean} livedWell one that falls as soon as it stands is an attempt that failed */
    dialLater(entry, livedWell) {
      const waitMs = waitFor(entry, livedWell)
      entry.failures = livedWell ? 0 : entry.failures + 1
      entry.nextDialMs = now() + waitMs
      entry.timer = setTimeout(() => {
        entry.timer = null
        entry.nextDialMs = 0
        if (now() - entry.heardMs <= limits.announcedForMs) dialIfDue(entry)
        else giveUp(entry)
      }, waitMs)
    },
  }
}
