/**
 * Which store a database gets: the best there is, or the one asked for. The choice and its reason are shown to the
 * user (`status().storage`), so a fallback is never silent.
 */

import { isWeftError, WeftError } from "../errors.js"
import { createIndexedDbStorage } from "./indexeddb.js"
import { createMemoryStorage } from "./memory.js"

/**
 * @typedef {object} StorageChoice
 * @property {"indexeddb" | "memory"} kind  final once `open` resolved: a default that cannot open falls back to memory
 * @property {string} reason  one sentence for people
 * @property {(name: string) => Promise<import("./contract.js").Store>} open
 */

/** Named by the API, built later. */
const kLater = ["opfs", "localstorage"]

/**
 * @param {unknown} preference `undefined`: the best there is
 * @param {{ indexedDB?: IDBFactory, openLimitMs?: number, log?: (level: "warn", text: string) => void }} [host]
 * @returns {Promise<StorageChoice>} rejects with INVALID_ARGUMENT, NOT_SUPPORTED_YET, or STORAGE_UNAVAILABLE when the
 *   store asked for is not to be had (then, or at `open`)
 */
export async function chooseStorage(preference, host = {}) {
  const indexedDB = "indexedDB" in host ? host.indexedDB : globalThis.indexedDB
  if (preference === "memory") return memory("asked for")
  if (typeof preference === "string" && kLater.includes(preference)) {
    throw new WeftError("NOT_SUPPORTED_YET", `storage: "${preference}" is not there yet; use "indexeddb" or "memory"`)
  }
  if (preference === "indexeddb") {
    if (!indexedDB) throw new WeftError("STORAGE_UNAVAILABLE", "this host has no IndexedDB")
    return { kind: "indexeddb", reason: "asked for", open: createIndexedDbStorage({ ...host, indexedDB }).open }
  }
  if (preference !== undefined) {
    throw new WeftError("INVALID_ARGUMENT", 'storage must be "indexeddb" or "memory"')
  }
  if (!indexedDB) return memory("this host has no IndexedDB: nothing outlives the process")
  return bestOf(createIndexedDbStorage({ ...host, indexedDB }))
}

/**
 * @param {string} reason
 * @returns {StorageChoice}
 */
function memory(reason) {
  return { kind: "memory", reason, open: createMemoryStorage().open }
}

/**
 * @param {import("./contract.js").Storage} indexedDb
 * @returns {StorageChoice}
 */
function bestOf(indexedDb) {
  /** @type {StorageChoice} */
  const choice = {
    kind: "indexeddb",
    reason: "the best store this host has",
    async open(name) {
      try {
        return await indexedDb.open(name)
      } catch (error) {
        if (!isWeftError(error, "STORAGE_UNAVAILABLE")) throw error
        const instead = memory(`${error.message}: nothing outlives the process`)
        choice.kind = instead.kind
        choice.reason = instead.reason
        return instead.open(name)
      }
    },
  }
  return choice
}
