/**
 * Who is in the room, as far as the signalling heard. A peer's key is fresh for every open, so a goodbye is final.
 *
 * Invariants
 * 1. At most MAX_PEERS are remembered; who was not heard for longest is forgotten first.
 * 2. A peer that said goodbye is never a peer again, whatever still arrives of it.
 */
import { MAX_PEERS, PEER_SILENCE_MS } from "./limits.js"

/** @typedef {{ heardAt: number, knowsUs: boolean, gone: boolean }} PeerEntry */

/** @param {() => number} now */
export function createPeers(now) {
  /** @type {Map<string, PeerEntry>} who was heard last comes last */
  const entries = new Map()

  function makeRoom() {
    for (const [id, { heardAt }] of entries) {
      if (entries.size < MAX_PEERS && heardAt >= now() - PEER_SILENCE_MS) break
      entries.delete(id)
    }
  }

  return {
    /**
     * @param {string} id
     * @param {{ directed?: boolean }} [how] directed: it was meant for us alone, so its sender knows of us
     * @returns {PeerEntry | null} null: it has left
     */
    heard(id, { directed = false } = {}) {
      const entry = entries.get(id) ?? { heardAt: 0, knowsUs: false, gone: false }
      if (entry.gone) return null
      entries.delete(id)
      makeRoom()
      entry.heardAt = now()
      entry.knowsUs ||= directed
      entries.set(id, entry)
      return entry
    },

    /** @param {string} id @returns {boolean} whether it was here */
    left(id) {
      const entry = entries.get(id)
      entries.delete(id)
      makeRoom()
      entries.set(id, { heardAt: now(), knowsUs: false, gone: true })
      return entry !== undefined && !entry.gone
    },

    /** Present ones. */
    ids: () => [...entries].filter(([, entry]) => !entry.gone).map(([id]) => id),
  }
}
