/** What a mesh tells of itself: counters, and the last few failures. */

const KEPT_FAILURES = 16
/** Endings that are no failure. */
const FINE = new Set(["left", "closed", "replaced"])

/** @param {{ now: () => number, log: (...words: unknown[]) => void }} options */
export function createRecord({ now, log }) {
  const counters = { dialed: 0, answered: 0, opened: 0, lost: 0, timedOut: 0, glare: 0, stale: 0, refused: 0, exiled: 0 }
  /** @type {import("./contract.js").Failure[]} */
  const failures = []

  return {
    counters,
    /** Somebody who is not taken, or something that makes no sense. @param {string} id @param {string} why @returns {null} */
    refused(id, why) {
      counters.refused++
      log("rtc: refused", id, why)
      return null
    },
    /** A link or an attempt ended. @param {string} peerId @param {import("./contract.js").Reason} reason @param {boolean} wasOpen */
    ended(peerId, reason, wasOpen) {
      log("rtc: closed", peerId, reason.code, reason.message)
      if (FINE.has(reason.code)) return
      if (wasOpen) counters.lost++
      else if (reason.code === "timeout") counters.timedOut++
      failures.push({ peerId, ...reason, at: now() })
      if (failures.length > KEPT_FAILURES) failures.shift()
    },
    /** A goodbye that comes after the connection fell makes that no failure. @param {string} peerId */
    pardon(peerId) {
      const failed = failures.findIndex((failure) => failure.peerId === peerId)
      if (failed >= 0) failures.splice(failed, 1)
    },
    status: () => ({ counters: { ...counters }, failures: failures.map((failure) => ({ ...failure })) }),
  }
}
