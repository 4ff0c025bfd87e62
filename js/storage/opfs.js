/**
 * The store in the origin private file system, the page's side. What is written goes to a Worker (weft-opfs.js), which
 * holds the file; see contract.js for what is promised and opfs-files.js for how.
 *
 * Invariants
 * 1. One append is under way; what comes meanwhile is gathered into the next one (group commit). What ends the gathering
 *    early (flush, read, replace, close) goes to the Worker in the same call.
 * 2. The Worker answers in the order of the questions, so after a failed append every later one fails too.
 * 3. After `close`, `destroy` or "lost" the Worker is gone.
 */

import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { checkChunks, checkName, kMaxRowBytes } from "./contract.js"
import { joined } from "./opfs-format.js"
import { startWorker } from "./opfs-port.js"

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./contract.js").StoreLoss} StoreLoss
 * @typedef {import("./opfs-port.js").Port} Port
 * @typedef {{ chunks: Uint8Array[], bytes: number, done: Promise<void>, settle: (outcome: Promise<void>) => void }} Held
 */

/** The open stores of this page, by name: those of others hear by a channel that theirs was destroyed.
 * @type {Map<string, Set<(loss: StoreLoss) => void>>} */
const openHere = new Map()

/**
 * @param {{ openLimitMs?: number, startPort?: () => Port }} [options]
 * @returns {import("./contract.js").Storage}
 */
export function createOpfsStorage({ openLimitMs = 5000, startPort = startWorker } = {}) {
  return {
    async open(name) {
      checkName(name)
      if (typeof globalThis.navigator?.storage?.getDirectory !== "function") {
        throw new WeftError("STORAGE_UNAVAILABLE", "this host has no origin private file system")
      }
      if (typeof globalThis.Worker !== "function") throw new WeftError("STORAGE_UNAVAILABLE", "this host has no Worker")
      const port = startPort()
      try {
        await port.ask("open", name, openLimitMs)
      } catch (error) {
        port.close()
        const { code, message } = /** @type {WeftError} */ (error)
        if (code === "UNSUPPORTED_VERSION" || code === "CORRUPT_STORE") throw error
        throw new WeftError("STORAGE_UNAVAILABLE", `OPFS could not be opened: ${message}`, { cause: error })
      }
      return createOpfsStore(name, port, openLimitMs)
    },
  }
}

/**
 * @param {string} name
 * @param {Port} port
 * @param {number} limitMs
 * @returns {Store}
 */
function createOpfsStore(name, port, limitMs) {
  /** @type {import("../util/emitter.js").Emitter<{ lost: [StoreLoss] }>} */
  const events = createEmitter()
  const channel = new BroadcastChannel(`weft:opfs:${name}`)
  const here = openHere.get(name) ?? new Set()
  let size = 0
  let underWay = 0
  /** @type {WeftError | null} rows are missing until a replace */
  let failed = null
  let replacing = 0
  /** @type {Held | null} */
  let held = null
  /** @type {WeftError | null} */
  let ended = null

  openHere.set(name, here.add(lose))
  channel.onmessage = ({ data }) => {
    if (data === "destroyed") lose({ why: "deleted", message: "the store was destroyed" })
  }
  port.onEnd((message) => lose({ why: "closed", message }))

  /** @param {StoreLoss} loss */
  function lose(loss) {
    if (ended) return
    end(new WeftError("STORAGE_FAILED", loss.message))
    port.close(ended ?? undefined)
    events.emit("lost", loss)
    events.clear()
  }

  /** @param {WeftError} why */
  function end(why) {
    ended = why
    held?.settle(Promise.reject(why))
    held = null
    here.delete(lose)
    if (here.size === 0) openHere.delete(name)
    channel.close()
  }

  function checkOpen() {
    if (ended) throw ended
  }

  /** @param {Uint8Array} bytes our own */
  async function writeAppend(bytes) {
    underWay += 1
    try {
      await port.ask("append", bytes)
      size += bytes.length
    } catch (error) {
      // A replace that was asked for meanwhile mends it.
      if (replacing === 0) failed ??= /** @type {WeftError} */ (error)
      throw error
    } finally {
      underWay -= 1
      if (underWay === 0) issueHeld()
    }
  }

  function issueHeld() {
    if (!held) return
    const { chunks, settle } = held
    held = null
    settle(writeAppend(joined(chunks)))
  }

  /** @returns {Held} */
  function hold() {
    if (held) return held
    /** @type {(outcome: Promise<void>) => void} */
    let settle = () => {}
    /** @type {Promise<void>} */
    const done = new Promise((resolve) => { settle = resolve })
    done.catch(() => {}) // each append gives its own caller this promise
    return held = { chunks: [], bytes: 0, done, settle }
  }

  async function close() {
    if (ended?.code === "CLOSED") return
    const lost = ended !== null
    issueHeld()
    end(new WeftError("CLOSED", "the store is closed"))
    events.clear()
    if (!lost) await port.ask("close", null).catch(() => {}) // a Worker that is gone has let go of everything
    port.close()
  }

  return {
    async *read() {
      checkOpen()
      issueHeld()
      const whole = /** @type {Uint8Array} */ (await port.ask("read", null))
      size = whole.length
      for (let at = 0; at < whole.length; at += kMaxRowBytes) yield whole.subarray(at, at + kMaxRowBytes)
    },

    async append(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      if (failed) throw failed
      if (total === 0) return
      if (underWay === 0) return writeAppend(joined(chunks))
      const waiting = hold()
      for (const chunk of chunks) waiting.chunks.push(chunk.slice())
      return waiting.done
    },

    async replace(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      issueHeld()
      replacing += 1
      const before = failed
      failed = null // what is appended now stands behind the new rows, or is refused by the Worker
      try {
        await port.ask("replace", joined(chunks))
        size = total
      } catch (error) {
        failed ??= before
        throw error
      } finally {
        replacing -= 1
      }
    },

    async flush() {
      checkOpen()
      issueHeld()
      if (failed) throw failed
      await port.ask("flush", null)
    },

    bytes: () => size,
    close,

    async destroy() {
      if (ended?.code === "CLOSED") throw ended
      issueHeld()
      channel.postMessage("destroyed")
      end(new WeftError("CLOSED", "the store is closed"))
      events.clear()
      for (const other of [...here]) other({ why: "deleted", message: "the store was destroyed" })
      try {
        await port.ask("destroy", limitMs)
      } finally {
        port.close()
      }
    },

    on: (eventName, listener) => events.on(eventName, listener),
  }
}
