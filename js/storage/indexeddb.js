/**
 * The store in IndexedDB. See contract.js for what it promises; here is how.
 *
 * Every row is `{ key, run, n, bytes }`: `key` counts up by itself, `run` names one handle's uninterrupted writing,
 * `n` numbers its rows from 0. A row counts only if all earlier rows of its run are there, so a transaction that
 * failed between two that did not leaves a cut, never a hole. `replace` clears the rows and begins a new run with rows
 * that say `resets`: behind such a row another handle's run may begin anywhere, its earlier rows were cleared. `epoch`
 * in them names the replace.
 *
 * Transactions are issued at once and overlap (the browser keeps their order), so that what is written in a page's
 * last moment is out of its hands; each is committed explicitly right after its puts, or Chromium loses a write whose
 * page ends inside the task. Beyond `kWindow` of them in flight, appends are gathered into one: the more there is to
 * write, the bigger the transactions. They overlap only once one of the run succeeded: no run begins with a hole.
 * A page that ends may still take its last transactions along, so `leave` puts what they hold into a lifeboat too
 * (lifeboat.js); what others' boats hold is read with the rows, and is written before anything of ours.
 *
 * A draft's rows are numbered from 1 and stand under negative keys below all others (idb-draft.js): without the row of
 * number 0 none counts. That one is written by the transaction which deletes everything else.
 *
 * Durability: an append is `relaxed` (it survives the process), `flush` is a `strict` transaction behind it. Rows big
 * enough to become files of their own are written `strict` at once: a later flush would sync the log, not the file.
 */

import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createAfloat } from "./afloat.js"
import { checkChunks, checkName, cutRows, kInlineRowBytes, takenOver } from "./contract.js"
import { beginDraft } from "./idb-draft.js"
import { deleteDatabase, finished, kMeta, kRows, openDatabase, readRows, storageError } from "./idb.js"
import { newRun, wholeRuns } from "./idb-runs.js"
import { createLifeboats, missingOf } from "./lifeboat.js"
import { hostLocalStorage } from "./localstorage.js"

/** Transactions in flight before appends are gathered. */
const kWindow = 8

/** A boat names its store; here the database's name does. */
const kStore = 1

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./contract.js").StoreLoss} StoreLoss
 * @typedef {import("./idb-runs.js").Run} Run
 * @typedef {import("./lifeboat.js").Place} Place
 * @typedef {{ chunks: Uint8Array[], done: Promise<void>, settle: (outcome: Promise<void>) => void }} Held
 *   appends that wait for their transaction
 */

/**
 * @param {{ indexedDB?: IDBFactory, localStorage?: globalThis.Storage | null, openLimitMs?: number, log?: (level: "warn", text: string) => void }} [options]
 * @returns {import("./contract.js").Storage}
 */
export function createIndexedDbStorage({ indexedDB = globalThis.indexedDB, localStorage = hostLocalStorage(), openLimitMs = 5000, log = () => {} } = {}) {
  return {
    async open(name) {
      const databaseName = `weft:${checkName(name)}`
      if (!indexedDB) throw new WeftError("STORAGE_UNAVAILABLE", "this host has no IndexedDB")
      const database = await openDatabase(indexedDB, databaseName, openLimitMs)
      const forget = () => deleteDatabase(indexedDB, databaseName, openLimitMs)
      return createIndexedDbStore(database, forget, createLifeboats(name, localStorage), log)
    },
  }
}

/**
 * @param {IDBDatabase} database
 * @param {() => Promise<void>} forget
 * @param {ReturnType<typeof createLifeboats>} lifeboats
 * @param {(level: "warn", text: string) => void} log
 * @returns {Store}
 */
function createIndexedDbStore(database, forget, lifeboats, log) {
  /** @type {import("../util/emitter.js").Emitter<{ lost: [StoreLoss] }>} */
  const events = createEmitter()
  const afloat = createAfloat(lifeboats, null)
  /** Where our next row goes; null: nothing was read yet. @type {Place | null} */
  let place = null
  let epoch = Date.now() // of our last replace; counted from the one that is read
  let issued = 0
  /** What others left, and what of it was not in the rows. @type {{ boats: import("./lifeboat.js").Boat[], missing: Uint8Array[] }} */
  let left = { boats: [], missing: [] }
  let run = newRun(null)
  let size = 0
  let dirty = true // something was written since the last flush, perhaps by one before us
  let replacing = 0
  /** @type {Set<Promise<void>>} */
  const inFlight = new Set()
  /** Transactions of drafts: nothing waits for them but `close`. @type {Set<Promise<void>>} */
  const drafting = new Set()
  /** @type {Held | null} */
  let held = null
  /** @type {WeftError | null} */
  let ended = null

  function checkOpen() {
    if (ended) throw ended
  }

  /** @param {StoreLoss} loss */
  function lose(loss) {
    if (ended) return
    ended = new WeftError("STORAGE_FAILED", loss.message)
    held?.settle(Promise.reject(ended))
    held = null
    database.close()
    events.emit("lost", loss)
    events.clear()
  }

  database.onclose = () => lose({ why: "closed", message: "the browser closed the store" })
  database.onversionchange = (event) => lose(event.newVersion === null
    ? { why: "deleted", message: "the store was destroyed" }
    : { why: "upgraded", message: "a newer version of weft takes the store over" })

  /**
   * One transaction with these rows, issued now.
   * @param {Run} to
   * @param {Uint8Array[]} rows
   * @param {boolean} clear the others go: these are a replace
   * @returns {Promise<void>}
   */
  function write(to, rows, clear) {
    issued += 1
    /** @type {Promise<void>} */
    let done
    try {
      const big = rows.some((row) => row.byteLength > kInlineRowBytes)
      const transaction = database.transaction([kRows], "readwrite", { durability: big ? "strict" : "relaxed" })
      done = finished(transaction, clear ? "replace the rows" : "append")
      const objectStore = transaction.objectStore(kRows)
      if (clear) objectStore.clear()
      for (const [i, bytes] of rows.entries()) objectStore.add({ run: to.id, n: to.next + i, bytes, ...(clear ? { resets: true, epoch } : {}) })
      transaction.commit()
    } catch (error) {
      done = Promise.reject(storageError(error, clear ? "replace the rows" : "append"))
    }
    to.next += rows.length
    dirty = true
    return tracked(done)
  }

  /** @param {Promise<void>} done @param {Set<Promise<void>>} [among] */
  function tracked(done, among = inFlight) {
    // What waits goes when whoever called has heard: behind a failure it must not.
    const counted = done.finally(() => { among.delete(counted); queueMicrotask(issueHeld) })
    among.add(counted)
    counted.catch(() => {}) // whoever called gets the error from `done`; this one only counts
    return done
  }

  /**
   * An append.
   * @param {Uint8Array[]} rows
   * @param {boolean} [ours] false: another's boat has them
   */
  async function writeRows(rows, ours = true) {
    const to = run
    const start = to.next
    const arrived = ours ? afloat.gave(rows) : () => {}
    try {
      await write(to, rows, false)
      to.proven = true
    } catch (error) {
      to.failed ??= /** @type {WeftError} */ (error)
      to.cut = Math.min(to.cut, start)
    }
    // Transactions end in their order, so a failure before this one is known by now.
    const failed = to.failed && start >= to.cut ? to.failed : null
    if (!failed && place) place = { ...place, frames: place.frames + rows.length }
    arrived(failed ? null : place)
    if (failed) throw failed
    size += rows.reduce((sum, row) => sum + row.byteLength, 0)
  }

  /** What others left goes before what is ours. */
  function beginWriting() {
    const { boats, missing } = left
    if (boats.length === 0) return
    left = { boats: [], missing: [] }
    const done = missing.length > 0 ? writeRows(missing, false) : Promise.resolve()
    done.then(() => lifeboats.clear(boats), () => {}) // a run that failed says so at the next append
  }

  const isFull = () => replacing > 0 || inFlight.size >= (run.proven ? kWindow : 1)

  /** @param {boolean} [now] also when too many are in flight */
  function issueHeld(now = false) {
    if (!held || (!now && isFull())) return
    const { chunks, settle } = held
    held = null
    settle(run.failed ? Promise.reject(run.failed) : writeRows(cutRows(chunks)))
  }

  /** @returns {Held} */
  function hold() {
    if (held) return held
    /** @type {(outcome: Promise<void>) => void} */
    let settle = () => {}
    /** @type {Promise<void>} */
    const done = new Promise((resolve) => { settle = resolve })
    done.catch(() => {}) // each append gives its own caller this promise
    held = { chunks: [], done, settle }
    return held
  }

  /**
   * A replace failed: the run before it goes on, unless rows were already written behind it.
   * @param {Run} fresh
   * @param {number} rows how many the replace had
   * @param {Held | null} covered
   * @param {WeftError} error
   */
  function giveUp(fresh, rows, covered, error) {
    if (ended || fresh.next !== rows) {
      fresh.failed = error
      fresh.cut = 0
      covered?.settle(Promise.reject(error))
      return
    }
    fresh.void = true
    while (run.void && run.before) run = run.before
    if (!covered) return
    const waiting = hold()
    waiting.chunks.unshift(...covered.chunks)
    covered.settle(waiting.done)
  }

  /**
   * All rows are replaced, and what is appended from now on stands behind the new ones.
   * @param {(fresh: Run) => Promise<void>} writeAll
   * @param {number} total
   */
  async function replaceBy(writeAll, total) {
    beginWriting()
    const covered = held // what waits is older than the new rows, so it is part of them
    held = null
    const arrivals = [...covered ? [afloat.gave(cutRows(covered.chunks))] : [], afloat.gave(null, run.failed === null)]
    const to = ++epoch
    issued += 1
    const fresh = newRun(run)
    run = fresh
    replacing += 1
    const done = writeAll(fresh)
    const rows = fresh.next
    try {
      await done
      fresh.proven = true
      fresh.before = null
      size = total
      place = { store: kStore, epoch: to, frames: 0 }
      for (const arrived of arrivals) arrived(place)
      covered?.settle(Promise.resolve())
    } catch (error) {
      for (const arrived of arrivals) arrived(null)
      giveUp(fresh, rows, covered, /** @type {WeftError} */ (error))
      throw error
    } finally {
      replacing -= 1
      issueHeld()
    }
  }

  async function close() {
    if (ended?.code === "CLOSED") return
    issueHeld(true)
    ended = new WeftError("CLOSED", "the store is closed")
    events.clear()
    await Promise.allSettled([...inFlight, ...drafting])
    database.onclose = null
    database.onversionchange = null
    database.close()
  }

  return {
    async *read() {
      checkOpen()
      issueHeld(true)
      const boats = lifeboats.list() // before the rows: what arrives meanwhile is among these
      const before = issued
      /** @type {import("./idb-runs.js").Seen} */
      const seen = { epoch: 0, frames: [] }
      let total = 0
      for await (const bytes of wholeRuns(readRows(database), seen, log)) {
        total += bytes.byteLength
        if (bytes.byteLength > 0) yield bytes
      }
      const { length: frames } = seen.frames
      const missing = boats.flatMap((boat) => missingOf(boat, { store: kStore, epoch: seen.epoch }, seen.frames))
      for (const bytes of missing) { total += bytes.byteLength; yield bytes }
      size = total
      left = { boats, missing }
      if (issued !== before || inFlight.size > 0) return
      place = { store: kStore, epoch: epoch = seen.epoch, frames }
      afloat.arrivedAt(place)
    },

    async append(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      if (run.failed) throw run.failed
      if (total === 0) return
      beginWriting()
      if (!held && !isFull()) return writeRows(cutRows(chunks))
      const waiting = hold()
      for (const chunk of chunks) waiting.chunks.push(chunk.slice())
      return waiting.done
    },

    async replace(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      // Also nothing is written as one row: it begins the run.
      const rows = total === 0 ? [new Uint8Array(0)] : cutRows(chunks)
      await replaceBy((fresh) => write(fresh, rows, true), total)
    },

    draft() {
      checkOpen()
      const id = newRun(null).id
      const staged = beginDraft(database, id)
      let total = 0
      return {
        async add(bytes) {
          checkOpen()
          total += bytes.byteLength
          for (const row of cutRows([bytes])) await tracked(staged.add(row), drafting)
        },
        async commit(tail) {
          total += checkChunks(tail)
          checkOpen()
          const rows = cutRows(tail)
          await replaceBy((fresh) => {
            fresh.id = id
            fresh.next = 1 + staged.rows + rows.length
            dirty = true
            return tracked(staged.commit(rows, epoch))
          }, total)
        },
        async drop() {
          if (!ended) await tracked(staged.drop(), drafting).catch((error) => log("warn", error.message)) // the next draft clears it away
        },
      }
    },

    async flush() {
      checkOpen()
      issueHeld(true)
      if (run.failed) throw run.failed
      beginWriting()
      if (!dirty) return
      const to = run
      dirty = false
      try {
        const transaction = database.transaction([kRows, kMeta], "readwrite", { durability: "strict" })
        const done = finished(transaction, "flush")
        transaction.objectStore(kMeta).put(Date.now(), "flushed")
        transaction.commit()
        await done
      } catch (error) {
        dirty = true
        throw error instanceof WeftError ? error : storageError(error, "flush")
      }
      if (to.failed) throw to.failed
    },

    leave() {
      if (ended) return
      issueHeld(true)
      if (!run.failed) afloat.launch()
    },

    standDown() {
      held?.settle(Promise.reject(takenOver()))
      held = null
    },

    bytes: () => size,

    close,

    async destroy() {
      if (ended?.code === "CLOSED") throw ended
      await close()
      await forget()
      lifeboats.recall()
      lifeboats.clear(lifeboats.list())
    },

    on: (name, listener) => events.on(name, listener),
  }
}
