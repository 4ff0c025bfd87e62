/**
 * Waits for what the core tells later: an import that is being judged, a link whose sync is under way.
 *
 * Invariant: every wait ends, at the latest with `close`.
 */
import { WeftError } from "../errors.js"

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {import("../util/emitter.js").Emitter<{ sync: [], notice: [import("../host.js").Notice] }>} parts.events
 */
export function createWaits({ replica, events }) {
  /** @type {Map<number, { resolve: () => void, reject: (error: WeftError) => void }>} */
  const imports = new Map()
  /** @type {Set<() => void>} */
  const syncs = new Set()

  events.on("notice", ({ code, message, details }) => {
    const waiting = imports.get(Number(details.ticket))
    if (!waiting || (code !== "IMPORTED" && code !== "TIMEOUT")) return
    imports.delete(Number(details.ticket))
    if (code === "IMPORTED") waiting.resolve()
    else waiting.reject(new WeftError("TIMEOUT", message))
  })
  events.on("sync", () => {
    for (const look of [...syncs]) look()
  })

  /**
   * Whether what the other end has sent may not have come in yet: its first sync is under way, or messages wait for a
   * verdict. After the first sync, live messages come in the order they were sent.
   * @param {number} number
   */
  function isSyncing(number) {
    if (replica.gone) return false
    const link = replica.syncStatus().peers.find((/** @type {{ link: number }} */ candidate) => candidate.link === number)
    return link !== undefined && (link.parked > 0 || (link.state === "stale" && link.lastProved === null))
  }

  return {
    /** @param {number} ticket @returns {Promise<void>} */
    imported: (ticket) => new Promise((resolve, reject) => imports.set(ticket, { resolve, reject })),

    /** @param {number} number @returns {Promise<void>} resolves at once for a link that is not there */
    settled: (number) => new Promise((resolve) => {
      function look() {
        if (isSyncing(number)) return
        syncs.delete(look)
        resolve()
      }
      syncs.add(look)
      look()
    }),

    close() {
      for (const { reject } of imports.values()) reject(new WeftError("CLOSED", "the database was closed"))
      imports.clear()
      for (const look of [...syncs]) look()
      syncs.clear()
    },
  }
}
