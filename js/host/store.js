/**
 * The journal's side of a replica: what it loads, what it is made of, whether it is safe.
 *
 * Invariants
 * 1. Nothing is loaded half: the core takes a journal whole or refuses it.
 * 2. The core knows at all times whether this tab owns the store.
 */
import { WeftError } from "../errors.js"
import { createJournal } from "../storage/journal.js"

/**
 * A journal is made anew when it has grown to this many times its size after the last time, and by this much. The new
 * one stands beside the old for a moment, so that is where the disk holds most: two and a half times what lives.
 */
const GROWTH = 1.5
const LEAST_GROWTH_BYTES = 4 * 1024 * 1024
const LEAST_GROWTH_BYTES_SMALL = 64 * 1024

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {import("./pump.js").Pump} parts.pump
 * @param {(() => Promise<import("../storage/contract.js").Store>) | null} parts.openStore
 * @param {import("../storage/owner.js").Ownership | null} parts.ownership
 * @param {import("../tabs/tabs.js").Tabs | null} parts.tabs
 * @param {(tabId: string) => Promise<void>} parts.settle
 * @param {number} parts.saveDelayMs
 * @param {() => boolean} [parts.small] the store is for small data
 * @param {(full: boolean) => void} [parts.full] hears when there is no room any more, and when there is again
 * @param {(level: "warn" | "debug", text: string) => void} parts.log
 */
export function createStore({ replica, pump, openStore, ownership, tabs, settle, saveDelayMs, log, small = () => false, full = () => {} }) {
  const journal = createJournal({ openStore, ownership, tabs, load, snapshot, settle, saveDelayMs, log })
  const offs = [journal.on("state", tellCore), journal.on("full", full)]
  let torn = false
  let bytesAtSnapshot = 0
  /** Bytes of whole states that were written, ever. */
  let wholeStates = 0
  let compacting = false
  /** A journal that could not be made anew is tried again when it has grown further. */
  let retryAbove = 0

  /** @param {AsyncIterable<Uint8Array>} rows */
  async function load(rows) {
    torn = false
    const whole = [] // a store that fails midway must leave the core's reader as it was, for the next try
    for await (const row of rows) whole.push(row)
    for (const row of whole) replica.load(row)
    replica.loadEnd()
    pump.drainNow() // a torn tail is told as a notice
    return { rewrite: torn }
  }

  function snapshot() {
    pump.drainNow() // what is on its way belongs to the rows before
    return counted(replica.snapshotSlices())
  }

  /** @param {import("../core/replica.js").Slices} slices @returns {Iterable<Uint8Array>} */
  function counted(slices) {
    let bytes = 0
    const before = wholeStates
    return { [Symbol.iterator]: () => ({
      next() {
        const slice = slices.next()
        if (slice.done) bytesAtSnapshot = bytes + wholeStates - before
        else bytes += slice.value.byteLength
        return slice
      },
      return: () => slices.return(),
    }) }
  }

  function tellCore() {
    if (!replica.gone) replica.setStoreOwner(journal.state === "owner")
  }

  function compact() {
    if (compacting) return
    compacting = true
    journal.compact()
      .catch((error) => {
        retryAbove = journal.status().bytes * GROWTH
        log("warn", `the journal could not be made anew: ${error.message}`)
      })
      .finally(() => { compacting = false })
  }

  return {
    async open() {
      const state = await journal.open()
      // What was read may be mostly history: the snapshot it would give is near what lives in the graph.
      bytesAtSnapshot ||= Math.min(journal.status().bytes, replica.liveBytes())
      tellCore()
      return state
    },
    /** @param {Uint8Array} bytes @param {boolean} [wholeState] they hold one, packed: that is no growth to be got rid of */
    write(bytes, wholeState = false) {
      journal.write(bytes)
      if (wholeState) {
        bytesAtSnapshot += bytes.byteLength
        wholeStates += bytes.byteLength
      }
      const { bytes: size } = journal.status()
      if (size > retryAbove && size > bytesAtSnapshot * GROWTH && size > bytesAtSnapshot + (small() ? LEAST_GROWTH_BYTES_SMALL : LEAST_GROWTH_BYTES)) compact()
    },
    /** The journal's end was cut off: it is written anew after loading. */
    tornTail() {
      torn = true
    },
    compact,
    /** The whole journal is made anew, whatever it takes, and is on the device; rejects when it cannot be. */
    async renew() {
      while (journal.state !== "none" && !(await journal.compact())) {
        await journal.flush() // one that takes over, heals or is writing its whole state comes to its end first
        if (journal.state !== "owner") throw new WeftError("STORAGE_UNAVAILABLE", "this tab does not own the store")
      }
    },
    flush: () => journal.flush(),
    get full() { return journal.full },
    roomMade: journal.roomMade,
    status: () => ({ ...journal.status(), snapshotBytes: bytesAtSnapshot, full: journal.full }),
    hide: () => journal.hide(),
    suspend: () => journal.suspend(),
    resume: () => journal.resume(),
    async close() {
      for (const off of offs) off()
      await journal.close()
    },
    async destroy() {
      for (const off of offs) off()
      await journal.destroy()
    },
  }
}
