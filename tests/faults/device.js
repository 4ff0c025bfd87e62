/**
 * A disk that fails, with a store of the contract (js/storage/contract.js) on it. What is asked of it is queued and done
 * when the player says so (`turn`), so that a process can end between any two steps of the journal.
 *
 * The stream is what is on the medium (`durable`) and, behind it, what the system has taken but not flushed (`cached`).
 *
 * Invariants
 * 1. Everything random comes from the seed.
 * 2. Honest where it says nothing: without a fault it keeps the contract to the letter.
 */
import { WeftError } from "../../js/errors.js"
import { checkChunks, cutRows } from "../../js/storage/contract.js"
import { createEmitter } from "../../js/util/emitter.js"

/**
 * @typedef {{ kind: "append" | "replace", bytes: Uint8Array }} Change
 * @typedef {{ kind: "append" | "replace" | "flush" | "add", bytes: Uint8Array, resolve: () => void, reject: (error: Error) => void, handle: Handle }} Asked
 * @typedef {{ failed: WeftError | null, over: boolean, closed: boolean, size: number }} Handle
 */

/** What a process that is over hears, so that what is left of it can be cleared away: it reaches nothing any more. */
const kOver = new WeftError("STORAGE_FAILED", "the process is over")

/** @param {readonly Uint8Array[]} parts */
const join = (parts) => new Uint8Array(Buffer.concat(parts))

/**
 * @param {import("./draw.js").Draw} draw
 * @param {"flush" | "replace"} [lie] what it says it did and does not do: to see that it is found
 */
export function createDevice(draw, lie) {
  let durable = new Uint8Array(0)
  let unbegun = false
  /** @type {Change[]} */
  let cached = []
  /** @type {Asked[]} */
  const asked = []
  /** @type {Set<Handle>} */
  const handles = new Set()
  const faults = { capacity: Infinity, failReads: 0, failReplaces: 0, failFlushes: 0 }
  /** @type {Record<string, number>} how often what happened */
  const tally = {}

  /** @param {string} what */
  const count = (what) => { tally[what] = (tally[what] ?? 0) + 1 }

  /** @param {Uint8Array} bytes @param {Change} change */
  const after = (bytes, { kind, bytes: more }) => kind === "replace" ? more : join([bytes, more])

  /** What a reader sees. */
  const stream = () => cached.reduce(after, durable)

  /** @param {string} what */
  function failure(what) {
    count(what)
    return new WeftError("STORAGE_FAILED", `the disk says: ${what}`)
  }

  /** Does the oldest thing that was asked for. */
  function turn() {
    const next = asked.shift()
    if (!next) return false
    const { kind, bytes, resolve, reject, handle } = next
    try {
      if (kind === "flush") flush(handle)
      else if (kind === "add") add(bytes)
      else change(kind, bytes, handle)
      resolve()
    } catch (error) {
      reject(/** @type {Error} */ (error))
    }
    return true
  }

  /** @param {Handle} handle */
  function flush(handle) {
    if (handle.failed) throw handle.failed
    if (faults.failFlushes > 0 && faults.failFlushes--) throw failure("a flush fails")
    if (lie === "flush") return
    durable = stream()
    cached = []
  }

  /** A piece of a draft needs its place too. @param {Uint8Array} bytes */
  function add(bytes) {
    if (stream().byteLength + bytes.byteLength > faults.capacity) throw failure("a draft finds the disk full")
  }

  /** @param {"append" | "replace"} kind @param {Uint8Array} bytes @param {Handle} handle */
  function change(kind, bytes, handle) {
    if (kind === "append") {
      if (handle.failed) throw handle.failed
      if (stream().byteLength + bytes.byteLength > faults.capacity) throw handle.failed = failure("an append finds the disk full")
    } else if (faults.failReplaces > 0 && faults.failReplaces--) {
      throw failure("a replace fails")
    } else if (bytes.byteLength > faults.capacity) {
      throw failure("a replace finds the disk full")
    } else {
      handle.failed = null
      if (lie === "replace" && draw.chance(0.5)) bytes = bytes.subarray(0, bytes.byteLength / 2)
    }
    cached.push({ kind, bytes })
    handle.size = kind === "replace" ? bytes.byteLength : handle.size + bytes.byteLength
  }

  /** @param {Asked["kind"]} kind @param {Uint8Array} bytes @param {Handle} handle @returns {Promise<void>} */
  function ask(kind, bytes, handle) {
    if (handle.over) return Promise.reject(kOver)
    return new Promise((resolve, reject) => asked.push({ kind, bytes, resolve, reject, handle }))
  }

  /** @param {Handle} handle */
  function checkOpen(handle) {
    if (handle.closed && !handle.over) throw new WeftError("CLOSED", "the store is closed")
  }

  /** @returns {Promise<import("../../js/storage/contract.js").Store>} */
  async function open() {
    /** @type {Handle} */
    const handle = { failed: null, over: false, closed: false, size: 0 }
    handles.add(handle)
    const events = createEmitter()
    return {
      async *read() {
        checkOpen(handle)
        // Behind all that was asked for; the rows are as they stand now.
        while (turn()) continue
        const bytes = stream()
        const short = faults.failReads > 0 && faults.failReads-- ? draw.below(bytes.byteLength + 1) : Infinity
        for (let at = 0; at < bytes.byteLength;) {
          const end = Math.min(bytes.byteLength, at + 1 + draw.below(200), short)
          if (end > at) yield bytes.slice(at, end)
          at = end
          if (at >= short) throw failure("a read comes to an end too soon")
        }
        if (short === 0) throw failure("a read comes to an end too soon")
        handle.size = bytes.byteLength
      },
      async append(chunks) {
        checkChunks(chunks)
        checkOpen(handle)
        return ask("append", join(cutRows(chunks)), handle)
      },
      async replace(chunks) {
        checkChunks(chunks)
        checkOpen(handle)
        return ask("replace", join(cutRows(chunks)), handle)
      },
      draft() {
        /** @type {Uint8Array[]} */
        const pieces = []
        return {
          async add(bytes) {
            checkOpen(handle)
            pieces.push(bytes)
            return ask("add", bytes, handle)
          },
          async commit(tail) {
            checkChunks(tail)
            checkOpen(handle)
            return ask("replace", join([...pieces, ...tail]), handle)
          },
          async drop() { pieces.length = 0 },
        }
      },
      async flush() {
        checkOpen(handle)
        return ask("flush", new Uint8Array(0), handle)
      },
      bytes: () => handle.size,
      async close() {
        handle.closed = true
        events.clear()
      },
      async destroy() {
        handle.closed = true
        events.clear()
      },
      on: (name, listener) => events.on(name, listener),
    }
  }

  /** What was asked for reaches the system up to some point; the rest is gone with who asked. */
  function die() {
    for (let left = draw.below(asked.length + 1); left > 0; left--) turn()
    for (const handle of handles) handle.over = true
    handles.clear()
    for (const { reject } of asked.splice(0)) reject(kOver)
  }

  return {
    open, turn, faults, tally, stream,

    /** The process ends: what the system has taken stays. */
    kill() {
      count("a process is killed")
      die()
    },

    /**
     * The power goes: of what was not flushed a beginning stays, and of the append behind it a part, or one whose
     * space is there with nothing (or anything) in it.
     */
    cutPower() {
      count("the power goes")
      die()
      const kept = draw.below(cached.length + 1)
      const torn = cached[kept]
      durable = cached.slice(0, kept).reduce(after, durable)
      cached = []
      unbegun = false
      if (torn?.kind !== "append" || draw.chance(0.3)) return
      const part = draw.below(torn.bytes.byteLength + 1)
      const bytes = torn.bytes.slice(0, draw.chance(0.3) ? torn.bytes.byteLength : part)
      if (part < bytes.byteLength) bytes.fill(draw.chance(0.5) ? 0 : draw.below(256), part)
      unbegun = durable.byteLength === 0 && part < bytes.byteLength
      durable = join([durable, bytes])
      count(unbegun ? "the first append is torn" : "an append is torn")
    },

    /** Is what lies there the torn first append, with something in the space that was not written? */
    get unbegun() { return unbegun },

    /** What lies there is damaged; true: something changed. */
    damage() {
      const bytes = stream().slice()
      if (bytes.byteLength === 0) return false
      const what = draw.pick(["a bit turns", "bits turn", "a stretch is lost", "the end is lost"])
      count(what)
      if (what === "a bit turns") bytes[draw.below(bytes.byteLength)] ^= 1 << draw.below(8)
      if (what === "bits turn") for (let left = 2 + draw.below(20); left > 0; left--) bytes[draw.below(bytes.byteLength)] ^= 1 << draw.below(8)
      const from = draw.below(bytes.byteLength)
      const to = Math.min(bytes.byteLength, from + 1 + draw.below(100))
      if (what === "a stretch is lost") durable = join([bytes.subarray(0, from), bytes.subarray(to)])
      else durable = what === "the end is lost" ? bytes.slice(0, from) : bytes
      cached = []
      return true
    },
  }
}
