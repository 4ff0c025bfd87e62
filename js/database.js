/**
 * The user's object: checks arguments, calls the core, gives promises.
 *
 * Invariants
 * 1. Wrong arguments reject with a WeftError and change nothing; nothing throws synchronously.
 * 2. A call takes effect before it returns; the promise tells the outcome. (With `durability: "strict"` the promise of
 *    a write also waits for the flush.)
 * 3. Values that go in are read before the call returns; values that come out are the caller's own copies.
 * 4. After `close` every method but `status`, `close` and `destroy` rejects with CLOSED.
 */
import { createRecorder, isHash } from "./database/batch.js"
import { checkId, checkLabel, checkNamed, freshId } from "./database/ids.js"
import { readOptions } from "./database/options.js"
import { readMapCall } from "./database/queries.js"
import { createSync } from "./database/sync.js"
import { openHost } from "./host.js"
import { WeftError } from "./errors.js"
import { checkName } from "./storage/contract.js"

/**
 * @typedef {ReturnType<typeof createDatabase>} Database
 * @typedef {import("./core/replica.js").Node} Node
 * @typedef {import("./database/batch.js").Transaction} Transaction
 */

const DIRECTIONS = ["out", "in", "any"]

/**
 * @param {unknown} name
 * @param {unknown} given options
 * @param {import("./host.js").Platform} platform
 */
export async function openDatabase(name, given, platform) {
  const checkedName = checkName(name)
  const options = readOptions(given)
  return createDatabase(checkedName, await openHost(checkedName, options, platform), options)
}

/**
 * @param {string} name
 * @param {import("./host.js").Host} host
 * @param {{ strict: boolean }} options
 */
export function createDatabase(name, host, { strict }) {
  const { replica } = host
  const sync = createSync(host)
  let batching = false
  let strayed = false

  function checkOpen() {
    if (host.closing) throw new WeftError("CLOSED", "the database is closed")
  }

  /** Writes beside the batch that is being recorded would not be part of it. */
  function checkWrite() {
    checkOpen()
    if (!batching) return
    strayed = true
    throw new WeftError("INVALID_ARGUMENT", "inside batch, write through the transaction it passes")
  }

  /** What has no place on the disk is not taken in. */
  function checkRoom() {
    if (host.storeFull) throw new WeftError("STORE_FULL", "the store is full: remove something, or make room on the disk")
  }

  /** Of a write that makes room. @template T @param {T} result @returns {Promise<T>} */
  function removed(result) {
    if (host.storeFull) host.roomMade()
    return written(result)
  }

  /** @template T @param {T} result of a write @returns {Promise<T>} */
  function written(result) {
    return strict ? host.flushTogether().then(() => result) : Promise.resolve(result)
  }

  /** @param {unknown} value @param {string | { id: "hash" }} [id] @returns {Promise<string>} the node's id */
  function put(value, id) {
    try {
      checkWrite()
      checkRoom()
      let name = id
      if (name === undefined) name = freshId()
      else if (typeof name !== "string" && isHash(name)) name = replica.hash(value)
      replica.put(/** @type {string} */ (name), checkId(name, "id"), value)
      return written(/** @type {string} */ (name))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * @param {string} id
   * @param {(node: Node | null) => unknown} [callback] called at once, and on each change; null when there is no node
   * @returns {Promise<{ result: Node | null, unsubscribe?: () => void }>}
   */
  function get(id, callback) {
    try {
      checkOpen()
      const bytes = checkId(id, "id")
      const result = replica.get(id, bytes)
      if (callback === undefined) return Promise.resolve({ result })
      checkFunction(callback, "callback")
      let known = result !== null
      const subscription = replica.subscribeNode(id, bytes)
      host.listen(subscription, (action, node) => {
        if (action !== "initial") known = action !== "removed"
        callback(known ? node : null)
      })
      return Promise.resolve({ result, unsubscribe: () => host.unlisten(subscription) })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** @param {string} id @returns {Promise<boolean>} false: there was none */
  function remove(id) {
    try {
      checkWrite()
      return removed(replica.remove(id, checkId(id, "id")))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * @param {string} source
   * @param {string} target
   * @param {{ label?: string, value?: unknown }} [linkOptions]
   * @returns {Promise<boolean>} false: it was there already, with an equal value
   */
  async function link(source, target, linkOptions) {
    checkWrite()
    checkRoom()
    checkId(source, "source")
    checkId(target, "target")
    const { label, value } = checkNamed(linkOptions, "options", ["label", "value"])
    return written(replica.link(source, checkLabel(label), target, value))
  }

  /**
   * @param {string} source
   * @param {string} target
   * @param {{ label?: string }} [linkOptions]
   * @returns {Promise<boolean>} false: there was none
   */
  async function unlink(source, target, linkOptions) {
    checkWrite()
    checkId(source, "source")
    checkId(target, "target")
    const { label } = checkNamed(linkOptions, "options", ["label"])
    return removed(replica.unlink(source, checkLabel(label), target))
  }

  /** @param {string} id @param {{ direction?: "out" | "in" | "any", label?: string }} [linkOptions] */
  async function links(id, linkOptions) {
    checkOpen()
    const bytes = checkId(id, "id")
    const { direction = "out", label } = checkNamed(linkOptions, "options", ["direction", "label"])
    if (!DIRECTIONS.includes(direction)) {
      throw new WeftError("INVALID_ARGUMENT", 'options.direction must be "out", "in" or "any"', { path: "options.direction" })
    }
    return replica.links(id, bytes, direction, label === undefined ? undefined : checkLabel(label))
  }

  /** Also of an empty graph: it empties what others wrote before it and have not sent yet. */
  async function clear() {
    checkWrite()
    replica.clear()
    await removed(undefined)
  }

  /**
   * @param {...unknown} args options and a callback, in any order
   * @returns {Promise<{ results: Node[], count?: number, unsubscribe?: () => void }>}
   */
  async function map(...args) {
    checkOpen()
    const { json, callback, counts, realtime } = readMapCall(args)
    if (counts && !callback) return { results: [], count: replica.count(json) }
    const results = replica.map(json)
    if (!callback) return { results }
    const subscription = replica.subscribe(json)
    const unsubscribe = () => host.unlisten(subscription)
    host.listen(subscription, (action, { id, value, edges, timestamp }) => {
      if (realtime || action === "initial") callback({ id, value, edges, timestamp, action })
    })
    // The drain that tells what is there comes before this.
    if (!realtime) queueMicrotask(unsubscribe)
    return { results, unsubscribe }
  }

  /**
   * Keeps the nodes sorted by a field of their values, or a dot path, from now on.
   * @param {string} field
   */
  async function index(field) {
    checkOpen()
    if (typeof field !== "string" || field === "") throw new WeftError("INVALID_ARGUMENT", "field must be the name of a field or a dot path", { path: "field" })
    replica.index(field)
  }

  /**
   * Runs a query and tells how it was run.
   * @param {...unknown} args options as of `map`
   */
  async function explain(...args) {
    checkOpen()
    const { json, callback } = readMapCall(args)
    if (callback) throw new WeftError("INVALID_ARGUMENT", "explain takes no callback")
    const start = performance.now()
    return { ...replica.explain(json), ms: performance.now() - start }
  }

  /**
   * @template T
   * @param {(transaction: Transaction) => T} fn synchronous
   * @returns {Promise<T>} what it returned
   */
  async function batch(fn) {
    checkFunction(fn, "fn")
    checkOpen()
    if (batching) throw new WeftError("INVALID_ARGUMENT", "batch cannot be called inside batch")
    return written(record(fn))
  }

  /** Over when it returns: who writes next need not wait for the batch to be safe. @template T @param {(transaction: Transaction) => T} fn */
  function record(fn) {
    const recorder = createRecorder(replica)
    batching = true
    strayed = false
    try {
      const result = fn(recorder.transaction)
      refusePromise(result)
      if (strayed) throw new WeftError("INVALID_ARGUMENT", "inside batch, write through the transaction it passes")
      if (recorder.adds) checkRoom()
      const commands = recorder.finish()
      if (commands) replica.batch(commands)
      if (host.storeFull) host.roomMade()
      return result
    } finally {
      recorder.drop()
      batching = false
    }
  }

  /** @param {string} id @returns {Promise<never>} */
  async function scrub(id) {
    checkId(id, "id")
    throw new WeftError("NOT_SUPPORTED_YET", "scrub is not supported yet")
  }

  return {
    name,
    put, get, remove, link, unlink, links, clear, map, explain, index, batch, scrub,

    /** @param {import("./host/judges.js").Middleware} middleware @returns {() => void} its own off */
    use(middleware) {
      checkFunction(middleware, "middleware")
      checkOpen()
      return host.use(middleware)
    },

    async flush() {
      checkOpen()
      await host.flush()
    },

    /**
     * @param {{ onProgress?: import("./host/transfer.js").OnProgress }} [transferOptions]
     * @returns {Promise<Uint8Array>} the live set in stamp order: equal graphs give equal bytes
     */
    async export(transferOptions) {
      checkOpen()
      return host.transfer.export(checkProgress(transferOptions))
    },

    /**
     * @param {Uint8Array} bytes of an export; united with what is here, judged like a peer's
     * @param {{ onProgress?: import("./host/transfer.js").OnProgress }} [transferOptions]
     */
    async import(bytes, transferOptions) {
      checkWrite()
      checkRoom()
      await host.transfer.import(checkBytes(bytes), checkProgress(transferOptions))
      await written(undefined)
    },

    /** @param {Uint8Array} bytes of an export @returns {Promise<number>} how many nodes and links were written anew */
    async restore(bytes) {
      checkWrite()
      checkRoom()
      return written(replica.restore(checkBytes(bytes)))
    },

    /**
     * The store is made anew under another password (the room's stays until the database is opened again).
     * @param {string | null} old null: it has none
     * @param {string | null} next null: it is not encrypted any more
     */
    async changePassword(old, next) {
      checkOpen()
      checkPassword(old, "old")
      checkPassword(next, "next")
      await host.changePassword(old, next)
    },

    status: () => sync.databaseStatus(),
    /** @param {"notice"} event @param {(notice: import("./host.js").Notice) => unknown} listener @returns {() => void} its own off */
    on(event, listener) {
      if (event !== "notice") throw new WeftError("INVALID_ARGUMENT", 'on: there is only "notice"', { path: "event" })
      checkFunction(listener, "listener")
      return host.events.on("notice", listener)
    },
    sync: sync.api,
    get selfId() { return host.selfId },
    get room() { return host.room },

    close: () => host.close(),
    /** Closes, and forgets this machine's copy. */
    destroy: () => host.destroy(),
  }
}

/** @param {unknown} value @param {string} name */
function checkFunction(value, name) {
  if (typeof value !== "function") throw new WeftError("INVALID_ARGUMENT", `${name} must be a function`, { path: name })
}

/** @param {unknown} password @param {string} name */
function checkPassword(password, name) {
  if (password === null || typeof password === "string" && password !== "") return
  throw new WeftError("INVALID_ARGUMENT", `${name} must be a string that is not empty, or null`, { path: name })
}

/** @param {unknown} given @returns {import("./host/transfer.js").OnProgress | undefined} */
function checkProgress(given) {
  const { onProgress } = checkNamed(given, "options", ["onProgress"])
  if (onProgress !== undefined) checkFunction(onProgress, "options.onProgress")
  return onProgress
}

/** @param {unknown} bytes @returns {Uint8Array} */
function checkBytes(bytes) {
  if (bytes instanceof Uint8Array) return bytes
  throw new WeftError("INVALID_ARGUMENT", "bytes must be a Uint8Array", { path: "bytes" })
}

/** @param {unknown} result of a batch's function */
function refusePromise(result) {
  if (typeof (/** @type {any} */ (result)?.then) !== "function") return
  // Its own failure follows from ours.
  Promise.resolve(result).catch(() => {})
  throw new WeftError("BATCH_ASYNC", "the function of batch must be synchronous: it returned a promise, nothing was written")
}
