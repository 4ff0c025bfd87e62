/**
 * A store that fails on command, over any other: the next calls reject, are held back, or the store is taken away.
 */

import { WeftError } from "../../../js/errors.js"
import { createEmitter } from "../../../js/util/emitter.js"

/** @typedef {import("../../../js/storage/contract.js").Store} Store */

/** @param {(name: string) => Promise<Store>} open */
export function createFailing(open) {
  /** @type {Set<ReturnType<typeof createEmitter>>} */
  const handles = new Set()
  const control = {
    /** @type {Partial<Record<"append" | "replace" | "flush" | "read" | "open", boolean>>} */
    fails: {},
    /** @type {string[]} */
    calls: [],
    /** @type {Promise<void> | null} what replaces wait for */
    gate: null,
    /** Replaces that wait for it. */
    waiting: 0,
    /** @type {Promise<void> | null} what appends wait for */
    appendGate: null,
    /** @param {"closed" | "deleted" | "upgraded"} why */
    lose(why) {
      for (const events of [...handles]) events.emit("lost", { why, message: `the test says ${why}` })
      handles.clear()
    },
  }
  /** @param {keyof typeof control.fails} what */
  const check = (what) => {
    control.calls.push(what)
    if (control.fails[what]) throw new WeftError(what === "open" ? "STORAGE_UNAVAILABLE" : "STORAGE_FAILED", `the test lets ${what} fail`)
  }

  return {
    control,
    /** @param {string} name @returns {Promise<Store>} */
    async open(name) {
      check("open")
      const store = await open(name)
      const events = createEmitter()
      handles.add(events)
      let broken = false
      return {
        ...store,
        async *read() { check("read"); yield* store.read() },
        async append(chunks) {
          try { check("append") } catch (error) { broken = true; throw error }
          if (broken) throw new WeftError("STORAGE_FAILED", "an append before this one failed")
          await Promise.all([store.append(chunks), control.appendGate])
        },
        async replace(chunks) {
          const rows = chunks.map((chunk) => chunk.slice())
          control.waiting += 1
          if (control.gate) await control.gate // else it is in its place, before what is appended next
          control.waiting -= 1
          check("replace")
          broken = false
          return store.replace(rows)
        },
        async flush() {
          check("flush")
          if (broken) throw new WeftError("STORAGE_FAILED", "an append before this one failed")
          return store.flush()
        },
        async close() { handles.delete(events); return store.close() },
        on: (name_, listener) => events.on(name_, listener),
      }
    },
  }
}
