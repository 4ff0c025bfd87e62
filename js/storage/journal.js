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
import { createProgress } from "./progress.js"

/** The name of the question between tabs; its payload is `{ device: boolean }`. */
const kAsk = "journal"
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
  let asking = false

  /** @type {(() => void)[]} */
  const offs = []

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
    if (state === "closed") {
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
    return opened
  }

  /** A write failed: from now on only the whole state will do. @param {unknown} error */
  function fail(error) {
    if (state !== "owner" && state !== "taking") return
    failure = isWeftError(error) ? error : new WeftError("STORAGE_FAILED", "the store failed", { cause: error })
    rewriting = null
    enter("broken")
    events.emit("error", failure)
    if (progress.pending > 0) scheduleHeal()
  }

  /** Nothing will be kept any more. @param {WeftError} error */
  function giveUp(error) {
    if (state === "closed" || state === "lost") return
    failure = error
    rewriting = null
    stopTimers()
    ownership?.release()
    enter("lost")
    events.emit("error", error)
  }

  function scheduleHeal() {
    if (healTimer !== null) return
    healTimer = setTimeout(() => {
      healTimer = null
      if (state === "broken") heal().catch((error) => log("warn", `the store is still failing: ${error.message}`))
    }, healDelayMs)
    healDelayMs = Math.min(kMaxHealMs, healDelayMs * 2)
  }

  async function heal() {
    if (!store) {
      enter("taking")
      await openHandle().catch((error) => { fail(error); throw failure })
    }
    await rewrite()
  }

  /** Our whole state becomes the store; from then on we append. */
  async function rewrite() {
    if (!store) throw failure ?? closedError()
    const target = progress.written
    const done = store.replace(snapshot())
    rewriting = done
    failure = null
    enter("owner")
    try {
      await done
      if (rewriting === done) rewriting = null
      healDelayMs = kFirstHealMs
      progress.saved(target)
    } catch (error) {
      if (rewriting === done) fail(error)
      throw error
    }
  }

  /** @param {Uint8Array} bytes */
  function append(bytes) {
    if (!store) return
    const end = progress.written
    const behind = rewriting
    const done = store.append([bytes])
    Promise.all([done, behind]).then(() => progress.saved(end), fail)
  }

  async function flushOwn() {
    if (!store) throw failure ?? closedError()
    const target = progress.written
    try {
      await Promise.all([rewriting, store.flush()])
    } catch (error) {
      fail(error)
      throw error
    }
    progress.flushed(target)
  }

  // ---- ownership

  async function takeOver() {
    if (state !== "follower") return
    enter("taking")
    try {
      const opened = store ?? await openHandle()
      await load(opened.read())
      if (state === "taking") await rewrite()
    } catch (error) {
      if (state !== "taking") return
      if (isWeftError(error, "STORAGE_FAILED") || isWeftError(error, "STORAGE_UNAVAILABLE")) fail(error)
      else giveUp(isWeftError(error) ? error : new WeftError("INTERNAL", "the store could not be read", { cause: error }))
    }
  }

  // ---- followers and their owner

  /** @param {boolean} device flushed, not only saved */
  async function askOwner(device) {
    const owner = tabs?.list().find((tab) => tab.owner)
    if (!tabs || !owner) return false
    const target = progress.written
    try {
      await tabs.request(owner.id, kAsk, { device }, { limitMs: flushLimitMs })
    } catch (error) {
      // It went, or is not the owner any more: whoever follows it is asked again.
      if (["LINK_LOST", "PEER_NOT_FOUND", "STORAGE_UNAVAILABLE"].some((code) => isWeftError(error, /** @type {any} */ (code)))) return false
      throw error
    }
    if (device) progress.flushed(target)
    else progress.saved(target)
    return true
  }

  /** @param {string} from @param {unknown} payload */
  async function answerFollower(from, payload) {
    await settle(from)
    if (state !== "owner") throw new WeftError("STORAGE_UNAVAILABLE", "this tab does not own the store")
    const device = /** @type {{ device?: unknown } | null} */ (payload)?.device === true
    if (device) return flushOwn()
    const target = progress.written
    while (progress.isSaved(target) === false) {
      if (state !== "owner") throw failure ?? new WeftError("STORAGE_UNAVAILABLE", "this tab does not own the store")
      await progress.change()
    }
  }

  /** Learns soon, not only at the next flush, that what a follower wrote is safe. */
  function askSoon() {
    if (asking) return
    asking = true
    queueMicrotask(async () => {
      try {
        while (state === "follower" && progress.pending > 0 && await askOwner(false)) { /* more was written meanwhile */ }
      } catch (error) {
        log("debug", `the owner did not confirm: ${error instanceof Error ? error.message : error}`)
      } finally {
        asking = false
      }
    })
  }

  // ---- flushing

  async function flush() {
    const target = progress.written
    const limit = progress.limit(flushLimitMs)
    let healed = false
    try {
      while (!progress.isFlushed(target)) {
        const seen = progress.version
        if (state === "closed") throw closedError()
        if (state === "none") return
        if (state === "lost") throw failure
        if (state === "owner") await flushOwn()
        else if (state === "broken" && !healed) { healed = true; await heal() }
        else if (state === "broken") throw failure
        else if (state === "follower" && await askOwner(true)) continue
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
      flush().catch((error) => { if (state !== "closed") log("warn", `not flushed: ${error.message}`) })
    }, saveDelayMs)
  }

  function stopTimers() {
    if (saveTimer !== null) clearTimeout(saveTimer)
    if (healTimer !== null) clearTimeout(healTimer)
    saveTimer = healTimer = null
  }

  async function letGo() {
    stopTimers()
    for (const off of offs.splice(0)) off()
    enter("closed")
    const handle = store
    store = null
    try {
      await handle?.close()
    } finally {
      ownership?.close()
      events.clear()
      progress.changed()
    }
  }

  return {
    async open() {
      if (!openStore) {
        enter("none")
        return state
      }
      try {
        const opened = await openHandle()
        const isOwner = ownership ? await ownership.ready : true
        const { rewrite: asked } = await load(opened.read()) ?? {}
        if (state !== "opening") throw failure ?? closedError()
        if (ownership) offs.push(ownership.on("owner", takeOver))
        if (ownership) offs.push(ownership.on("error", (error) => events.emit("error", new WeftError("STORAGE_UNAVAILABLE", "the lock on the store was refused", { cause: error }))))
        if (tabs) offs.push(tabs.handle(kAsk, answerFollower))
        for (const name of /** @type {const} */ (["tab", "info", "gone"])) {
          if (tabs) offs.push(tabs.on(name, () => { progress.changed(); if (progress.pending > 0) askSoon() }))
        }
        if (isOwner && asked) await rewrite()
        enter(isOwner ? "owner" : "follower")
        if (!isOwner && ownership?.isOwner) await takeOver() // it went while we read
        return state
      } catch (error) {
        await letGo()
        throw error
      }
    },

    write(bytes) {
      if (state === "none" || state === "closed") return
      progress.wrote(bytes.byteLength)
      if (state === "owner") append(bytes)
      if (state === "lost" || state === "suspended") return
      if (state === "follower") askSoon()
      if (state === "broken") scheduleHeal()
      saveSoon()
    },

    get pending() { return progress.pending },
    get state() { return state },
    flush,

    async compact() {
      if (state !== "owner" || rewriting || !store) return false
      const target = progress.written
      await store.replace(snapshot())
      progress.saved(target)
      return true
    },

    suspend() {
      if (state === "none" || state === "lost" || state === "closed" || state === "suspended") return
      // Hands over what still waits; the page may not live to see it done.
      if (state === "owner") store?.flush().catch((error) => log("warn", `not flushed: ${error.message}`))
      stopTimers()
      enter("suspended")
      ownership?.release()
    },

    resume() {
      if (state !== "suspended") return
      enter("follower")
      if (ownership) ownership.acquire()
      else void takeOver()
      if (progress.pending > 0) { askSoon(); saveSoon() }
    },

    status: () => ({ state, pending: progress.pending, bytes: store?.bytes() ?? 0, error: failure }),
    on: (name, listener) => events.on(name, listener),

    async close() {
      if (state === "closed") return
      try {
        if (state !== "opening" && state !== "lost") await flush()
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
