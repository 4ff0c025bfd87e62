/**
 * What the origin may keep and keeps already, as the browser estimates it; and whether the browser may throw it away.
 *
 * Invariants
 * 1. Nothing waits for the browser: some of these questions are answered late or never (Firefox asks a person whether
 *    data may persist). What is not known is null.
 * 2. "nearly full" is told once, and again only after there was room.
 */

const kNearly = 0.9
const kRoomAgain = 0.8
/** An estimate is asked for again after this much was written, or this long. */
const kEveryBytes = 1024 * 1024
const kEveryMs = 5000

/**
 * @param {object} parts
 * @param {(usage: number, quota: number) => void} parts.nearlyFull
 * @param {StorageManager | null} [parts.manager]
 * @param {() => number} parts.now
 */
export function createQuota({ nearlyFull, now, manager = globalThis.navigator?.storage ?? null }) {
  /** @type {number | null} */
  let usage = null
  /** @type {number | null} */
  let quota = null
  /** @type {boolean | null} */
  let persisted = null
  let askedAt = -Infinity
  let written = 0
  let told = false

  function ask() {
    if (typeof manager?.estimate !== "function") return
    askedAt = now()
    written = 0
    manager.estimate().then((estimate) => {
      usage = estimate.usage ?? null
      quota = estimate.quota ?? null
      if (!usage || !quota) return
      if (usage < quota * kRoomAgain) told = false
      if (told || usage < quota * kNearly) return
      told = true
      nearlyFull(usage, quota)
    }, () => {}) // a browser that does not say leaves what was known
  }

  return {
    begin() {
      ask()
      if (typeof manager?.persist !== "function") return
      manager.persist().then((answer) => { persisted = answer }, () => {}) // as above
    },
    /** @param {number} bytes */
    wrote(bytes) {
      written += bytes
      if (written >= kEveryBytes) ask()
    },
    status() {
      if (now() - askedAt > kEveryMs) ask()
      return { usage, quota, persisted }
    },
  }
}
