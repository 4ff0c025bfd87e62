/**
 * The store that keeps nothing beyond this process: for tests, for Node, and for hosts that have no other.
 * `createMemoryStorage()` is the device: what is closed and opened again through the same one is still there.
 */

import { WeftError } from "../errors.js"
import { createEmitter } from "../util/emitter.js"
import { checkChunks, checkName, cutRows } from "./contract.js"

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./contract.js").StoreLoss} StoreLoss
 * @typedef {{ rows: Uint8Array[], handles: Set<Handle> }} Disk
 * @typedef {{ lose: (loss: StoreLoss) => void }} Handle
 */

/** @returns {import("./contract.js").Storage} */
export function createMemoryStorage() {
  /** @type {Map<string, Disk>} */
  const disks = new Map()
  return {
    async open(name) {
      checkName(name)
      const disk = disks.get(name) ?? { rows: [], handles: new Set() }
      disks.set(name, disk)
      return createMemoryStore(disk, () => disks.delete(name))
    },
  }
}

/**
 * @param {Disk} disk
 * @param {() => void} forget
 * @returns {Store}
 */
function createMemoryStore(disk, forget) {
  /** @type {import("../util/emitter.js").Emitter<{ lost: [StoreLoss] }>} */
  const events = createEmitter()
  let size = 0
  /** @type {WeftError | null} */
  let ended = null

  /** @type {Handle} */
  const handle = {
    lose(loss) {
      end(new WeftError("STORAGE_FAILED", loss.message))
      events.emit("lost", loss)
      events.clear()
    },
  }
  disk.handles.add(handle)

  /** @param {WeftError} why */
  function end(why) {
    ended ??= why
    disk.handles.delete(handle)
  }

  function checkOpen() {
    if (ended) throw ended
  }

  async function close() {
    end(new WeftError("CLOSED", "the store is closed"))
    events.clear()
  }

  return {
    async *read() {
      checkOpen()
      const rows = disk.rows.slice()
      size = rows.reduce((sum, row) => sum + row.byteLength, 0)
      for (const row of rows) yield row.slice()
    },
    async append(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      disk.rows.push(...cutRows(chunks))
      size += total
    },
    async replace(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      disk.rows = cutRows(chunks)
      size = total
    },
    async flush() { checkOpen() },
    bytes: () => size,
    close,
    async destroy() {
      if (ended?.code === "CLOSED") throw ended
      await close()
      for (const other of [...disk.handles]) other.lose({ why: "deleted", message: "the store was destroyed" })
      forget()
    },
    on: (name, listener) => events.on(name, listener),
  }
}
