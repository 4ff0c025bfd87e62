/**
 * One replica of the core as an object: every method is one crossing of the boundary (docs/boundary.md).
 *
 * Invariants
 * 1. Whatever fails throws a WeftError (core/port.js); the core is then as it was before the call.
 * 2. A call that may have left effects to perform calls `touched`, so that nobody can forget to drain them.
 * 3. What is returned is a copy.
 */
import { close as closeReader, open, read, readArrayHeader } from "../codec/decode.js"
import { writeValue } from "../codec/encode.js"
import { utf8Length } from "../codec/utf8.js"
import { end, writeCounted, writeRaw, writeU32 } from "../codec/writer.js"
import { WeftError } from "../errors.js"
import { COMMANDS, DIRECTIONS } from "./commands.js"
import { readEffects } from "./effects.js"
import { createKeptNodes } from "./kept-nodes.js"
import { openPort } from "./port.js"

/**
 * @typedef {object} Timestamp
 * @property {number} physical milliseconds since 1970
 * @property {number} logical
 *
 * @typedef {{ id: string, value: any, edges: string[], timestamp: Timestamp }} Node
 * @typedef {{ source: string, target: string, label: string, value: any, timestamp: Timestamp }} Link
 * @typedef {import("./effects.js").Effect} Effect
 *
 * @typedef {object} Explanation
 * @property {"ids" | "range" | "walk" | "columns" | "nodes"} way
 * @property {string[]} fields whose order was read to find nodes
 * @property {string[]} places fields whose order of places was
 * @property {number} counted entries in the ranges of these orders
 * @property {number} asked how many nodes the condition was asked about
 * @property {number} found
 * @property {boolean} inOrder nothing had to be sorted
 * @property {number} nodes in the graph
 * @property {number} made bytes of what was made to be kept for the next query
 *
 * @typedef {object} ReplicaOptions
 * @property {boolean} nodeWriter
 * @property {boolean} replaceFullState
 * @property {boolean} reconcile
 * @property {number} oplogSize
 * @property {number} compressAbove
 * @property {number} maxDriftMs
 * @property {number} proveAfterMs
 * @property {number} [indexFrom] so many nodes and more: something is kept beside them for queries
 * @property {number} [indexAfter] an order is made when it would have saved so many looks at every node
 *
 * @typedef {Awaited<ReturnType<typeof createReplica>>} Replica
 * @typedef {IterableIterator<Uint8Array, undefined> & { readonly left: number, return(): IteratorResult<Uint8Array, undefined> }} Slices
 */

/** What has been in a module's memory at once stays its own, so a journal goes in by little pieces. */
const kLoadBytes = 256 * 1024

const text = new TextDecoder()
const utf8 = new TextEncoder()

/**
 * @param {object} setup
 * @param {import("./module.js").Locate} setup.locate
 * @param {ReplicaOptions} setup.options checked
 * @param {() => void} setup.touched
 * @param {() => number} [setup.now] the wall clock, milliseconds since 1970
 */
export async function createReplica({ locate, options, touched, now = Date.now }) {
  const [high, low, seedHigh, seedLow] = crypto.getRandomValues(new Uint32Array(4))
  const id = { replicaHigh: high, replicaLow: (low | 1) >>> 0, seedHigh, seedLow } // an id is never 0
  const port = await openPort({ locate, now, options: { indexFrom: 64, indexAfter: 32, ...options, ...id } })
  const { call, callWithBytes, callWithId, outbox, rare } = port
  const keptNodes = createKeptNodes()

  /** @param {string} source @param {string} label @param {string} target */
  function writeEnds(source, label, target) {
    port.start()
    writeCounted(source, utf8Length(source))
    writeCounted(label, utf8Length(label))
    writeCounted(target, utf8Length(target))
  }

  /** @template T @param {() => T} readEntry @returns {T[]} */
  function readList(readEntry) {
    open(outbox())
    const list = Array.from({ length: readArrayHeader() }, readEntry)
    closeReader()
    return list
  }

  /**
   * A whole state, slice by slice, each a few milliseconds of work (perhaps for no bytes).
   * @param {number} number
   */
  function slices(number) {
    let over = false
    const left = () => (over || port.gone ? 0 : rare((door) => door.slicesLeft(number)))
    return {
      /** Operations that are not written yet. */
      get left() { return left() },
      [Symbol.iterator]() { return this },
      /** @returns {IteratorResult<Uint8Array, undefined>} */
      next() {
        if (over) return { done: true, value: undefined }
        over = rare((door) => door.nextSlice(number)) === 0
        return { done: false, value: outbox().slice() }
      },
      /** Lets go of what is left. @returns {IteratorResult<Uint8Array, undefined>} */
      return() {
        if (!over && !port.gone) rare((door) => door.dropSlices(number))
        over = true
        return { done: true, value: undefined }
      },
    }
  }

  return {
    /** @param {string} name @param {number} bytes its UTF-8 @param {unknown} value */
    put(name, bytes, value) {
      port.start()
      writeCounted(name, bytes)
      writeValue(value, "value")
      call(COMMANDS.put, end())
      touched()
    },

    /** The content-addressed id of a value: its SHA-256, 64 hex digits. @param {unknown} value @returns {string} */
    hash(value) {
      port.start()
      writeValue(value, "value")
      call(COMMANDS.hash, end())
      return text.decode(outbox())
    },

    /** @param {string} name @param {number} bytes @returns {Node | null} */
    get(name, bytes) {
      port.start()
      writeCounted(name, bytes)
      writeU32(keptNodes.generation)
      return call(COMMANDS.get, end()) === 0 ? null : keptNodes.read(outbox())[0]
    },

    /** @param {string} name @param {number} bytes */
    remove(name, bytes) {
      const removed = callWithId(COMMANDS.remove, name, bytes) === 1
      touched()
      return removed
    },

    /** @param {string} source @param {string} label @param {string} target @param {unknown} value undefined: none */
    link(source, label, target, value) {
      writeEnds(source, label, target)
      if (value !== undefined) writeValue(value, "value")
      const linked = call(COMMANDS.link, end()) === 1
      touched()
      return linked
    },

    /** @param {string} source @param {string} label @param {string} target */
    unlink(source, label, target) {
      writeEnds(source, label, target)
      const unlinked = call(COMMANDS.unlink, end()) === 1
      touched()
      return unlinked
    },

    clear() {
      call(COMMANDS.clear, 0)
      touched()
    },

    /** @param {Uint8Array} commands */
    batch(commands) {
      callWithBytes(COMMANDS.batch, commands)
      touched()
    },

    /** @param {string} name @param {number} bytes @param {keyof typeof DIRECTIONS} direction @param {string} [label] */
    links(name, bytes, direction, label) {
      port.start()
      writeCounted(name, bytes)
      writeRaw(Uint8Array.of(DIRECTIONS[direction]))
      if (label !== undefined) writeCounted(label, utf8Length(label))
      call(COMMANDS.links, end())
      return readList(readLink)
    },

    /** @param {Uint8Array} query JSON */
    map(query) {
      port.start()
      writeU32(keptNodes.generation)
      writeRaw(query)
      call(COMMANDS.map, end())
      return keptNodes.read(outbox())
    },

    /** Runs a query and tells how. @param {Uint8Array} query JSON @returns {import("./replica.js").Explanation} */
    explain(query) {
      callWithBytes(COMMANDS.explain, query)
      return JSON.parse(text.decode(outbox()))
    },

    /** @param {string} field or dot path, sorted by from now on */
    index(field) {
      callWithBytes(COMMANDS.index, utf8.encode(field))
    },

    /**
     * Runs `call`, in which queries from elsewhere ask the guard for every match of a pattern.
     * @template T @param {import("./platform.js").Guard} guard @param {() => T} call @returns {T}
     */
    guarded: (guard, call) => port.platform.during(guard, call),

    /** How many nodes `map` would give. @param {Uint8Array} query JSON */
    count: (query) => callWithBytes(COMMANDS.count, query),

    /** @param {Uint8Array} query JSON @returns {number} the subscription */
    subscribe(query) {
      if (port.platform.guards) throw new WeftError("NOT_SUPPORTED_YET", "a query from replicated data cannot be live")
      const subscription = callWithBytes(COMMANDS.subscribe, query)
      touched()
      return subscription
    },

    /** @param {string} name @param {number} bytes @returns {number} the subscription */
    subscribeNode(name, bytes) {
      const subscription = callWithId(COMMANDS.subscribeNode, name, bytes)
      touched()
      return subscription
    },

    /** @param {number} subscription */
    unsubscribe(subscription) {
      rare((door) => door.unsubscribe(subscription))
    },

    exportState() {
      call(COMMANDS.export, 0)
      return outbox().slice()
    },

    /** @param {Uint8Array} state @returns {number} the ticket, 0 when done */
    importState(state) {
      const ticket = callWithBytes(COMMANDS.import, state)
      touched()
      return ticket
    },

    /** An import in slices. @param {Uint8Array} state @returns {number} its number, and its ticket's if it is judged */
    beginImport: (state) => callWithBytes(COMMANDS.beginImport, state),

    /** One slice. @param {number} number @returns {boolean} false: nothing is left to do but perhaps a verdict */
    nextImport(number) {
      const more = rare((door) => door.nextImport(number, now())) === 1
      touched()
      return more
    },

    /** In thousandths; 1,000: it is applied. @param {number} number */
    importProgress: (number) => rare((door) => door.importProgress(number)),

    /** Nothing of it is applied. @param {number} number */
    dropImport(number) {
      rare((door) => door.dropImport(number))
    },

    /** @param {Uint8Array} state @returns {number} how many nodes and links */
    restore(state) {
      const count = callWithBytes(COMMANDS.restore, state)
      touched()
      return count
    },

    /** @param {Uint8Array} rows the next bytes of a journal */
    load(rows) {
      for (let at = 0; at < rows.length; at += kLoadBytes) callWithBytes(COMMANDS.load, rows.subarray(at, at + kLoadBytes))
    },

    loadEnd() {
      rare((door) => door.loadEnd(now()))
      touched()
    },

    snapshot() {
      call(COMMANDS.snapshot, 0)
      return outbox().slice()
    },

    /** A journal of the state as it is now; what is drained from now on belongs behind it. @returns {Slices} */
    snapshotSlices() {
      const number = rare((door) => door.beginSnapshot())
      touched()
      return slices(number)
    },

    /** `exportState` of the state as it is now. @returns {Slices} */
    exportSlices: () => slices(rare((door) => door.beginExport())),

    /** @param {boolean} owner */
    setStoreOwner(owner) {
      rare((door) => door.setStoreOwner(owner))
      touched()
    },

    /** @param {number} link @param {{ tab: boolean, bridge: boolean }} kind */
    linkOpen(link, { tab, bridge }) {
      rare((door) => door.linkOpen(link, tab, bridge, now()))
      touched()
    },

    /** @param {number} link */
    linkClose(link) {
      rare((door) => door.linkClose(link))
      touched()
    },

    /**
     * Whether all has come that the other end held when the link opened, and the first `messages` given to `receive`
     * were taken up.
     * @param {number} link @param {number} messages
     */
    hasTaken: (link, messages) => rare((door) => door.hasTaken(link, messages)) === 1,

    /** @param {number} link @param {Uint8Array} message */
    receive(link, message) {
      port.start()
      writeU32(link)
      writeRaw(message)
      call(COMMANDS.receive, end())
      touched()
    },

    /** @param {boolean} registered */
    setJudge(registered) {
      rare((door) => door.setJudge(registered))
      touched()
    },

    /** @param {number} ticket @param {Uint8Array} keep a byte an operation, 1 to keep it */
    verdict(ticket, keep) {
      port.start()
      writeU32(ticket)
      writeRaw(keep)
      call(COMMANDS.verdict, end())
      touched()
    },

    tick() {
      rare((door) => door.tick(now()))
      touched()
    },

    /** Ends the unit. @param {boolean} withOutgoing also records and messages @returns {readonly Effect[]} */
    drain(withOutgoing) {
      return port.drain(withOutgoing) === 0 ? NOTHING : readEffects(outbox())
    },

    /** Bytes of records and messages held back. */
    pendingBytes: port.pendingBytes,
    /** Bytes of the live operations; unlike status() without a fingerprint, which digests all that is new. */
    liveBytes: port.liveBytes,

    /** @returns {any} */
    status() {
      rare((door) => door.status())
      return JSON.parse(text.decode(outbox()))
    },

    /** @returns {any} */
    syncStatus() {
      rare((door) => door.syncStatus())
      return JSON.parse(text.decode(outbox()))
    },

    /** For tests: how many patterns of queries the core holds. */
    get patterns() { return port.platform.held },

    /** Why calls fail, while they do. */
    get gone() { return port.gone },

    close: port.close,
  }
}

/** @type {readonly Effect[]} */
const NOTHING = Object.freeze([])

/** @returns {Link} */
function readLink() {
  readArrayHeader()
  const source = read()
  const target = read()
  const label = read()
  const value = read()
  const physical = read()
  return { source, target, label, value, timestamp: { physical, logical: read() } }
}
