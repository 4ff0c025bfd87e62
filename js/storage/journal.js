/**
 * The journal as the host sees it: give it the bytes the core wants kept, ask whether they are safe. Behind it one tab
 * (the owner) writes the store and the others rely on it.
 *
 * What the host must do
 * - Per drain: first post what is to be sent (tabs included), then `write` what is to be kept. A follower's question
 *   "is it safe?" then travels behind the operations it is about.
 * - Give `load`, `snapshot` and `settle` (below), and tell the core on every "state" whether it owns the store.
 * - When the page leaves: drain, then `suspend()`, then `tabs.suspend()`. When it returns: `tabs.resume()`, `resume()`.
 *
 * States
 *   opening    until `open` resolved
 *   owner      appends to the store
 *   follower   another tab owns the store; bytes are dropped (their operations reach the owner as tab messages, and it
 *              journals them) and count as pending until the owner says they are safe
 *   taking     the owner went and we follow it: read its rows into the core, replace them by our whole state
 *   broken     a write failed; bytes are dropped and pending, until replacing the rows by our whole state succeeds
 *   suspended  the page is away
 *   none       there is no store: nothing is kept, nothing is pending
 *   lost       the store was destroyed, taken over by newer code, or cannot be read; nothing is kept any more
 *   closed
 *
 * Invariants
 * 1. `pending` is 0 only if everything given to `write` is in the store of some owner (it survives the process).
 * 2. `flush` resolves only if everything given to `write` before is on the device, whoever owns the store meanwhile.
 * 3. Nobody appends before the store holds all that was dropped here: one who takes over, or heals, writes its whole
 *    state first, which holds its own dropped writes, those of every tab it heard of, and the former owner's rows.
 *    (A write posted to an owner that died before journaling it lives in its writer's tab and in all that heard it.)
 * 4. Rows that cannot be understood are never replaced.
 * 5. After `close` no timer, lock or store handle is left.
 */

import { isWeftError, WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createConfirmations } from "./confirm.js"
import { createProgress } from "./progress.js"

const kFlushLimitMs = 10_000
const kFirstHealMs = 250
const kMaxHealMs = 30_000

/**
 * @typedef {"opening" | "owner" | "follower" | "taking" | "broken" | "suspended" | "none" | "lost" | "closed"} JournalState
 *
 * @typedef {object} JournalOptions
 * @property {(() => Promise<import("./contract.js").Store>) | null} openStore  null: keep nothing
 * @property {import("./owner.js").Ownership | null} [ownership]  null: we are alone; closed by the journal
 * @property {import("../tabs/tabs.js").Tabs | null} [tabs]  not closed by the journal
 * @property {(rows: AsyncIterable<Uint8Array>) => Promise<{ rewrite?: boolean } | void>} load
 *   unites the stream with what the core has, or rejects (CORRUPT_STORE) and changes nothing. Called by `open`, and
 *   again by every take-over. `rewrite`: the stream should be replaced (a torn tail was cut off)
 * @property {() => Uint8Array[]} snapshot  a whole journal of the core's present state; taken in one go
 * @property {(tabId: string) => Promise<void> | void} [settle]
 *   resolves when all that tab posted before now is applied here and went through `write` (its link is in sync); a
 *   link that ends meanwhile resolves too
 * @property {number} [saveDelayMs]  written bytes are flushed to the device at most this much later
 * @property {number} [flushLimitMs]
 * @property {(level: "warn" | "debug", text: string) => void} [log]
 *
 * @typedef {object} Journal
 * @property {() => Promise<JournalState>} open  "owner", "follower" or "none"; rejects with what opening or `load` gave,
 *   and then everything is closed and the store is as it was
 * @property {(bytes: Uint8Array) => void} write  frames, whole; taken before the call returns; never throws: a failure
 *   shows as "error", as state "broken", and at `flush`
 * @property {number} pending  bytes written but not known to survive the process
 * @property {JournalState} state
 * @property {() => Promise<void>} flush  rejects with STORAGE_FAILED (try again later), TIMEOUT (no owner answered),
 *   CLOSED
 * @property {() => Promise<boolean>} compact  the store becomes a snapshot; false: not ours to do now. When it rejects
 *   (STORAGE_FAILED) the old rows stand and writing goes on
 * @property {() => void} suspend
 * @property {() => void} resume
 * @property {() => { state: JournalState, pending: number, bytes: number, error: WeftError | null }} status
 * @property {import("../util/emitter.js").Emitter<{ state: [JournalState], error: [WeftError] }>["on"]} on
 * @property {() => Promise<void>} close  flushes; everything is let go of even if that rejects
 * @property {() => Promise<void>} destroy  closes without flushing and deletes the store
 */

/**
 * @param {JournalOptions} options
 * @returns {Journal}
 */
export function createJournal({
  openStore,
  ownership = null,
  tabs = null,
  load,
  snapshot,
  settle = () => {},
  saveDelayMs = 200,
  flushLimitMs = kFlushLimitMs,
  log = () => {},
}) {
  /** @type {import("../util/emitter.js").Emitter<{ state: [JournalState], error: [WeftError] }>} */
  const events = createEmitter()
  const progress = createProgress()
  /** @type {JournalState} */
  let state = "opening"
  /** @type {import("./contract.js").Store | null} */
  let store = null
  /** @type {WeftError | null} why broken or lost */
  let failure = null
  /** @type {Promise<void> | null} the whole state on its way into the store: what follows counts only behind it */
  let rewriting = null
  let healDelayMs = kFirstHealMs
  /** @type {ReturnType<typeof setTimeout> | null} */
  let healTimer = null
  /** @type {ReturnType<typeof setTimeout> | null} */
  let saveTimer = null
  /** Did we read what is in the store since we own it? Only then may we replace it. */
  let united = false
  /** Counts the times we began to secure the store: one that was overtaken stops. */
  let turn = 0
  /** @type {ReturnType<typeof createConfirmations> | null} */
  let confirmations = null
  /** @type {(() => void)[]} */
  const offs = []

  /** @param {JournalState} which */
  const is = (which) => state === which

  /** @param {JournalState} next */
  function enter(next) {
    if (state === next || state === "closed") return
    state = next
    tabs?.update({ owner: next === "owner" })
    progress.changed()
    events.emit("state", next)
  }

  // ---- the store

  async function openHandle() {
    const opened = await /** @type {NonNullable<typeof openStore>} */ (openStore)()
    if (is("closed")) {
      await opened.close()
      throw closedError()
    }
    opened.on("lost", ({ why, message }) => {
      if (store !== opened) return
      store = null
      const error = new WeftError("STORAGE_FAILED", message)
      if (why === "closed") fail(error)
      else giveUp(error)
    })
    store = opened
    united = false
    return opened
  }

  /** From now on only the whole state will do. @param {unknown} error */
  function fail(error) {
    if (!is("owner") && !is("taking")) return
    failure = isWeftError(error) ? error : new WeftError("STORAGE_FAILED", "the store failed", { cause: error })
    rewriting = null
    enter("broken")
    events.emit("error", failure)
    // A store that was taken away while all was safe is not made again before there is something to write.
    if (progress.pending > 0) healSoon()
  }

  /** Nothing will be kept any more. @param {unknown} error */
  function giveUp(error) {
    if (is("closed") || is("lost")) return
    failure = isWeftError(error) ? error : new WeftError("INTERNAL", "the store could not be read", { cause: error })
    rewriting = null
    stopTimers()
    ownership?.release()
    enter("lost")
    events.emit("error", failure)
  }

  function healSoon() {
    if (healTimer !== null) return
    healTimer = setTimeout(() => {
      healTimer = null
      if (is("broken")) secure().catch((error) => log("warn", `the store is still failing: ${error.message}`))
    }, healDelayMs)
    healDelayMs = Math.min(kMaxHealMs, healDelayMs * 2)
  }

  /** Makes the store hold all we have: after a failure, and when we become its owner. */
  async function secure() {
    const mine = ++turn
    enter("taking")
    try {
      const opened = store ?? await openHandle()
      if (!united) await load(opened.read())
      if (mine === turn) united = true
    } catch (error) {
      // What cannot be reached may be reached later; what cannot be understood stays as it is.
      if (isWeftError(error, "STORAGE_FAILED") || isWeftError(error, "STORAGE_UNAVAILABLE")) fail(error)
      else giveUp(error)
      throw error
    }
    if (mine !== turn || !is("taking")) throw failure ?? closedError()
    await rewrite()
  }

  /** Our whole state becomes the store; we append behind it at once. */
  async function rewrite() {
    if (!store) throw failure ?? closedError()
    const target = progress.written
    const done = store.replace(snapshot())
    rewriting = done
    failure = null
    enter("owner")
    try {
      await done
    } catch (error) {
      if (rewriting === done) fail(error)
      throw error
    }
    if (rewriting === done) rewriting = null
    healDelayMs = kFirstHealMs
    progress.saved(target)
    if (!progress.isFlushed(target)) saveSoon()
  }

  /** @param {Uint8Array} bytes */
  function append(bytes) {
    if (!store) return
    const end = progress.written
    Promise.all([store.append([bytes]), rewriting]).then(() => progress.saved(end), fail)
  }

  async function flushOwn() {
    if (!store) throw failure ?? closedError()
    const target = progress.written
    try {
      await Promise.all([store.flush(), rewriting])
    } catch (error) {
      fail(error)
      throw error
    }
    progress.flushed(target)
  }

  function takeOver() {
    if (!is("follower")) return
    united = false
    secure().catch((error) => log("warn", `could not take the store over: ${error.message}`))
  }

  /** @param {string} from @param {boolean} device */
  async function answer(from, device) {
    await settle(from)
    if (is("owner") && device) return flushOwn()
    const target = progress.written
    while (is("owner") && !progress.isSaved(target)) await progress.change()
    if (!is("owner")) throw is("broken") && failure ? failure : new WeftError("STORAGE_UNAVAILABLE", "this tab does not own the store")
  }

  // ---- flushing

  async function flush() {
    const target = progress.written
    const limit = progress.limit(flushLimitMs)
    let healed = false
    try {
      while (!progress.isFlushed(target) && !is("none")) {
        const seen = progress.version
        if (is("closed")) throw closedError()
        if (is("lost") || (is("broken") && healed)) throw failure
        if (is("owner")) await flushOwn()
        else if (is("broken")) { healed = true; await secure() }
        else if (is("follower") && await confirmations?.ask(true)) continue
        else if (progress.version === seen && !(await progress.change(limit))) {
          throw new WeftError("TIMEOUT", `no tab that owns the store answered within ${flushLimitMs} ms`)
        }
      }
    } finally {
      limit.end()
    }
  }

  function saveSoon() {
    if (saveTimer !== null) return
    saveTimer = setTimeout(() => {
      saveTimer = null
      flush().catch((error) => {
        if (is("closed")) return
        log("warn", `not flushed yet: ${error.message}`)
        if (is("follower")) saveSoon()
      })
    }, saveDelayMs)
  }

  function stopTimers() {
    if (saveTimer !== null) clearTimeout(saveTimer)
    if (healTimer !== null) clearTimeout(healTimer)
    saveTimer = healTimer = null
  }

  async function start() {
    const opened = await openHandle()
    const isOwner = ownership ? await ownership.ready : true
    const loaded = await load(opened.read())
    if (!is("opening")) throw failure ?? closedError()
    united = isOwner
    if (ownership) offs.push(ownership.on("owner", takeOver), ownership.on("error", refused))
    if (tabs) confirmations = createConfirmations({ tabs, progress, limitMs: flushLimitMs, isFollower: () => is("follower"), answer, log })
    // Should the replacing fail, the state is "broken" and says so; the rows that were read stand.
    if (isOwner && (loaded?.rewrite || progress.written > 0)) await rewrite().catch((error) => log("warn", error.message))
    if (is("opening")) enter(isOwner ? "owner" : "follower")
    if (!isOwner && ownership?.isOwner) takeOver() // the owner went while we read
  }

  /** @param {unknown} [error] */
  function refused(error) {
    events.emit("error", new WeftError("STORAGE_UNAVAILABLE", "the browser refused the lock on the store", { cause: error }))
  }

  async function letGo() {
    stopTimers()
    confirmations?.close()
    for (const off of offs.splice(0)) off()
    enter("closed")
    const handle = store
    store = null
    try {
      await handle?.close()
    } finally {
      ownership?.close()
      events.clear()
    }
  }

  return {
    async open() {
      try {
        if (openStore) await start()
        else enter("none")
        return state
      } catch (error) {
        await letGo()
        throw error
      }
    },

    write(bytes) {
      if (is("none") || is("closed")) return
      progress.wrote(bytes.byteLength)
      if (is("lost") || is("suspended")) return
      if (is("owner")) append(bytes)
      else if (is("broken")) healSoon()
      else confirmations?.askSoon()
      saveSoon()
    },

    get pending() { return progress.pending },
    get state() { return state },
    flush,

    async compact() {
      if (!is("owner") || rewriting || !store) return false
      const target = progress.written
      await store.replace(snapshot())
      progress.saved(target)
      return true
    },

    suspend() {
      if (!is("owner") && !is("follower") && !is("taking") && !is("broken")) return
      // Hands over what still waits; the page may not live to see it done.
      if (is("owner")) store?.flush().catch((error) => log("warn", `not flushed: ${error.message}`))
      stopTimers()
      turn += 1
      rewriting = null
      enter("suspended")
      ownership?.release()
    },

    resume() {
      if (!is("suspended")) return
      enter("follower")
      if (ownership) ownership.acquire()
      else takeOver()
      confirmations?.askSoon()
      if (progress.pending > 0) saveSoon()
    },

    status: () => ({ state, pending: progress.pending, bytes: store?.bytes() ?? 0, error: failure }),
    on: (name, listener) => events.on(name, listener),

    async close() {
      if (is("closed")) return
      try {
        if (!is("opening") && !is("lost") && !is("suspended")) await flush()
      } finally {
        await letGo()
      }
    },

    async destroy() {
      const handle = store
      store = null
      try {
        await handle?.destroy()
      } finally {
        await letGo()
      }
    },
  }
}

function closedError() {
  return new WeftError("CLOSED", "the database is closed")
}
