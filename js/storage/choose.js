/**
 * Which store a database gets: the one asked for, or the best there is. The choice and its reason are shown to the user
 * (`status().storage`), so a fallback is never silent.
 *
 * Invariants
 * 1. Data stays where it is: a database that nobody names a store for is looked for in OPFS and localStorage first, and
 *    goes on where it was found. What is there but cannot be opened is an error, not an empty database elsewhere.
 * 2. A new one gets the first of IndexedDB, localStorage and memory that opens. (OPFS is asked for by name.)
 * 3. Only STORAGE_UNAVAILABLE leads to the next store: what cannot be understood is told.
 */

import { isWeftError, WeftError } from "../errors.js"
import { createIndexedDbStorage } from "./indexeddb.js"
import { createLocalStorageStorage, hostLocalStorage, isInLocalStorage } from "./localstorage.js"
import { createMemoryStorage } from "./memory.js"
import { createOpfsStorage } from "./opfs.js"
import { findGeneration, openFolder } from "./opfs-folder.js"

/**
 * @typedef {"opfs" | "indexeddb" | "localstorage" | "memory"} StorageKind
 *
 * @typedef {object} StorageChoice
 * @property {StorageKind} kind  final once `open` resolved
 * @property {string} reason  one sentence for people
 * @property {(name: string) => Promise<import("./contract.js").Store>} open
 *
 * @typedef {object} StorageHost  what there is, when it is not the platform's own
 * @property {IDBFactory} [indexedDB]
 * @property {globalThis.Storage | null} [localStorage]
 * @property {boolean} [strict]  writes wait for the device: localStorage knows none
 * @property {number} [openLimitMs]
 * @property {(level: "warn", text: string) => void} [log]
 */

const kKinds = ["opfs", "indexeddb", "localstorage", "memory"]
const kNothing = "nothing outlives the process"

/**
 * @param {unknown} preference `undefined`: the best there is
 * @param {StorageHost} [host]
 * @returns {Promise<StorageChoice>} rejects with INVALID_ARGUMENT, or STORAGE_UNAVAILABLE when the store asked for is
 *   not to be had (then, or at `open`)
 */
export async function chooseStorage(preference, host = {}) {
  const indexedDB = "indexedDB" in host ? host.indexedDB : globalThis.indexedDB
  const localStorage = "localStorage" in host ? host.localStorage ?? null : hostLocalStorage()
  if (preference === undefined) return bestOf({ ...host, indexedDB, localStorage })
  if (typeof preference !== "string" || !kKinds.includes(preference)) {
    throw new WeftError("INVALID_ARGUMENT", `storage must be one of ${kKinds.map((kind) => `"${kind}"`).join(", ")}`, { path: "options.storage" })
  }
  if (preference === "indexeddb" && !indexedDB) throw new WeftError("STORAGE_UNAVAILABLE", "this host has no IndexedDB")
  if (preference === "localstorage" && host.strict) {
    throw new WeftError("INVALID_ARGUMENT", 'durability: "strict" is not to be had with storage: "localstorage"', { path: "options.durability" })
  }
  const kind = /** @type {StorageKind} */ (preference)
  return { kind, reason: "asked for", open: storageOf(kind, { ...host, indexedDB, localStorage }).open }
}

/**
 * @param {StorageKind} kind
 * @param {StorageHost} host
 * @returns {import("./contract.js").Storage}
 */
function storageOf(kind, { indexedDB, localStorage, openLimitMs, log }) {
  if (kind === "opfs") return createOpfsStorage({ openLimitMs })
  if (kind === "indexeddb") return createIndexedDbStorage({ indexedDB, openLimitMs, log })
  if (kind === "localstorage") return createLocalStorageStorage({ localStorage })
  return createMemoryStorage()
}

/**
 * @param {StorageHost} host
 * @returns {StorageChoice}
 */
function bestOf(host) {
  /** @type {StorageKind[]} */
  const order = ["memory"]
  if (host.localStorage && !host.strict) order.unshift("localstorage")
  if (host.indexedDB) order.unshift("indexeddb")

  /** @type {StorageChoice} */
  const choice = {
    kind: order[0],
    reason: order[0] === "indexeddb" ? "the best store this host has" : reasonFor(order[0], "this host has no IndexedDB"),
    async open(name) {
      const found = await findData(name, host)
      if (found) {
        choose(found, "this database was found there")
        return storageOf(found, host).open(name)
      }
      for (const kind of order) {
        try {
          return await storageOf(kind, host).open(name)
        } catch (error) {
          if (!isWeftError(error, "STORAGE_UNAVAILABLE")) throw error
          const next = order[order.indexOf(kind) + 1]
          choose(next, reasonFor(next, error.message))
        }
      }
      throw new WeftError("INTERNAL", "memory did not open")
    },
  }

  /** @param {StorageKind} kind @param {string} reason */
  function choose(kind, reason) {
    choice.kind = kind
    choice.reason = reason
  }
  return choice
}

/** @param {StorageKind} kind @param {string} why not a better one */
function reasonFor(kind, why) {
  return kind === "memory" ? `${why}: ${kNothing}` : `${why}: small data only, and a browser that is killed loses its last seconds`
}

/**
 * Where a database is that is not in IndexedDB.
 * @param {string} name
 * @param {StorageHost} host
 * @returns {Promise<"opfs" | "localstorage" | null>}
 */
async function findData(name, { localStorage, strict }) {
  if (await isInOpfs(name)) return "opfs"
  return localStorage && !strict && isInLocalStorage(name, localStorage) ? "localstorage" : null
}

/** @param {string} name */
async function isInOpfs(name) {
  if (typeof globalThis.navigator?.storage?.getDirectory !== "function") return false
  try {
    const folder = await openFolder(name, { create: false })
    return folder !== null && await findGeneration(folder) !== null
  } catch (error) {
    // One that cannot be read is there all the same; where the file system is refused (a private window) nothing is.
    return isWeftError(error)
  }
}
