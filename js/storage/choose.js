/**
 * Which store a database gets: the one asked for, or the best there is. The choice and its reason are shown to the user
 * (`status().storage`), so a fallback is never silent.
 *
 * Invariants
 * 1. Data stays where it is: a database that nobody names a store for is looked for in OPFS, IndexedDB and localStorage,
 *    and goes on where it was found. What is there but cannot be opened is an error, not an empty database elsewhere.
 * 2. A new one gets the first of OPFS, IndexedDB, localStorage and memory that opens. OPFS counts only where a page that
 *    leaves can put out a lifeboat (lifeboat.js) and where one tab at a time owns the store: else it must be asked for.
 * 3. Only STORAGE_UNAVAILABLE leads to the next store: what cannot be understood is told.
 * 4. Tabs of one database use one store (claim.js): nobody names one, and it is that of the tabs that are open; another
 *    is named, and it is an error. They choose one after the other, and a store is claimed before it is made: nothing is
 *    left of one that must not be used.
 */

import { isWeftError, WeftError } from "../errors.js"
import { createIndexedDbStorage } from "./indexeddb.js"
import { createLocalStorageStorage, hostLocalStorage, isInLocalStorage } from "./localstorage.js"
import { createMemoryStorage } from "./memory.js"
import { isInIndexedDb } from "./idb.js"
import { createOpfsStorage, findInOpfs, isEmptyInOpfs } from "./opfs.js"

/**
 * @typedef {"opfs" | "indexeddb" | "localstorage" | "memory"} StorageKind
 *
 * @typedef {object} StorageChoice
 * @property {StorageKind} kind  final once `open` resolved
 * @property {string} reason  one sentence for people
 * @property {(name: string) => Promise<import("./contract.js").Store>} open
 *
 * @typedef {object} StorageHost  what there is, when it is not the platform's own
 * @property {boolean} [opfs]  false: there is none
 * @property {FileSystemDirectoryHandle} [folder]  of the database in OPFS, when it was found there
 * @property {IDBFactory} [indexedDB]
 * @property {globalThis.Storage | null} [localStorage]
 * @property {import("./claim.js").Claim} [claim]
 * @property {boolean} [strict]  writes wait for the device: localStorage knows none
 * @property {number} [openLimitMs]
 * @property {(level: "warn", text: string) => void} [log]
 */

const kKinds = ["opfs", "indexeddb", "localstorage", "memory"]
const kNothing = "nothing outlives the process"
const kInUse = "other tabs have this database open there"

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
  const there = { ...host, indexedDB, localStorage }
  const begin = (/** @type {string} */ name) => openClaimed(kind, name, there)
  return { kind, reason: "asked for", open: (name) => kind === "memory" ? begin(name) : openInTurn(name, there, () => kind, begin) }
}

/**
 * Opens what other tabs have open; or, while no other tab chooses, what nobody has.
 * @param {string} name
 * @param {StorageHost} host
 * @param {(used: StorageKind) => StorageKind} join  other tabs use this one: what is to be opened then
 * @param {(name: string) => Promise<import("./contract.js").Store>} begin  nobody uses any
 */
async function openInTurn(name, host, join, begin) {
  const { claim } = host
  if (!claim) return begin(name)
  const opened = await claim.inTurn(async () => {
    const used = await inUse(host)
    if (!used) return { store: await begin(name) }
    const kind = join(used)
    const ours = claim.kind === kind // and has failed: it is opened anew
    await claim.take(kind)
    return { kind, ours }
  })
  return opened.store ?? openTaken(opened.kind, name, host, opened.ours)
}

/** @param {StorageKind} kind @param {string} name @param {StorageHost} host */
async function openClaimed(kind, name, host) {
  const ours = kind === "memory" || host.claim?.kind === kind
  if (!ours) await host.claim?.take(kind)
  return openTaken(kind, name, host, ours)
}

/** @param {StorageKind} kind @param {string} name @param {StorageHost} host @param {boolean} ours the claim is older, and stays */
async function openTaken(kind, name, host, ours) {
  try {
    return await storageOf(kind, host).open(name)
  } catch (error) {
    if (!ours) await host.claim?.drop()
    throw error
  }
}

/**
 * @param {StorageKind} kind
 * @param {StorageHost} host
 * @returns {import("./contract.js").Storage}
 */
function storageOf(kind, { indexedDB, localStorage, folder, openLimitMs, log }) {
  if (kind === "opfs") return createOpfsStorage({ openLimitMs, folder })
  if (kind === "indexeddb") return createIndexedDbStorage({ indexedDB, localStorage, openLimitMs, log })
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
  if (isOpfsSafe(host)) order.unshift("opfs")

  /** @type {StorageChoice} */
  const choice = {
    kind: order[0],
    reason: reasonFor(order[0], order[0] === "indexeddb" ? "this host has no OPFS that is safe" : "this host has no IndexedDB"),
    open: (name) => openInTurn(name, host, join, begin),
  }

  /** @param {StorageKind} used */
  function join(used) {
    choose(used, kInUse)
    return used
  }

  /** @param {string} name */
  async function begin(name) {
    const found = await findData(name, host)
    if (found) {
      choose(found.kind, "this database was found there")
      return openClaimed(found.kind, name, { ...host, folder: found.folder })
    }
    for (const kind of order) {
      try {
        return await openClaimed(kind, name, host)
      } catch (error) {
        const used = await inUse(host)
        // What was refused here, a Worker that was late on a busy machine, another tab got meanwhile, out of turn.
        if (used) return openClaimed(join(used), name, host)
        if (!isWeftError(error, "STORAGE_UNAVAILABLE")) throw error
        const next = order[order.indexOf(kind) + 1]
        choose(next, reasonFor(next, error.message))
      }
    }
    throw new WeftError("INTERNAL", "memory did not open")
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
  if (kind === "opfs") return "the best store there is"
  if (kind === "memory") return `${why}: ${kNothing}`
  return kind === "indexeddb" ? why : `${why}: small data only, and a browser that is killed loses its last seconds`
}

/** The kind that other tabs have this database in. @param {StorageHost} host */
async function inUse({ claim }) {
  const used = await claim?.inUse()
  return /** @type {StorageKind | undefined} */ (kKinds.find((kind) => used?.includes(kind)))
}

/** @param {StorageHost} host */
function isOpfsSafe({ opfs = true, localStorage }) {
  const { navigator, Worker } = globalThis
  return opfs && typeof navigator?.storage?.getDirectory === "function" && typeof Worker === "function" && Boolean(localStorage && navigator.locks)
}

/**
 * Where a database is.
 * @param {string} name
 * @param {StorageHost} host
 * @returns {Promise<{ kind: StorageKind, folder?: FileSystemDirectoryHandle } | null>}
 */
async function findData(name, { opfs = true, indexedDB, localStorage, strict, openLimitMs }) {
  const [folder, inIndexedDb] = await Promise.all([opfs ? findInOpfs(name) : null, indexedDB && isInIndexedDb(indexedDB, name, openLimitMs)])
  // Empty, it was made by a Worker that was too late: this tab's data went elsewhere.
  if (folder && !(inIndexedDb && await isEmptyInOpfs(folder))) return { kind: "opfs", folder }
  if (inIndexedDb) return { kind: "indexeddb" }
  return localStorage && !strict && isInLocalStorage(name, localStorage) ? { kind: "localstorage" } : null
}
