/**
 * The writer of a database's generation files, in the Worker: synchronous access handles exist only there.
 *
 * Invariants
 * 1. Whoever holds the handle of the newest file writes; the browser gives it to one at a time. Another that wants to
 *    write asks for it, and it is let go of between two operations.
 * 2. One that does not answer (a frozen page keeps its handle) is fenced off: a newer file is made first, then the old
 *    one is read and copied there. A writer looks for a newer file after each write and before it is acknowledged, so
 *    what it acknowledged was read, and what comes too late is not acknowledged.
 * 3. `replace` makes a new file: body, flush, header, flush. The header is the switch (opfs-format.js); until then the
 *    old file is in force, and it is removed afterwards.
 * 4. After a failed append nothing is written until a `replace` succeeded.
 */

import { WeftError } from "../errors.js"
import { takenOver } from "./contract.js"
import { missingOf } from "./lifeboat.js"
import { again, fileName, findGeneration, isNamed, listEpochs, readInForce } from "./opfs-folder.js"
import { joined, kHeaderBytes, makeFrame, makeHeader, readGeneration } from "./opfs-format.js"

/** Who holds the file is asked, and then has this long to let it go. */
const kFenceAfterMs = 500
const kRetryMs = 10

/**
 * @typedef {{ write: (bytes: Uint8Array, options: { at: number }) => number, read: (bytes: Uint8Array, options: { at: number }) => number, truncate: (size: number) => void, getSize: () => number, flush: () => void, close: () => void }} SyncHandle
 * @typedef {{ handle: SyncHandle, store: number, epoch: number, bodyBytes: number, end: number, frames: number }} Held
 *   end: where the next frame goes, in the file
 */

/**
 * @param {FileSystemDirectoryHandle} folder
 * @param {{ askForFile: () => void, fenced: (message: string) => void }} tell
 *   askForFile: other writers hear that the file is wanted · fenced: another took it, what is there must be read anew
 */
export function createFiles(folder, { askForFile, fenced }) {
  /** @type {Held | null} */
  let held = null
  /** @type {WeftError | null} */
  let failed = null

  /** @param {number} epoch @returns {Promise<SyncHandle | null>} null: another holds it */
  async function openHandle(epoch) {
    const file = await folder.getFileHandle(fileName(epoch), { create: true })
    return /** @type {any} */ (file).createSyncAccessHandle().catch((/** @type {unknown} */ error) => {
      if (isNamed(error, "NoModificationAllowedError", "InvalidStateError")) return null
      throw error
    })
  }

  /**
   * A whole new generation. Its file is held before the body is asked for, so nobody clears it away meanwhile.
   * @param {number} epoch
   * @param {() => Promise<{ store: number, body: Uint8Array[] }>} bodyOf
   * @returns {Promise<Held>}
   */
  async function make(epoch, bodyOf) {
    const handle = await openHandle(epoch)
    if (!handle) throw new WeftError("STORAGE_FAILED", "another writer makes the same file")
    try {
      const { store, body } = await bodyOf()
      handle.truncate(0)
      let end = kHeaderBytes
      for (const piece of body) {
        writeAll(handle, piece, end)
        end += piece.length
      }
      handle.flush()
      writeAll(handle, makeHeader(epoch, end - kHeaderBytes, store), 0)
      handle.flush()
      return { handle, store, epoch, bodyBytes: end - kHeaderBytes, end, frames: 0 }
    } catch (error) {
      handle.close()
      await remove(epoch)
      throw error
    }
  }

  /** @param {number} epoch @returns {Promise<boolean>} false: someone holds it */
  async function remove(epoch) {
    try {
      await folder.removeEntry(fileName(epoch))
      return true
    } catch (error) {
      return isNamed(error, "NotFoundError")
    }
  }

  /** The newest file becomes ours. @returns {Promise<Held>} */
  async function acquire() {
    const deadline = performance.now() + kFenceAfterMs
    let asked = false
    while (true) {
      const taken = held ?? await again(tryAcquire)
      if (taken) return held = taken
      if (performance.now() > deadline) return held = await again(fence)
      if (!asked) askForFile()
      asked = true
      await new Promise((resolve) => setTimeout(resolve, kRetryMs))
    }
  }

  /** @returns {Promise<Held | null>} */
  async function tryAcquire() {
    const generation = await findGeneration(folder)
    const epochs = await listEpochs(folder)
    if (!generation) {
      for (const epoch of epochs) if (!await remove(epoch)) return null
      return make((epochs[0] ?? 0) + 1, async () => ({ store: newStore(), body: [] }))
    }
    const handle = await openHandle(generation.epoch)
    if (!handle) return null
    try {
      // It may have been replaced between looking and holding; and leftovers of a switch go.
      let current = (await listEpochs(folder)).includes(generation.epoch) && handle.getSize() >= kHeaderBytes
      for (const epoch of epochs) {
        if (epoch !== generation.epoch && !await remove(epoch) && epoch > generation.epoch) current = false
      }
      if (!current || (await listEpochs(folder))[0] !== generation.epoch) throw null
      const { end, frames } = readGeneration(readAll(handle), generation.bodyBytes)
      handle.truncate(kHeaderBytes + end)
      return { handle, store: generation.store, epoch: generation.epoch, bodyBytes: generation.bodyBytes, end: kHeaderBytes + end, frames }
    } catch (error) {
      handle.close()
      if (error === null) return null
      throw error
    }
  }

  /** @returns {Promise<Held>} */
  async function fence() {
    const epoch = ((await listEpochs(folder))[0] ?? 0) + 1
    return make(epoch, async () => {
      const other = await readInForce(folder)
      return { store: other?.store ?? newStore(), body: [streamOf(other)] }
    })
  }

  /** Whether nobody fenced us off. */
  async function checkFence() {
    if (!held || await isInForce()) return
    release()
    const error = takenOver()
    fenced(error.message)
    throw error
  }

  /** Whether what we hold is what is in force. */
  const isInForce = async () => held !== null && (await listEpochs(folder))[0] === held.epoch

  function release() {
    held?.handle.close()
    held = null
  }

  /** @param {Uint8Array} payload */
  async function append(payload) {
    if (failed) throw failed
    const to = held ?? await acquire()
    const frame = makeFrame(payload, to.frames)
    try {
      writeAll(to.handle, frame, to.end)
    } catch (error) {
      failed = asFailure(error, "append")
      to.handle.truncate(to.end)
      throw failed
    }
    to.end += frame.length
    to.frames += 1
    await checkFence()
    return placeOf(to)
  }

  return {
    get holds() { return held !== null },

    /** For a new database: makes its first file, which shows that files can be written here. */
    async begin() {
      if ((await listEpochs(folder)).length === 0) held = await tryAcquire()
      return held && placeOf(held)
    },

    /**
     * @param {import("./lifeboat.js").Boat[]} [boats]
     * @returns {Promise<Uint8Array>} the stream as it stands, and what is missing of these
     */
    async read(boats = []) {
      if (!await isInForce()) release() // another took the store meanwhile, without our noticing
      const found = held ? { ...held, ...readGeneration(readAll(held.handle), held.bodyBytes) } : await again(() => readInForce(folder))
      return streamOf(found, boats)
    },

    append,

    /**
     * What pages that left had under way and is not in the file goes there.
     * @param {import("./lifeboat.js").Boat[]} boats
     */
    async rescue(boats) {
      try {
        for (const boat of boats) {
          const to = held ?? await acquire()
          const { payloads } = readGeneration(readAll(to.handle), to.bodyBytes)
          for (const payload of missingOf(boat, to, payloads)) await append(payload)
        }
      } catch (error) {
        throw failed = asFailure(error, "take in what another page left")
      }
    },

    /** @param {Uint8Array[]} body its pieces */
    async replace(body) {
      const old = held ?? await acquire()
      try {
        held = await make(old.epoch + 1, async () => ({ store: old.store, body }))
      } catch (error) {
        throw asFailure(error, "replace the file")
      }
      old.handle.close()
      await remove(old.epoch)
      failed = null
      await checkFence()
      return placeOf(held)
    },

    /** Also what one before us left in the file. */
    async flush() {
      if (failed) throw failed
      const { handle } = held ?? await acquire()
      try {
        handle.flush()
      } catch (error) {
        throw asFailure(error, "flush")
      }
      await checkFence()
    },

    /** Bytes on the disk. */
    size: () => held?.end ?? 0,
    release,
  }
}

/**
 * @param {{ store: number, epoch: number, body: Uint8Array[], payloads: Uint8Array[] } | null} found
 * @param {import("./lifeboat.js").Boat[]} [boats]
 */
function streamOf(found, boats = []) {
  if (!found) return new Uint8Array(0)
  return joined([...found.body, ...found.payloads, ...boats.flatMap((boat) => missingOf(boat, found, found.payloads))])
}

/** Where the next frame goes. @param {Held} held @returns {import("./lifeboat.js").Place} */
const placeOf = ({ store, epoch, frames }) => ({ store, epoch, frames })

/** Never 0. */
const newStore = () => 1 + Math.floor(Math.random() * 0xffffffff)

/** @param {SyncHandle} handle @param {Uint8Array} bytes @param {number} at */
function writeAll(handle, bytes, at) {
  if (bytes.length > 0 && handle.write(bytes, { at }) !== bytes.length) {
    throw new WeftError("STORE_FULL", "the disk took only a part of what was to be written")
  }
}

/** @param {SyncHandle} handle @returns {Uint8Array} what stands behind the header */
function readAll(handle) {
  const bytes = new Uint8Array(Math.max(0, handle.getSize() - kHeaderBytes))
  if (handle.read(bytes, { at: kHeaderBytes }) !== bytes.length) throw new WeftError("STORAGE_FAILED", "OPFS gave only a part of what is in the file")
  return bytes
}

/** @param {unknown} error @param {string} what @returns {WeftError} */
function asFailure(error, what) {
  if (error instanceof WeftError) return error
  if (isNamed(error, "QuotaExceededError")) return new WeftError("STORE_FULL", `OPFS could not ${what}: the quota or the disk is full`, { cause: error })
  return new WeftError("STORAGE_FAILED", `OPFS could not ${what}: ${/** @type {any} */ (error)?.name ?? error}`, { cause: error })
}
