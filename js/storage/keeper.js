/**
 * The owner's hand in the store: appends, and makes the store whole again after a failure or a change of owner by
 * replacing all rows by our whole state. The states are journal.js', where they are explained; here they move between
 * "owner", "taking", "broken" and "lost".
 *
 * Our whole state goes into a draft of the store, a slice a task (`renew`): it is the state as it was at the beginning,
 * and what is written meanwhile is its tail. An owner appends that to the rows in force too, until the draft takes
 * their place; so whenever it is cut short, all is there.
 *
 * Invariants
 * 1. Rows are replaced only after `load` united them with our state, since we own the store.
 * 2. While our whole state is on its way into the store, appends behind it are acknowledged only when it arrived.
 * 3. One draft is under way. What makes it worthless (a failure, another owner, the end) takes `draft` away, and it is
 *    dropped.
 */

import { isWeftError, WeftError } from "../errors.js"
import { nextTask } from "../util/next-task.js"
import { draftOf, takenOver } from "./contract.js"

const kFirstHealMs = 250
const kMaxHealMs = 30_000

/** What may be otherwise at the next try. */
const kPassing = /** @type {const} */ (["STORAGE_FAILED", "STORAGE_UNAVAILABLE", "STORE_FULL"])

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./journal.js").JournalState} JournalState
 *
 * @typedef {object} Desk  what the keeper shares with the journal
 * @property {(state: JournalState) => boolean} is
 * @property {(state: JournalState, failure?: WeftError) => void} enter  with a failure: it is told as "error"
 * @property {import("./progress.js").Progress} progress
 * @property {() => void} saveSoon
 * @property {(full: boolean) => void} tellFull  it changed: has the store no room for what we have?
 * @property {() => void} release  gives the ownership up
 * @property {() => boolean} handOver  lets another tab own the store; false: there is no other
 * @property {(level: "warn" | "debug", text: string) => void} log
 *
 * @typedef {ReturnType<typeof createKeeper>} Keeper
 */

/**
 * @param {Pick<import("./journal.js").JournalOptions, "load" | "snapshot"> & { openStore: () => Promise<Store> }} host
 * @param {Desk} desk
 */
export function createKeeper({ openStore, load, snapshot }, { is, enter, progress, saveSoon, tellFull, release, handOver, log }) {
  /** @type {Store | null} */
  let store = null
  /** @type {WeftError | null} why broken or lost */
  let failure = null
  /** @type {Promise<void> | null} the rows are being replaced, and what is appended stands behind the new ones */
  let rewriting = null
  /** @type {{ tail: Uint8Array[], over: Promise<void> } | null} our whole state on its way into a draft */
  let draft = null
  /** Did we read what is in the store since we own it? */
  let united = false
  /** No room for what we have, until our whole state was taken in. */
  let full = false
  /** Counts the times we began to secure the store: one that was overtaken stops. */
  let turn = 0
  /** Times in a row that healing was tried by itself. */
  let heals = 0
  /** @type {ReturnType<typeof setTimeout> | null} */
  let healTimer = null

  /** @returns {WeftError} */
  const whyNot = () => failure ?? (is("follower") ? takenOver() : new WeftError("CLOSED", "the database is closed"))

  async function openHandle() {
    const opened = await openStore()
    if (is("closed")) {
      await opened.close()
      throw whyNot()
    }
    opened.on("lost", ({ why, message }) => {
      if (store !== opened) return
      store = null
      const error = failure = new WeftError("STORAGE_FAILED", message)
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
    rewriting = draft = null
    if (failure.code === "STORE_FULL") setFull(true)
    enter("broken", failure)
    // A store that was taken away while all was safe is not made again before there is something to write.
    if (progress.pending > 0) healSoon()
  }

  /** @param {boolean} now */
  function setFull(now) {
    if (full === now) return
    full = now
    tellFull(now)
  }

  /** Nothing will be kept any more. @param {unknown} error */
  function giveUp(error) {
    if (is("closed") || is("lost")) return
    failure = isWeftError(error) ? error : new WeftError("INTERNAL", "the store could not be read", { cause: error })
    stop()
    release()
    enter("lost", failure)
  }

  function healSoon() {
    if (healTimer !== null) return
    healTimer = setTimeout(heal, Math.min(kMaxHealMs, kFirstHealMs * 2 ** heals))
  }

  /** What fails in this tab again and again (its Worker does not start) may work in another. */
  function heal() {
    healTimer = null
    if (!is("broken")) return
    heals += 1
    if (heals > 1 && !full && handOver()) return
    secure().catch((error) => log("warn", `the store is still failing: ${error.message}`))
  }

  /** What is under way loses its say: the page leaves, or nothing is kept any more. */
  function stop() {
    if (healTimer !== null) clearTimeout(healTimer)
    healTimer = null
    rewriting = draft = null
    turn += 1
  }

  /** Makes the store hold all we have: after a failure, and when we become its owner. */
  async function secure() {
    const mine = ++turn
    enter("taking")
    try {
      const opened = store ?? await openHandle()
      if (!united) await load(opened.read())
    } catch (error) {
      // What cannot be reached may be reached later; what cannot be understood stays as it is.
      const later = kPassing.some((code) => isWeftError(error, code))
      if (mine === turn) (later ? fail : giveUp)(error)
      throw error
    }
    if (mine !== turn || !is("taking")) throw whyNot()
    united = true
    await rewrite()
  }

  /**
   * Our whole state becomes the rows of `into`.
   * @param {Store} into
   * @param {(done: Promise<void>) => void} issued  what is appended from now on stands behind it
   * @returns {Promise<number>} the mark that is saved with it
   */
  async function renew(into, issued) {
    const slices = snapshot()[Symbol.iterator]() // the host may write what was on its way first: it is in there too
    let over = () => {}
    const mine = draft = { tail: [], over: new Promise((resolve) => { over = () => resolve(undefined) }) }
    const rows = draftOf(into)
    try {
      for (let slice = slices.next(); !slice.done; slice = slices.next()) {
        if (slice.value.byteLength > 0) await rows.add(slice.value)
        await nextTask()
        if (draft !== mine) throw whyNot()
      }
      draft = null
      const target = progress.written
      const done = rows.commit(mine.tail)
      issued(done)
      await done
      return target
    } catch (error) {
      slices.return?.()
      await rows.drop()
      throw error
    } finally {
      if (draft === mine) draft = null
      over()
    }
  }

  /** The store is ours, and holds all we have. */
  async function rewrite() {
    if (!store) throw whyNot()
    const mine = turn
    /** @type {Promise<void> | null} */
    let replaced = null
    try {
      const target = await renew(store, (done) => {
        replaced = rewriting = done
        failure = null
        enter("owner")
      })
      if (mine !== turn) return // another's rows took their place, or will
      if (rewriting === replaced) rewriting = null
      heals = 0
      setFull(false)
      progress.saved(target)
      if (!progress.isFlushed(target)) saveSoon()
    } catch (error) {
      if (replaced === null ? mine === turn : rewriting === replaced) {
        enter("owner")
        fail(error)
      }
      throw error
    }
  }

  return {
    async open() { await openHandle() },

    /** Reads the store into the core. @returns {Promise<boolean>} whether `load` wants it rewritten */
    async read() {
      if (!store) throw whyNot()
      const loaded = await load(store.read())
      return loaded?.rewrite === true
    },

    /** What was read is what we own. */
    own() { united = true },
    rewrite,
    secure,
    healSoon,
    stop,

    /** Something was removed: what had no room may have it now. */
    roomMade() {
      if (!full || !is("broken")) return
      if (healTimer !== null) clearTimeout(healTimer)
      healTimer = null
      heals = 0
      healSoon()
    },

    /** We follow another owner: what it left is to be read first. */
    takeOver() {
      united = false
      secure().catch((error) => log("warn", `could not take the store over: ${error.message}`))
    },

    /** What is written while our whole state is on its way goes behind it. @param {Uint8Array} bytes */
    note(bytes) { draft?.tail.push(bytes.slice()) },

    /** @param {Uint8Array} bytes already counted as written */
    append(bytes) {
      if (!store) return fail(whyNot())
      draft?.tail.push(bytes.slice())
      const end = progress.written
      const mine = turn
      // Another's who took the store meanwhile may be without it: what it has is asked for then.
      Promise.all([store.append([bytes]), rewriting]).then(() => { if (mine === turn) progress.saved(end) }, (error) => { if (mine === turn) fail(error) })
    },

    async flush() {
      if (!store) {
        fail(whyNot())
        throw whyNot()
      }
      const target = progress.written
      const mine = turn
      try {
        await Promise.all([store.flush(), rewriting])
      } catch (error) {
        if (mine === turn) fail(error)
        throw error
      }
      if (mine === turn) progress.flushed(target)
    },

    async compact() {
      while (draft) await draft.over
      if (!is("owner") || rewriting || !store) return false
      const into = store
      const mine = turn
      const target = await renew(into, () => {})
      if (mine !== turn) return false // another has the store: not even a flush of ours may take it back
      progress.saved(target)
      await into.flush() // what was there before is gone for good only then
      if (mine !== turn) return false
      progress.flushed(target)
      return true
    },

    leave: () => store?.leave?.(),

    /** Another has the store now. What is not on its way is not written any more. */
    standDown() {
      store?.standDown?.()
      stop()
      failure = null
      setFull(false)
    },
    bytes: () => store?.bytes() ?? 0,
    isFull: () => full,
    whyNot,
    failure: () => failure,

    /** @param {{ destroy: boolean }} how */
    async close({ destroy }) {
      const { over } = draft ?? {}
      stop()
      const handle = store
      store = null
      if (!destroy) await over // nothing of it is left behind
      await (destroy ? handle?.destroy() : handle?.close())
    },
  }
}
