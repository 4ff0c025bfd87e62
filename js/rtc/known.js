/**
 * The peers a mesh knows of, connected or not.
 *
 * Invariants
 * 1. At most `maxKnown`; for one more, the one known longest that has no link is forgotten.
 * 2. Whoever is forgotten has no timer left.
 *
 * @typedef {object} Entry
 * @property {string} id
 * @property {number} call  greatest call number used or seen
 * @property {import("./link.js").Link | null} link
 * @property {import("./contract.js").Peer | null} peer  while open
 * @property {number} failures  attempts in a row that came to nothing
 * @property {number} heardMs  last announcement or message over the signalling
 * @property {number} nextDialMs
 * @property {ReturnType<typeof setTimeout> | null} timer  until it is dialed again
 * @property {Map<number, import("./calls.js").Candidate[]>} early  candidates that overtook their offer
 */

/** @param {{ maxKnown: number, now: () => number }} options */
export function createKnown({ maxKnown, now }) {
  /** @type {Map<string, Entry>} */
  const entries = new Map()

  /** @param {Entry} entry */
  function forget(entry) {
    stopTimer(entry)
    entries.delete(entry.id)
  }

  function forgetOldest() {
    for (const entry of entries.values()) {
      if (entry.link) continue
      forget(entry)
      return true
    }
    return false
  }

  const all = () => [...entries.values()]

  return {
    all,
    forget,
    /** @param {string} id */
    get: (id) => entries.get(id),
    /** @param {string} id @returns {Entry | null} null: too many are known, all of them linked */
    add(id) {
      if (entries.size >= maxKnown && !forgetOldest()) return null
      const entry = { id, call: 0, link: null, peer: null, failures: 0, heardMs: now(), nextDialMs: 0, timer: null, early: new Map() }
      entries.set(id, entry)
      return entry
    },
    links: () => all().flatMap(({ link }) => link ?? []),
    peers: () => all().flatMap(({ peer }) => peer ?? []),
  }
}

/** @param {Entry} entry */
export function stopTimer(entry) {
  if (entry.timer !== null) clearTimeout(entry.timer)
  entry.timer = null
}
