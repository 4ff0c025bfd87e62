/**
 * The links of a replica: numbers in the core, ends out here (a peer of the mesh, another tab, a pipe in a test).
 *
 * Invariants
 * 1. A number is used for one link only, ever.
 * 2. `linkOpen` and `linkClose` of the core come in pairs; what is received before, after, or of a core that is gone
 *    is dropped.
 *
 * @typedef {object} End what the outside gives
 * @property {string} id who is there
 * @property {"peer" | "tab"} kind
 * @property {boolean} [bridge] what comes from there is passed on to peers
 * @property {(bytes: Uint8Array) => unknown} send
 * @property {(code: string, message: string) => void} close the core will have no more of it
 * @property {(paused: boolean) => void} [pause]
 *
 * @typedef {object} Link what the outside gets
 * @property {number} number
 * @property {(bytes: Uint8Array) => void} receive
 * @property {() => void} close the end is gone; twice is once
 */

/** The target of a message to every other tab at once (`kTabBroadcast`). */
const ALL_TABS = 0

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {(bytes: Uint8Array) => unknown} parts.broadcast to every other tab
 */
export function createLinks({ replica, broadcast }) {
  /** @type {Map<number, End>} */
  const ends = new Map()
  /** @type {Map<number, number>} how many messages each gave to the core */
  const received = new Map()
  let last = ALL_TABS

  /** @param {End} end @returns {Link} */
  function open(end) {
    const number = ++last
    ends.set(number, end)
    received.set(number, 0)
    replica.linkOpen(number, { tab: end.kind === "tab", bridge: end.bridge ?? false })
    return {
      number,
      receive(bytes) {
        if (!ends.has(number) || replica.gone) return
        received.set(number, (received.get(number) ?? 0) + 1)
        replica.receive(number, bytes)
      },
      close() {
        if (forget(number)) closeInCore(number)
      },
    }
  }

  /** @param {number} number */
  function forget(number) {
    received.delete(number)
    return ends.delete(number)
  }

  /** @param {number} number */
  function closeInCore(number) {
    // A core that has stopped or is closed has no links.
    if (!replica.gone) replica.linkClose(number)
  }

  return {
    open,
    /** @param {number} number */
    end: (number) => ends.get(number),
    /** How many messages came by it. @param {number} number */
    received: (number) => received.get(number) ?? 0,
    /** @param {number} number @param {Uint8Array} bytes */
    send(number, bytes) {
      if (number === ALL_TABS) broadcast(bytes)
      else ends.get(number)?.send(bytes)
    },
    /** @param {number} number @param {string} code @param {string} message */
    drop(number, code, message) {
      const end = ends.get(number)
      if (!end || !forget(number)) return
      closeInCore(number)
      end.close(code, message)
    },
    /** @param {number} number @param {boolean} paused */
    pause(number, paused) {
      ends.get(number)?.pause?.(paused)
    },
  }
}
