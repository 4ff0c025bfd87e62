/**
 * The pump: whatever enters the core ends in exactly one drain at the end of the microtask, which performs the effects.
 *
 * Invariants
 * 1. `touched` is what every call into the core ends with (core/replica.js), so a drain cannot be forgotten.
 * 2. Events go out with every drain. Records and messages go out with the first drain of a task, and then in batches
 *    (BATCH_BYTES, BATCH_DRAINS or the end of the task, whichever is first): a post for each microtask would cap
 *    awaited puts far below what the core can do.
 * 3. Nothing thrown by what performs an effect stops the pump.
 * 4. After `close` nothing is drained any more.
 */
import { reportUncaught } from "../util/emitter.js"
import { createTaskEnd } from "../util/task-end.js"

const BATCH_BYTES = 64 * 1024
const BATCH_DRAINS = 256

/**
 * @typedef {import("../core/replica.js").Effect} Effect
 * @typedef {ReturnType<typeof createPump>} Pump
 */

/**
 * @param {object} parts
 * @param {() => { drain: (withOutgoing: boolean) => readonly Effect[], pendingBytes: () => number } | null} parts.replica
 *   null until there is one
 * @param {(effects: readonly Effect[]) => void} parts.perform
 */
export function createPump({ replica, perform }) {
  const resolved = Promise.resolve()
  const taskEnd = createTaskEnd(endTask)
  let scheduled = false
  let inTask = false
  let held = 0
  let closed = false

  function touched() {
    if (scheduled || closed) return
    scheduled = true
    resolved.then(drain)
  }

  function drain() {
    scheduled = false
    if (closed) return
    if (!inTask) {
      inTask = true
      taskEnd.schedule()
      return run(true)
    }
    held++
    run(held >= BATCH_DRAINS || (replica()?.pendingBytes() ?? 0) >= BATCH_BYTES)
  }

  function endTask() {
    inTask = false
    if (held > 0) run(true)
  }

  /** @param {boolean} withOutgoing */
  function run(withOutgoing) {
    if (withOutgoing) held = 0
    try {
      const effects = replica()?.drain(withOutgoing)
      if (effects && effects.length > 0) perform(effects)
    } catch (error) {
      reportUncaught(error)
    }
  }

  return {
    touched,
    /** Everything, now: what is written is handed out before the caller goes on. */
    drainNow() {
      if (!closed) run(true)
    },
    close() {
      closed = true
      taskEnd.close()
    },
  }
}
