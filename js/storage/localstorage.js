/**
 * The store in localStorage: small data, for hosts that have nothing else. A browser that is killed loses its last
 * seconds (it writes this to the disk when it likes), so nothing here is ever "on the device", and `durability:
 * "strict"` is refused with it.
 *
 * Layout, all keys behind `weft:<name>\n`: `head` is `<generation>`, `<generation>.<n>` are its rows, n from 0, one
 * character a byte. Rows count up to the first that is missing. Setting `head` is the switch of `replace`.
 *
 * Invariants
 * 1. The stream never grows above `limitBytes`: STORE_FULL comes before the browser's own quota (5 MB, of which a
 *    replace needs twice the stream), and leaves the rest to the page.
 * 2. One append is one row: kept whole or not at all.
 */

import { WeftError } from "../errors.js"
import { toBytes, toText } from "../util/byte-text.js"
import { createEmitter } from "../util/emitter.js"
import { checkChunks, checkName, kMaxRowBytes } from "./contract.js"
import { joined } from "./opfs-format.js"

export const kLocalLimitBytes = 1024 * 1024

/**
 * @typedef {import("./contract.js").Store} Store
 * @typedef {import("./contract.js").StoreLoss} StoreLoss
 */

/**
 * @param {{ localStorage?: globalThis.Storage | null, limitBytes?: number }} [options]
 * @returns {import("./contract.js").Storage}
 */
export function createLocalStorageStorage({ localStorage = hostLocalStorage(), limitBytes = kLocalLimitBytes } = {}) {
  return {
    async open(name) {
      const prefix = `weft:${checkName(name)}\n`
      if (!localStorage) throw new WeftError("STORAGE_UNAVAILABLE", "this host has no localStorage")
      try {
        localStorage.setItem(`${prefix}probe`, "1")
        localStorage.removeItem(`${prefix}probe`)
      } catch (error) {
        throw new WeftError("STORAGE_UNAVAILABLE", "localStorage takes nothing", { cause: error })
      }
      return createLocalStore(createCells(localStorage, prefix), limitBytes)
    },
  }
}

/** Whether there is a database of that name. @param {string} name @param {globalThis.Storage} localStorage */
export function isInLocalStorage(name, localStorage) {
  try {
    return localStorage.getItem(`weft:${name}\nhead`) !== null
  } catch {
    return false // refused, and so it holds nothing that can be had
  }
}

/** @returns {globalThis.Storage | null} a page that may not use it is told by an exception */
export function hostLocalStorage() {
  try {
    return typeof document === "object" ? globalThis.localStorage ?? null : null
  } catch {
    return null
  }
}

/**
 * The keys of one database.
 * @param {globalThis.Storage} storage
 * @param {string} prefix
 */
function createCells(storage, prefix) {
  return {
    prefix,
    /** @param {string} key */
    get: (key) => storage.getItem(prefix + key),
    /** @param {string} key @param {string} value */
    set: (key, value) => storage.setItem(prefix + key, value),
    /** @param {(key: string) => boolean} which */
    remove(which) {
      const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "")
      for (const key of keys) if (key.startsWith(prefix) && which(key.slice(prefix.length))) storage.removeItem(key)
    },
    /** @param {(event: { key: string, newValue: string | null }) => void} listener of changes in other pages */
    watch(listener) {
      const hear = (/** @type {StorageEvent} */ { key, newValue }) => {
        if (key?.startsWith(prefix)) listener({ key: key.slice(prefix.length), newValue })
      }
      globalThis.addEventListener?.("storage", hear)
      return () => globalThis.removeEventListener?.("storage", hear)
    },
  }
}

/** The open stores of this page: an event tells other pages alone. @type {Set<{ prefix: string, gone: () => void }>} */
const openHere = new Set()

/**
 * @param {ReturnType<typeof createCells>} cells
 * @param {number} limitBytes
 * @returns {Store}
 */
function createLocalStore(cells, limitBytes) {
  /** @type {import("../util/emitter.js").Emitter<{ lost: [StoreLoss] }>} */
  const events = createEmitter()
  let size = 0
  let known = { generation: 0, count: 0, bytes: 0 }
  /** @type {WeftError | null} rows are missing until a replace */
  let failed = null
  /** @type {WeftError | null} */
  let ended = null
  const me = { prefix: cells.prefix, gone }
  openHere.add(me)
  const unwatch = cells.watch(({ key, newValue }) => { if (key === "head" && newValue === null) gone() })

  function gone() {
    if (ended) return
    end(new WeftError("STORAGE_FAILED", "the store was destroyed"))
    events.emit("lost", { why: "deleted", message: "the store was destroyed" })
    events.clear()
  }

  /** @param {WeftError} why */
  function end(why) {
    ended = why
    openHere.delete(me)
    unwatch()
  }

  function checkOpen() {
    if (ended) throw ended
  }

  /** The rows that count. */
  function rows() {
    const generation = Number(cells.get("head") ?? 0)
    const texts = []
    for (let text = cells.get(`${generation}.0`); text !== null; text = cells.get(`${generation}.${texts.length}`)) texts.push(text)
    known = { generation, count: texts.length, bytes: texts.reduce((sum, text) => sum + text.length, 0) }
    return texts
  }

  /** Where the next row goes; they are counted anew only when someone else wrote. */
  function place() {
    const { generation, count } = known
    if (Number(cells.get("head") ?? 0) !== generation || cells.get(`${generation}.${count}`) !== null || (count > 0 && cells.get(`${generation}.${count - 1}`) === null)) rows()
    return known
  }

  /** @param {number} bytes */
  function checkRoom(bytes) {
    if (bytes > limitBytes) throw new WeftError("STORE_FULL", `localStorage is for small data: at most ${limitBytes} bytes`)
  }

  async function close() {
    if (ended?.code === "CLOSED") return
    end(new WeftError("CLOSED", "the store is closed"))
    events.clear()
  }

  return {
    async *read() {
      checkOpen()
      const whole = toBytes(rows().join(""))
      size = whole.length
      for (let at = 0; at < whole.length; at += kMaxRowBytes) yield whole.subarray(at, at + kMaxRowBytes)
    },

    async append(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      if (failed) throw failed
      if (total === 0) return
      try {
        const { generation, count, bytes } = place()
        checkRoom(bytes + total)
        if (cells.get("head") === null) cells.set("head", "0")
        cells.set(`${generation}.${count}`, toText(joined(chunks)))
        known = { generation, count: count + 1, bytes: bytes + total }
        size = known.bytes
      } catch (error) {
        throw failed = asFailure(error, "append")
      }
    },

    async replace(chunks) {
      const total = checkChunks(chunks)
      checkOpen()
      const next = Number(cells.get("head") ?? 0) + 1
      try {
        checkRoom(total)
        cells.remove((key) => key.startsWith(`${next}.`)) // of one that did not come to its end
        if (total > 0) cells.set(`${next}.0`, toText(joined(chunks)))
        cells.set("head", String(next))
      } catch (error) {
        cells.remove((key) => key.startsWith(`${next}.`))
        throw asFailure(error, "replace the rows")
      }
      cells.remove((key) => key !== "head" && !key.startsWith(`${next}.`))
      known = { generation: next, count: total > 0 ? 1 : 0, bytes: total }
      size = total
      failed = null
    },

    async flush() {
      checkOpen()
      if (failed) throw failed
    },

    bytes: () => size,
    close,

    async destroy() {
      if (ended?.code === "CLOSED") throw ended
      await close()
      cells.remove(() => true)
      for (const other of [...openHere]) if (other.prefix === cells.prefix) other.gone()
    },

    on: (name, listener) => events.on(name, listener),
  }
}

/** @param {unknown} error @param {string} what @returns {WeftError} */
function asFailure(error, what) {
  if (error instanceof WeftError) return error
  const full = /** @type {any} */ (error)?.name === "QuotaExceededError"
  return new WeftError(full ? "STORE_FULL" : "STORAGE_FAILED", `localStorage could not ${what}${full ? ": its quota is full" : ""}`, { cause: error })
}
