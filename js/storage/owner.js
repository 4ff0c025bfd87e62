/**
 * Who owns the store: of all tabs with one database, one at a time. The owner alone writes.
 *
 * Invariants
 * 1. With Web Locks at most one tab holds the lock, and when it goes (also by a crash) a waiting one follows at once.
 *    One that answers nobody (its page is frozen, its thread held) keeps it: another `seize`s it, and it hears "lost"
 *    when it comes to itself, before anything it asked for meanwhile is answered; then it waits in the queue again.
 * 2. "owner" is emitted once for each time ownership is gained, never inside the call that asked for it.
 * 3. Without Web Locks (Node, a page that is not a secure context) everyone is the owner at once: stores are made to
 *    bear it (contract.js, 6), at the price of writing everything once a tab (docs/storage.md says what is not covered).
 * 4. After `close` no lock is held, none is waited for, and nothing is emitted.
 *
 * @typedef {object} Ownership
 * @property {boolean} isOwner
 * @property {Promise<boolean>} ready  the first answer: are we the owner, or do we wait for another?
 * @property {(name: "owner" | "lost" | "error", listener: (error?: unknown) => void) => () => void} on
 *   "lost": another took it · "error": the platform refused the lock; whoever waits does so in vain
 * @property {() => void} release  lets go (or stops waiting); `acquire` asks again
 * @property {() => void} acquire  asks (as creation did); nothing happens when already asked
 * @property {() => void} seize  takes it from whoever has it; for one that waits
 * @property {() => Promise<string | null>} holder  the browser's name for the page that has the lock
 * @property {() => void} close
 */

import { createEmitter } from "../util/emitter.js"
import { checkName } from "./contract.js"

/**
 * @param {{ name: string, locks?: LockManager | null }} options
 * @returns {Ownership}
 */
export function createOwnership({ name, locks = globalThis.navigator?.locks ?? null }) {
  const lockName = `weft:owner:${checkName(name)}`
  /** @type {import("../util/emitter.js").Emitter<{ owner: [], lost: [], error: [unknown] }>} */
  const events = createEmitter()
  /** @type {(answer: boolean) => void} */
  let answer = () => {}
  /** @type {Promise<boolean>} */
  const ready = new Promise((resolve) => { answer = resolve })
  /** @type {Turn | null} */
  let turn = null
  let closed = false

  /** @typedef {{ owner: boolean, release: () => void, abort: AbortController }} Turn  one asking, until let go */

  /**
   * @param {(manager: LockManager, mine: Turn, released: Promise<void>) => Promise<void>} how the lock is asked for
   * @param {() => void} [refused] nothing waits for it any more
   */
  function begin(how, refused = () => {}) {
    /** @type {() => void} */
    let release = () => {}
    /** @type {Promise<void>} */
    const released = new Promise((resolve) => { release = resolve })
    /** @type {Turn} */
    const mine = { owner: false, release, abort: new AbortController() }
    turn = mine
    const asked = locks ? how(locks, mine, released) : Promise.resolve().then(() => gain(mine))
    asked.catch((error) => {
      if (turn !== mine || mine.abort.signal.aborted) return
      if (mine.owner) return lose(mine)
      events.emit("error", error)
      answer(false)
      refused()
    })
  }

  function acquire() {
    if (!turn && !closed) begin(ask)
  }

  function seize() {
    if (!locks || !turn || turn.owner) return
    turn.abort.abort()
    begin(async (manager, mine, released) => {
      await manager.request(lockName, { steal: true }, async () => {
        gain(mine)
        await released
      })
    }, wait)
  }

  /** In the queue again. */
  function wait() {
    turn = null
    acquire()
  }

  /** Another has it now. @param {Turn} mine */
  function lose(mine) {
    mine.release()
    wait()
    events.emit("lost")
  }

  /**
   * First without waiting, to know at once; then in the queue.
   * @param {LockManager} manager
   * @param {Turn} mine
   * @param {Promise<void>} released
   */
  async function ask(manager, mine, released) {
    const got = await manager.request(lockName, { ifAvailable: true }, async (lock) => {
      if (!lock) return false
      gain(mine)
      await released
      return true
    })
    if (got || turn !== mine) return
    answer(false)
    await manager.request(lockName, { signal: mine.abort.signal }, async () => {
      gain(mine)
      await released
    })
  }

  /** @param {Turn} mine */
  function gain(mine) {
    if (turn !== mine) return mine.release()
    mine.owner = true
    answer(true)
    events.emit("owner")
  }

  function release() {
    if (!turn) return
    turn.abort.abort()
    turn.release()
    turn = null
    answer(false)
  }

  acquire()
  return {
    get isOwner() { return turn?.owner ?? false },
    ready,
    on: (eventName, listener) => events.on(eventName, listener),
    acquire,
    seize,
    async holder() {
      const { held = [] } = await locks?.query() ?? {}
      return held.find((lock) => lock.name === lockName)?.clientId ?? null
    },
    release,
    close() {
      closed = true
      release()
      events.clear()
    },
  }
}
