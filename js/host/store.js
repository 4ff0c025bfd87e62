/**
 * The journal's side of a replica: what it loads, what it is made of, whether it is safe.
 *
 * Invariants
 * 1. Nothing is loaded half: the core takes a journal whole or refuses it.
 * 2. The core knows at all times whether this tab owns the store.
 */
import { WeftError } from "../errors.js"
import { createJournal } from "../storage/journal.js"

/** A journal is made anew when it has grown to this many times its size after the last time, and by this much. */
const GROWTH = 4
const LEAST_GROWTH_BYTES = 4 * 1024 * 1024

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {import("./pump.js").Pump} parts.pump
 * @param {(() => Promise<import("../storage/contract.js").Store>) | null} parts.openStore
 * @param {import("../storage/owner.js").Ownership | null} parts.ownership
 * @param {import("../tabs/tabs.js").Tabs | null} parts.tabs
 * @param {(tabId: string) => Promise<void>} parts.settle
 * @param {number} parts.saveDelayMs
 * @param {(level: "warn" | "debug", text: string) => void} parts.log
 */
export function createStore({ replica, pump, openStore, ownership, tabs, settle, saveDelayMs, log }) {
  const journal = createJournal({ openStore, ownership, tabs, load, snapshot, settle, saveDelayMs, log })
  const off = journal.on("state", tellCore)
  let torn = false
  let bytesAtSnapshot = 0
  let compacting = false

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
    const bytes = replica.snapshot()
    bytesAtSnapshot = bytes.byteLength
    return [bytes]
  }

  function tellCore() {
    if (!replica.gone) replica.setStoreOwner(journal.state === "owner")
  }

  function compact() {
    if (compacting) return
    compacting = true
    journal.compact()
      .catch((error) => log("warn", `the journal could not be made anew: ${error.message}`))
      .finally(() => { compacting = false })
  }

  return {
    async open() {
      const state = await journal.open()
      bytesAtSnapshot ||= journal.status().bytes
      tellCore()
      return state
    },
    /** @param {Uint8Array} bytes */
    write(bytes) {
      journal.write(bytes)
      const { bytes: size } = journal.status()
      if (size > bytesAtSnapshot * GROWTH && size > bytesAtSnapshot + LEAST_GROWTH_BYTES) compact()
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
    status: () => journal.status(),
    suspend: () => journal.suspend(),
    resume: () => journal.resume(),
    async close() {
      off()
      await journal.close()
    },
    async destroy() {
      off()
      await journal.destroy()
    },
  }
}
