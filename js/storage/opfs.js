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
import { checkChunks, checkName, kMaxRowBytes } from "./contract.js"
import { createLifeboats, missingOf } from "./lifeboat.js"
import { hostLocalStorage } from "./localstorage.js"
import { again, findGeneration, openFolder, readInForce } from "./opfs-folder.js"
import { joined } from "./opfs-format.js"
import { startWorker } from "./opfs-port.js"

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./contract.js").StoreLoss} StoreLoss
 * @typedef {import("./opfs-port.js").Port} Port
 * @typedef {import("./lifeboat.js").Boat} Boat
 * @typedef {import("./lifeboat.js").Place} Place
 * @typedef {{ chunks: Uint8Array[], done: Promise<void>, settle: (outcome: Promise<void>) => void }} Held
 * @typedef {{ payload: Uint8Array | null, mends: boolean }} Flying  with the Worker; null: a replace
 */

/** The open stores of this page, by name: those of others hear by a channel that theirs was destroyed.
 * @type {Map<string, Set<(loss: StoreLoss) => void>>} */
const openHere = new Map()

/**
 * @param {{ openLimitMs?: number, startPort?: () => Port, localStorage?: globalThis.Storage | null }} [options]
 * @returns {import("./contract.js").Storage}
 */
export function createOpfsStorage({ openLimitMs = 5000, startPort = startWorker, localStorage = hostLocalStorage() } = {}) {
  return {
    async open(name) {
      checkName(name)
      if (typeof globalThis.navigator?.storage?.getDirectory !== "function") {
        throw new WeftError("STORAGE_UNAVAILABLE", "this host has no origin private file system")
      }
      if (typeof globalThis.Worker !== "function") throw new WeftError("STORAGE_UNAVAILABLE", "this host has no Worker")
      const { port, ready } = begin(name, startPort, openLimitMs)
      // What is there is read by the page itself while the Worker starts.
      if (!await isInOpfs(name)) await ready
      return createOpfsStore(name, port, ready, createLifeboats(name, localStorage), openLimitMs)
    },
  }
}

/** Whether there is a database of that name. @param {string} name */
export async function isInOpfs(name) {
  if (typeof globalThis.navigator?.storage?.getDirectory !== "function") return false
  try {
    const folder = await openFolder(name, { create: false })
    return folder !== null && await again(() => findGeneration(folder)) !== null
  } catch (error) {
    // One that cannot be read is there all the same; where the file system is refused (a private window) nothing is.
    return isWeftError(error)
  }
}

/**
 * @param {string} name
 * @param {() => Port} startPort
 * @param {number} limitMs
 * @returns {{ port: Port, ready: Promise<Place | null> }} ready: the Worker has opened the store
 */
function begin(name, startPort, limitMs) {
  try {
    const port = startPort()
    const ready = port.ask("open", name, limitMs).then((place) => /** @type {Place | null} */ (place), (error) => {
      port.close()
      throw asUnavailable(error)
    })
    ready.catch(() => {}) // whoever waits for it hears
    return { port, ready }
  } catch (error) {
    throw asUnavailable(error)
  }
}

/** @param {unknown} error */
function asUnavailable(error) {
  if (isWeftError(error, "UNSUPPORTED_VERSION") || isWeftError(error, "CORRUPT_STORE")) return error
  return new WeftError("STORAGE_UNAVAILABLE", `OPFS could not be opened: ${/** @type {any} */ (error)?.message ?? error}`, { cause: error })
}

/**
 * @param {string} name
 * @param {Port} port
 * @param {Promise<Place | null>} ready
 * @param {ReturnType<typeof createLifeboats>} lifeboats
 * @param {number} limitMs
 * @returns {Store}
 */
function createOpfsStore(name, port, ready, lifeboats, limitMs) {
  /** @type {import("../util/emitter.js").Emitter<{ lost: [StoreLoss] }>} */
  const events = createEmitter()
  const channel = new BroadcastChannel(`weft:opfs:${name}`)
  const here = openHere.get(name) ?? new Set()
  const afloat = createAfloat(lifeboats)
  let size = 0
  let underWay = 0
  /** The Worker was told to write: from then on it is asked for what is there. */
  let writes = false
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
  ready.then((place) => { if (place) afloat.arrivedAt(place) }, () => {}) // `read` tells

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
    const arrived = afloat.gave(payload)
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
    const folder = await openFolder(name, { create: false })
    const [found] = await Promise.all([folder ? again(() => readInForce(folder)) : null, ready])
    if (!found) return []
    if (!writes) afloat.arrivedAt({ store: found.store, epoch: found.epoch, frames: found.frames })
    return [...found.body, joined([...found.payloads, ...boats.flatMap((boat) => missingOf(boat, found, found.payloads))])]
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
      issueHeld()
      beginWriting()
      replacing += 1
      const before = failed
      failed = null // what is appended now stands behind the new rows, or is refused by the Worker
      const arrived = afloat.gave(null, before === null)
      try {
        arrived(/** @type {Place} */ (await port.ask("replace", joined(chunks))))
        size = total
      } catch (error) {
        arrived(null)
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
      beginWriting()
      await port.ask("flush", null)
    },

    leave() {
      if (ended) return
      issueHeld()
      if (!failed) afloat.launch()
      port.ask("release", null).catch(() => {}) // it ends, and then holds nothing
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

/**
 * What is with the Worker, in order; and what others left.
 * @param {ReturnType<typeof createLifeboats>} lifeboats
 */
function createAfloat(lifeboats) {
  /** @type {Flying[]} */
  const flying = []
  /** @type {Place | null} behind it all that is flying belongs */
  let place = null
  /** Something of ours went well: what we gave is all that is there since. */
  let sound = false
  /** @type {Boat[]} */
  let others = []

  return {
    /** @param {Place} next */
    arrivedAt(next) { place = next },

    /**
     * @param {Uint8Array | null} payload null: a replace
     * @param {boolean} [whole] nothing is missing in what it replaces
     * @returns {(place: Place | null) => void} to be called when the Worker answered; null: it failed
     */
    gave(payload, whole = true) {
      const one = { payload, mends: payload === null && !(whole && sound) }
      flying.push(one)
      sound ||= payload !== null
      return (next) => {
        flying.splice(flying.indexOf(one), 1)
        place = next ?? place
        sound = next !== null
        if (flying.length === 0) lifeboats.recall()
      }
    },

    /** Behind a replace that mends, nothing counts without it. */
    launch() {
      const upTo = flying.findIndex(({ mends }) => mends)
      const counts = upTo < 0 ? flying : flying.slice(0, upTo)
      const first = counts.findIndex(({ payload }) => payload === null)
      const payloads = counts.flatMap(({ payload }) => payload ?? [])
      if (place && payloads.length > 0) lifeboats.launch({ place, replaced: first < 0 ? null : first, payloads })
    },

    findOthers: () => others = lifeboats.list(),
    takeOthers: () => others.splice(0),
  }
}
