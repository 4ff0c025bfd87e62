/**
 * The few things we ask of IndexedDB, as promises with limits: open, delete, the end of a transaction, and a read of
 * all rows in one transaction. What the rows mean is indexeddb.js' business.
 */

import { WeftError } from "../errors.js"

const kVersion = 1
export const kRows = "rows"
export const kMeta = "meta"

/** What one getAll should bring: enough to be fast, little enough for one message between browser processes. */
const kReadBytes = 8 * 1024 * 1024
const kMaxReadRows = 4096

/**
 * @param {unknown} error what IndexedDB gave
 * @param {string} what we were doing
 * @param {"STORAGE_FAILED" | "STORAGE_UNAVAILABLE"} [code]
 * @returns {WeftError}
 */
export function storageError(error, what, code = "STORAGE_FAILED") {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ""
  const why = name === "QuotaExceededError" ? "the quota or the disk is full"
    : name === "VersionError" ? "it was written by a newer version"
    : name || "no reason was given"
  return new WeftError(name === "QuotaExceededError" && code === "STORAGE_FAILED" ? "STORE_FULL" : code, `IndexedDB could not ${what}: ${why}`, { cause: error })
}

/**
 * Opens (and makes) the database. An open that comes true after the limit is closed again.
 * @param {IDBFactory} factory
 * @param {string} name
 * @param {number} limitMs
 * @returns {Promise<IDBDatabase>}
 */
export function openDatabase(factory, name, limitMs) {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, kVersion)
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new WeftError("STORAGE_UNAVAILABLE", `IndexedDB did not open within ${limitMs} ms`))
    }, limitMs)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(kRows, { keyPath: "key", autoIncrement: true })
      request.result.createObjectStore(kMeta)
    }
    request.onsuccess = () => {
      clearTimeout(timer)
      if (late) request.result.close()
      else resolve(request.result)
    }
    request.onerror = () => {
      clearTimeout(timer)
      reject(storageError(request.error, "open", "STORAGE_UNAVAILABLE"))
    }
  })
}

/**
 * Whether there is a database of that name; it is not made. One that does not answer holds nothing that can be had.
 * @param {IDBFactory} factory
 * @param {string} name
 * @param {number} [limitMs]
 * @returns {Promise<boolean>}
 */
export function isInIndexedDb(factory, name, limitMs = 5000) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), limitMs)
    /** @param {boolean} found */
    function end(found) {
      clearTimeout(timer)
      resolve(found)
    }
    try {
      const request = factory.open(`weft:${name}`)
      request.onupgradeneeded = () => request.transaction?.abort() // so it was not there
      request.onsuccess = () => { request.result.close(); end(true) }
      request.onerror = () => end(false)
    } catch {
      end(false)
    }
  })
}

/**
 * @param {IDBFactory} factory
 * @param {string} name
 * @param {number} limitMs
 * @returns {Promise<void>}
 */
export function deleteDatabase(factory, name, limitMs) {
  return new Promise((resolve, reject) => {
    const request = factory.deleteDatabase(name)
    // Other handles hear of it and let go (`versionchange`); one that does not keeps the deletion waiting.
    const timer = setTimeout(() => {
      reject(new WeftError("TIMEOUT", `the store was not deleted within ${limitMs} ms: something else holds it open`))
    }, limitMs)
    request.onsuccess = () => { clearTimeout(timer); resolve() }
    request.onerror = () => { clearTimeout(timer); reject(storageError(request.error, "delete the store")) }
  })
}

/**
 * @param {IDBTransaction} transaction
 * @param {string} what
 * @returns {Promise<void>}
 */
export function finished(transaction, what) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(storageError(transaction.error, what))
  })
}

/**
 * All rows, read in one transaction (a reader never sees half of a replace), given as they come. The transaction
 * does not wait for the consumer, or it would end between two batches.
 * @param {IDBDatabase} database
 * @returns {AsyncGenerator<unknown[]>} batches of rows in key order
 */
export async function* readRows(database) {
  /** @type {unknown[][]} */
  const batches = []
  let wake = () => {}
  /** @type {WeftError | null} */
  let error = null
  let done = false

  const transaction = database.transaction([kRows], "readonly")
  transaction.oncomplete = () => { done = true; wake() }
  transaction.onabort = () => { error = storageError(transaction.error, "read the rows"); wake() }
  requestBatch(transaction.objectStore(kRows), null, 64, (batch) => { batches.push(batch); wake() })

  while (true) {
    const batch = batches.shift()
    if (batch) yield batch
    else if (error) throw error
    else if (done) return
    else await new Promise((resolve) => { wake = () => resolve(undefined) })
  }
}

/**
 * @param {IDBObjectStore} rows
 * @param {IDBKeyRange | null} range
 * @param {number} count
 * @param {(batch: unknown[]) => void} give
 */
function requestBatch(rows, range, count, give) {
  const request = rows.getAll(range, count)
  request.onsuccess = () => {
    const batch = request.result
    give(batch)
    if (batch.length < count) return
    const size = batch.reduce((sum, row) => sum + (row.bytes?.byteLength ?? 0), 1)
    const next = Math.max(1, Math.min(kMaxReadRows, Math.floor((batch.length * kReadBytes) / size)))
    requestBatch(rows, IDBKeyRange.lowerBound(batch[batch.length - 1].key, true), next, give)
  }
}
