/**
 * The store in the origin private file system, the page's side. What is written goes to a Worker (weft-opfs.js), which
 * holds the file; see contract.js for what is promised and opfs-files.js for how.
 *
 * Invariants
 * 1. One append is under way; what comes meanwhile is gathered into the next one (group commit). What ends the gathering
 *    early (flush, read, replace, close) goes to the Worker in the same call.
 * 2. The Worker answers in the order of the questions, so after a failed append every later one fails too.
 * 3. After `close`, `destroy` or "lost" the Worker is gone.
 * 4. What the Worker was given and has not answered for is kept here too, so that `leave` can put it into a lifeboat
 *    (lifeboat.js); what others' boats hold is read with the file, and goes there before anything of ours.
 */

import { isWeftError, WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { createAfloat } from "./afloat.js"
import { checkChunks, checkName, kMaxRowBytes, takenOver } from "./contract.js"
import { createLifeboats, missingOf } from "./lifeboat.js"
import { hostLocalStorage } from "./localstorage.js"
import { createLatePort } from "./opfs-late-port.js"
import { again, findGeneration, openFolder, readInForce } from "./opfs-folder.js"
import { joined, kHeaderBytes } from "./opfs-format.js"
import { startWorker } from "./opfs-port.js"

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./contract.js").StoreLoss} StoreLoss
 * @typedef {import("./opfs-port.js").Port} Port
 * @typedef {import("./lifeboat.js").Place} Place
 * @typedef {{ chunks: Uint8Array[], done: Promise<void>, settle: (outcome: Promise<void>) => void }} Held
 */

/** The open stores of this page, by name: those of others hear by a channel that theirs was destroyed.
 * @type {Map<string, Set<(loss: StoreLoss) => void>>} */
const openHere = new Map()

/**
 * @param {{ openLimitMs?: number, startPort?: () => Port, localStorage?: globalThis.Storage | null, folder?: FileSystemDirectoryHandle }} [options]
 *   folder: the database was found there
 * @returns {import("./contract.js").Storage}
 */
export function createOpfsStorage({ openLimitMs = 5000, startPort = startWorker, localStorage = hostLocalStorage(), folder } = {}) {
  return {
    async open(name) {
      checkName(name)
      if (typeof globalThis.navigator?.storage?.getDirectory !== "function") {
        throw new WeftError("STORAGE_UNAVAILABLE", "this host has no origin private file system")
      }
      if (typeof globalThis.Worker !== "function") throw new WeftError("STORAGE_UNAVAILABLE", "this host has no Worker")
      const port = createLatePort(name, startPort, openLimitMs)
      // What is there is read by the page itself. The Worker takes longer to start than that, and nobody waits for it
      // before something is written.
      const there = folder ?? await findInOpfs(name)
      const place = there ? null : await port.start()
      return createOpfsStore(name, port, { folder: there, place }, createLifeboats(name, localStorage), openLimitMs)
    },
  }
}

/**
 * The folder of a database that is there, whether it can be read or not.
 * @param {string} name
 * @returns {Promise<FileSystemDirectoryHandle | null>}
 */
export async function findInOpfs(name) {
  if (typeof globalThis.navigator?.storage?.getDirectory !== "function") return null
  let folder = null
  try {
    folder = await openFolder(name, { create: false })
    const there = folder
    return there && await again(() => findGeneration(there)) ? there : null
  } catch (error) {
    // Where the file system is refused (a private window) nothing is.
    return isWeftError(error) ? folder : null
  }
}

/** Whether nothing was ever written to it. @param {FileSystemDirectoryHandle} folder of a database that is there */
export async function isEmptyInOpfs(folder) {
  const found = await again(() => findGeneration(folder)).catch(() => null) // what cannot be read holds something
  return found !== null && found.size <= kHeaderBytes
}

/**
 * @param {string} name
 * @param {import("./opfs-late-port.js").LatePort} port
 * @param {{ folder: FileSystemDirectoryHandle | null, place: Place | null }} found a folder that was there, or a place in
 *   the file that was made just now
 * @param {ReturnType<typeof createLifeboats>} lifeboats
 * @param {number} limitMs
 * @returns {Store}
 */
function createOpfsStore(name, port, { folder, place }, lifeboats, limitMs) {
  /** @type {import("../util/emitter.js").Emitter<{ lost: [StoreLoss] }>} */
  const events = createEmitter()
  const channel = new BroadcastChannel(`weft:opfs:${name}`)
  const here = openHere.get(name) ?? new Set()
  const afloat = createAfloat(lifeboats, place)
  let size = 0
  let underWay = 0
  /** The Worker was told to write: from then on it is asked for what is there. */
  let writes = false
  /** @type {WeftError | null} rows are missing until a replace */
  let failed = null
  let replacing = 0
  let drafts = 0
  /** @type {Held | null} */
  let held = null
  /** @type {WeftError | null} */
  let ended = null

  openHere.set(name, here.add(lose))
  channel.onmessage = ({ data }) => {
    if (data === "destroyed") lose({ why: "deleted", message: "the store was destroyed" })
  }
  port.listen({
    ended: (message) => lose({ why: "closed", message }),
    opened: (place) => { if (place) afloat.arrivedAt(place) },
  })

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

  /** What others left goes before what is ours. */
  function beginWriting() {
    writes = true
    const boats = afloat.takeOthers()
    if (boats.length === 0) return
    port.ask("rescue", boats).then(() => lifeboats.clear(boats), (error) => { failed ??= error })
  }

  /** @param {Uint8Array} payload our own */
  async function writeAppend(payload) {
    beginWriting()
    underWay += 1
    const arrived = afloat.gave([payload])
    try {
      arrived(/** @type {Place} */ (await port.ask("append", payload.slice())))
      size += payload.length
    } catch (error) {
      arrived(null)
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
    return held = { chunks: [], done, settle }
  }

  /** @returns {Promise<Uint8Array[]>} the parts of the stream */
  async function readParts() {
    const boats = afloat.findOthers()
    if (writes) return [/** @type {Uint8Array} */ (await port.ask("read", boats))]
    const known = folder ?? await openFolder(name, { create: false })
    folder = null // it may be another's at the next time
    const found = known && await again(() => readInForce(known))
    port.startSoon()
    if (!found) return []
    if (!writes) afloat.arrivedAt({ store: found.store, epoch: found.epoch, frames: found.frames })
    return [...found.body, joined([...found.payloads, ...boats.flatMap((boat) => missingOf(boat, found, found.payloads))])]
  }

  /** @param {"replace" | "commit"} operation @param {unknown} given @param {number} total */
  async function replaceBy(operation, given, total) {
    issueHeld()
    beginWriting()
    replacing += 1
    const before = failed
    failed = null // what is appended now stands behind the new rows, or is refused by the Worker
    const arrived = afloat.gave(null, before === null)
    try {
      arrived(/** @type {Place} */ (await port.ask(operation, given)))
      size = total
    } catch (error) {
      arrived(null)
      failed ??= before
      throw error
    } finally {
      replacing -= 1
    }
  }

  async function close() {
    if (ended?.code === "CLOSED") return
    const lost = ended !== null
    issueHeld()
    end(new WeftError("CLOSED", "the store is closed"))
    events.clear()
    if (!lost && port.started) await port.ask("close", null).catch(() => {}) // a Worker that is gone has let go of everything
    port.close()
  }

  return {
    async *read() {
      checkOpen()
      issueHeld()
      const parts = await readParts()
      size = parts.reduce((sum, { length }) => sum + length, 0)
      for (const part of parts) {
        for (let at = 0; at < part.length; at += kMaxRowBytes) yield part.subarray(at, at + kMaxRowBytes)
      }
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
      await replaceBy("replace", joined(chunks), total)
    },

    /** The Worker gathers the pieces: nothing else is asked of this thread than to hand them over. */
    draft() {
      checkOpen()
      const number = ++drafts
      let total = 0
      return {
        async add(bytes) {
          checkOpen()
          total += bytes.length
          await port.ask("draft", { number, bytes }, undefined, [bytes.buffer])
        },
        async commit(tail) {
          total += checkChunks(tail)
          checkOpen()
          await replaceBy("commit", { number, tail: joined(tail) }, total)
        },
        async drop() {
          if (!ended) await port.ask("draft", { number, bytes: null }).catch(() => {}) // a Worker that is gone has dropped it
        },
      }
    },

    async flush() {
      checkOpen()
      issueHeld()
      if (failed) throw failed
      beginWriting()
      await port.ask("flush", null)
    },

    leave() {
      if (ended) return
      issueHeld()
      if (!failed) afloat.launch()
      if (port.started) port.ask("release", null).catch(() => {}) // it ends, and then holds nothing
    },

    standDown() {
      if (ended) return
      held?.settle(Promise.reject(takenOver()))
      held = null
      if (port.started) port.ask("release", null).catch(() => {}) // it ends, and then holds nothing
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
        lifeboats.recall()
        lifeboats.clear(lifeboats.list())
      }
    },

    on: (eventName, listener) => events.on(eventName, listener),
  }
}
