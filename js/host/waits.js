/**
 * Waits for what the core tells later: an import that is being judged, a link's messages that are not taken up yet.
 *
 * Invariant: every wait ends, at the latest with `close`.
 */
import { WeftError } from "../errors.js"

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {ReturnType<typeof import("./links.js").createLinks>} parts.links
 * @param {import("../util/emitter.js").Emitter<{ sync: [], notice: [import("../host.js").Notice] }>} parts.events
 */
export function createWaits({ replica, links, events }) {
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

  return {
    /** @param {number} ticket @returns {Promise<void>} */
    imported: (ticket) => new Promise((resolve, reject) => imports.set(ticket, { resolve, reject })),

    /**
     * Resolves when all is here that the other end of a link had posted before now, and all it held when the link was
     * opened. Never waits for rest: the others may go on writing for ever.
     * @param {number} number @returns {Promise<void>} at once for a link that is not there
     */
    heard: (number) => new Promise((resolve) => {
      const messages = links.received(number)
      function look() {
        if (!replica.gone && !replica.hasTaken(number, messages)) return
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
