/**
 * The journal as the host sees it: give it the bytes the core wants kept, ask whether they are safe. Behind it one tab
 * (the owner) writes the store and the others rely on it.
 *
 * What the host must do
 * - Per drain: first post what is to be sent (tabs included), then `write` what is to be kept. A follower's question
 *   "is it safe?" then travels behind the operations it is about.
 * - Give `load`, `snapshot` and `settle` (below), and tell the core on every "state" whether it owns the store.
 * - With tabs/lifecycle.js: on "hide" drain, then `hide()`; on "leave" drain, then `suspend()`, then `tabs.suspend()`;
 *   on "return" `tabs.resume()`, then `resume()`.
 *
 * States
 *   opening    until `open` resolved
 *   owner      appends to the store
 *   follower   another tab owns the store; bytes are dropped (their operations reach the owner as tab messages, and it
 *              journals them) and count as pending until the owner says they are safe
 *   taking     the owner went, or answers nobody any more, and we follow it: read its rows into the core, replace them by
 *              our whole state
 *   broken     a write failed; bytes are dropped and pending, until replacing the rows by our whole state succeeds, or
 *              another tab is let to own the store
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

import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createConfirmations } from "./confirm.js"
import { createKeeper } from "./keeper.js"
import { createProgress } from "./progress.js"
import { createVigil } from "./vigil.js"

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
 * @property {() => Iterable<Uint8Array>} snapshot  a whole journal of the core's state as it is at the call, in slices, one
 *   for each task (their bytes are given away); what is written from the call on stands behind it
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
 *   UNSUPPORTED_VERSION (no owner answered, and a tab that does not understand us may be it), CLOSED
 * @property {boolean} full  the owner's store has no room: what is written has no place until something is removed
 * @property {() => void} roomMade  something was removed
 * @property {() => Promise<boolean>} compact  the store becomes a snapshot; false: not ours to do now. When it rejects
 *   (STORAGE_FAILED) the old rows stand and writing goes on
 * @property {() => void} hide  the page may end now: flushes, and does not wait for it
 * @property {() => void} suspend
 * @property {() => void} resume
 * @property {() => { state: JournalState, pending: number, bytes: number, flushedAt: number | null, error: WeftError | null }} status
 *   flushedAt: when the device last had all that was written (ms since 1970)
 * @property {import("../util/emitter.js").Emitter<{ state: [JournalState], error: [WeftError], full: [boolean] }>["on"]} on
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
  flushLimitMs = 10_000,
  log = () => {},
}) {
  /** @type {import("../util/emitter.js").Emitter<{ state: [JournalState], error: [WeftError], full: [boolean] }>} */
  const events = createEmitter()
  const progress = createProgress()
  /** @type {JournalState} */
  let state = "opening"
  /** @type {ReturnType<typeof setTimeout> | null} */
  let saveTimer = null
  /** @type {ReturnType<typeof createConfirmations> | null} */
  let confirmations = null
  /** @type {ReturnType<typeof createVigil> | null} */
  let vigil = null
  /** Calls of `flush` that wait. */
  let flushing = 0
  /** @type {(() => void)[]} */
  const offs = []

  /** @param {JournalState} which */
  const is = (which) => state === which

  /** @param {JournalState} next @param {WeftError} [failure] */
  function enter(next, failure) {
    if (is(next) || is("closed")) return
    state = next
    tabs?.update({ owner: next === "owner" })
    progress.changed()
    if (next === "follower") vigil?.watch()
    events.emit("state", next)
    if (failure) events.emit("error", failure)
  }

  const keeper = createKeeper(
    { openStore: openStore ?? noStore, load, snapshot },
    { is, enter, progress, saveSoon, tellFull, release: () => ownership?.release(), handOver, log },
  )

  /** @param {boolean} full */
  function tellFull(full) {
    tabs?.update({ full })
    events.emit("full", full)
  }

  function takeOver() {
    if (is("follower")) keeper.takeOver()
  }

  /** Another tab took the lock while this one answered nobody: what that one reads and writes is the store from then on. */
  function overtaken() {
    if (!is("owner") && !is("taking") && !is("broken")) return
    log("warn", "another tab took the store over while this one did not answer")
    follow()
  }

  /** To the end of the queue; the turn comes back should nobody else want it. */
  function handOver() {
    if (!ownership || !tabs || tabs.list().length === 0) return false
    log("warn", "the store fails in this tab: another may take it over")
    ownership.release()
    follow()
    ownership.acquire()
    return true
  }

  function follow() {
    keeper.standDown()
    enter("follower")
    confirmations?.askSoon()
    if (progress.pending > 0) saveSoon()
  }

  /** @param {unknown} [error] */
  function refused(error) {
    events.emit("error", new WeftError("STORAGE_UNAVAILABLE", "the browser refused the lock on the store", { cause: error }))
  }

  /** A follower asks whether what it posted is safe. @param {string} from @param {boolean} device */
  async function answer(from, device) {
    await settle(from)
    const target = progress.written
    if (device) while (is("owner") && !progress.isFlushed(target)) await flushStore()
    else while (is("owner") && !progress.isSaved(target)) await progress.change()
    if (is("broken")) throw keeper.whyNot()
    if (!is("owner")) throw new WeftError("STORAGE_UNAVAILABLE", "this tab does not own the store")
  }

  async function start() {
    // Reading waits for the answer: while we do not own, an owner before us may still be writing.
    const [first] = await Promise.all([ownership ? ownership.ready : true, keeper.open()])
    const asked = await keeper.read()
    const isOwner = first && (ownership?.isOwner ?? true)
    if (!is("opening")) throw keeper.whyNot()
    const dropped = progress.written > 0
    if (isOwner) keeper.own()
    if (isOwner) progress.found()
    if (ownership) offs.push(ownership.on("owner", takeOver), ownership.on("lost", overtaken), ownership.on("error", refused))
    if (tabs && ownership) vigil = createVigil({ tabs, ownership, isWaiting: () => is("follower") && (progress.pending > 0 || flushing > 0), log })
    if (tabs) confirmations = createConfirmations({ tabs, progress, limitMs: flushLimitMs, isFollower: () => is("follower"), answer, log })
    // Should the replacing fail, the state is "broken" and says so; the rows that were read stand.
    if (isOwner && (asked || dropped)) await keeper.rewrite().catch((error) => log("warn", error.message))
    if (is("opening")) enter(isOwner ? "owner" : "follower")
    if (ownership?.isOwner) takeOver() // the owner went while we read
  }

  async function flush() {
    const target = progress.written
    const limit = progress.limit(flushLimitMs)
    let healed = false
    flushing += 1
    vigil?.watch()
    try {
      while (!progress.isFlushed(target) && !is("none")) {
        const seen = progress.version
        if (is("closed") || is("lost") || (is("broken") && healed)) throw keeper.whyNot()
        if (is("owner")) await flushStore()
        else if (is("broken")) { healed = true; await keeper.secure() }
        else if (is("follower") && await confirmations?.ask(true)) continue
        else if (progress.version === seen && !(await progress.change(limit))) {
          throw noAnswer()
        }
      }
    } finally {
      flushing -= 1
      limit.end()
    }
  }

  /** A failure may be the first that is heard of another who took the store; the lock tells, and that one is asked then. */
  async function flushStore() {
    try {
      await keeper.flush()
    } catch (error) {
      await ownership?.holder().catch(() => null) // then the failure stands
      if (!is("follower")) throw error
    }
  }

  function noAnswer() {
    if (typeof tabs?.stranger === "number") {
      return new WeftError("UNSUPPORTED_VERSION", "another tab owns the store with a version of weft that does not understand this one: close or reload that tab")
    }
    return new WeftError("TIMEOUT", `no tab that owns the store answered within ${flushLimitMs} ms`)
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

  function stopSaving() {
    if (saveTimer !== null) clearTimeout(saveTimer)
    saveTimer = null
  }

  /** @param {{ destroy: boolean }} how */
  async function letGo(how) {
    stopSaving()
    confirmations?.close()
    vigil?.close()
    for (const off of offs.splice(0)) off()
    enter("closed")
    try {
      await keeper.close(how)
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
        await letGo({ destroy: false })
        throw error
      }
    },

    write(bytes) {
      if (is("none") || is("closed")) return
      progress.wrote(bytes.byteLength)
      if (is("lost") || is("suspended")) return
      if (is("owner")) keeper.append(bytes)
      else if (is("broken")) keeper.healSoon()
      else {
        keeper.note(bytes)
        confirmations?.askSoon()
        vigil?.watch()
      }
      saveSoon()
    },

    get pending() { return progress.pending },
    get state() { return state },
    get full() { return keeper.isFull() || (is("follower") && (tabs?.list().some((tab) => tab.full) ?? false)) },
    roomMade: keeper.roomMade,
    flush,
    compact: keeper.compact,

    hide() {
      flush().catch((error) => log("warn", `what was written could not be flushed: ${error.message}`))
      if (is("owner")) keeper.leave()
    },

    suspend() {
      if (!is("owner") && !is("follower") && !is("taking") && !is("broken")) return
      // Hands over what still waits; the page may not live to see it done.
      if (is("owner")) {
        keeper.flush().catch((error) => log("warn", `not flushed: ${error.message}`))
        keeper.leave()
      }
      stopSaving()
      keeper.stop()
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

    status: () => ({ state, pending: progress.pending, bytes: keeper.bytes(), flushedAt: progress.flushedAt, error: keeper.failure() }),
    on: (name, listener) => events.on(name, listener),

    async close() {
      if (is("closed")) return
      try {
        if (!is("opening") && !is("lost") && !is("suspended")) await flush()
      } finally {
        await letGo({ destroy: false })
      }
    },

    destroy: () => letGo({ destroy: true }),
  }
}

/** @returns {Promise<never>} */
async function noStore() {
  throw new WeftError("INTERNAL", "there is no store to open")
}
