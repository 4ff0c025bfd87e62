/**
 * One replica of the core as an object: every method is one crossing of the boundary (docs/boundary.md).
 *
 * Invariants
 * 1. Whatever fails throws a WeftError with the core's code; the core is then as it was before the call.
 * 2. A call that may have left effects to perform calls `touched`, so that nobody can forget to drain them.
 * 3. Views of the core's memory are made anew for each use and never leave this file; what is returned is a copy.
 * 4. A trap inside the core (a broken invariant, no more memory) ends this replica: every later call gives WASM_FAILED.
 */
import { close as closeReader, decode, open, read, readArrayHeader } from "../codec/decode.js"
import { writeValue } from "../codec/encode.js"
import { utf8Length } from "../codec/utf8.js"
import { begin, end, isEncoding, writeCounted, writeRaw, writeU32 } from "../codec/writer.js"
import { ERROR_CODES, WeftError } from "../errors.js"
import { COMMANDS, DIRECTIONS } from "./commands.js"
import { readEffects, readNodeFields } from "./effects.js"
import { instantiateCore } from "./module.js"

/**
 * @typedef {object} Timestamp
 * @property {number} physical milliseconds since 1970
 * @property {number} logical
 *
 * @typedef {{ id: string, value: any, edges: string[], timestamp: Timestamp }} Node
 * @typedef {{ source: string, target: string, label: string, value: any, timestamp: Timestamp }} Link
 * @typedef {import("./effects.js").Effect} Effect
 *
 * @typedef {object} ReplicaOptions
 * @property {boolean} nodeWriter
 * @property {boolean} replaceFullState
 * @property {boolean} reconcile
 * @property {number} oplogSize
 * @property {number} compressAbove
 * @property {number} maxDriftMs
 * @property {number} proveAfterMs
 *
 * @typedef {Awaited<ReturnType<typeof createReplica>>} Replica
 */

const text = new TextDecoder()

/**
 * @param {object} setup
 * @param {import("./module.js").Locate} setup.locate
 * @param {ReplicaOptions} setup.options checked
 * @param {() => void} setup.touched
 * @param {() => number} [setup.now] the wall clock, milliseconds since 1970
 */
export async function createReplica({ locate, options, touched, now = Date.now }) {
  const wasm = await instantiateCore(locate)
  const id = crypto.getRandomValues(new Uint32Array(2))
  id[1] |= 1 // never 0
  const door = new wasm.Replica({ ...options, replicaHigh: id[0], replicaLow: id[1] })
  const handle = door.handle()
  /** @type {WeftError | null} closed, or broken */
  let gone = null

  /** @type {import("../codec/writer.js").Target} */
  const inbox = (bytes) => {
    const at = wasm._weft_inbox(bytes)
    return new Uint8Array(wasm.HEAPU8.buffer, at, bytes)
  }

  const outbox = () => new Uint8Array(wasm.HEAPU8.buffer, wasm._weft_outbox(), wasm._weft_outbox_length())

  function check() {
    if (gone) throw new WeftError(gone.code, gone.message)
    if (isEncoding()) throw new WeftError("INVALID_ARGUMENT", "the database was called from a getter or toJSON of a value it is encoding")
  }

  /** @param {unknown} error @returns {WeftError} */
  function broken(error) {
    gone = new WeftError("WASM_FAILED", `the core stopped: ${String(error)}; open the database again`, { cause: error })
    return gone
  }

  /** @param {number} result negative @returns {WeftError} */
  function failure(result) {
    const [message, path] = decode(outbox())
    return new WeftError(ERROR_CODES[-result - 1] ?? "INTERNAL", message, path === "" ? {} : { path })
  }

  /** @param {number} command @param {number} length of the arguments in the inbox @returns {number} */
  function call(command, length) {
    check()
    let result
    try {
      result = wasm._weft_call(handle, command, length, now())
    } catch (error) {
      throw broken(error)
    }
    if (result < 0) throw failure(result)
    return result
  }

  /**
   * A rare call by the class.
   * @param {(door: import("./glue.js").Door) => number} body
   */
  function rare(body) {
    check()
    let result
    try {
      result = body(door)
    } catch (error) {
      throw broken(error)
    }
    if (result < 0) throw failure(result)
    return result
  }

  /** @param {number} command @param {string} name one id @param {number} bytes its UTF-8 */
  function callWithId(command, name, bytes) {
    check()
    begin(inbox)
    writeCounted(name, bytes)
    return call(command, end())
  }

  /** @param {number} command @param {Uint8Array} bytes */
  function callWithBytes(command, bytes) {
    check()
    begin(inbox)
    writeRaw(bytes)
    return call(command, end())
  }

  /** @param {string} source @param {string} label @param {string} target */
  function writeEnds(source, label, target) {
    check()
    begin(inbox)
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

  const replica = {
    /** 16 hex digits. */
    id: [...id].map((half) => half.toString(16).padStart(8, "0")).join(""),

    /** @param {string} name @param {number} bytes its UTF-8 @param {unknown} value */
    put(name, bytes, value) {
      check()
      begin(inbox)
      writeCounted(name, bytes)
      writeValue(value, "value")
      call(COMMANDS.put, end())
      touched()
    },

    /** The content-addressed id of a value: its SHA-256, 64 hex digits. @param {unknown} value @returns {string} */
    hash(value) {
      check()
      begin(inbox)
      writeValue(value, "value")
      call(COMMANDS.hash, end())
      return text.decode(outbox())
    },

    /** @param {string} name @param {number} bytes @returns {Node | null} */
    get(name, bytes) {
      if (callWithId(COMMANDS.get, name, bytes) === 0) return null
      open(outbox())
      readArrayHeader()
      const node = readNodeFields()
      closeReader()
      return node
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
      check()
      begin(inbox)
      writeCounted(name, bytes)
      writeRaw(Uint8Array.of(DIRECTIONS[direction]))
      if (label !== undefined) writeCounted(label, utf8Length(label))
      call(COMMANDS.links, end())
      return readList(readLink)
    },

    /** @param {Uint8Array} query JSON */
    map(query) {
      callWithBytes(COMMANDS.map, query)
      return readList(readNode)
    },

    /** @param {Uint8Array} query JSON @returns {number} the subscription */
    subscribe(query) {
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
      rare((rareDoor) => rareDoor.unsubscribe(subscription))
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

    /** @param {Uint8Array} state @returns {number} how many nodes and links */
    restore(state) {
      const count = callWithBytes(COMMANDS.restore, state)
      touched()
      return count
    },

    /** @param {Uint8Array} rows the next bytes of a journal */
    load(rows) {
      callWithBytes(COMMANDS.load, rows)
    },

    loadEnd() {
      rare((rareDoor) => rareDoor.loadEnd(now()))
      touched()
    },

    snapshot() {
      call(COMMANDS.snapshot, 0)
      return outbox().slice()
    },

    /** @param {boolean} owner */
    setStoreOwner(owner) {
      rare((rareDoor) => rareDoor.setStoreOwner(owner))
      touched()
    },

    /** @param {number} link @param {{ tab: boolean, bridge: boolean }} kind */
    linkOpen(link, { tab, bridge }) {
      rare((rareDoor) => rareDoor.linkOpen(link, tab, bridge, now()))
      touched()
    },

    /** @param {number} link */
    linkClose(link) {
      rare((rareDoor) => rareDoor.linkClose(link))
      touched()
    },

    /** @param {number} link @param {Uint8Array} message */
    receive(link, message) {
      check()
      begin(inbox)
      writeU32(link)
      writeRaw(message)
      call(COMMANDS.receive, end())
      touched()
    },

    /** @param {boolean} registered */
    setJudge(registered) {
      rare((rareDoor) => rareDoor.setJudge(registered))
      touched()
    },

    /** @param {number} ticket @param {Uint8Array} keep a byte an operation, 1 to keep it */
    verdict(ticket, keep) {
      check()
      begin(inbox)
      writeU32(ticket)
      writeRaw(keep)
      call(COMMANDS.verdict, end())
      touched()
    },

    tick() {
      rare((rareDoor) => rareDoor.tick(now()))
      touched()
    },

    /** Ends the unit. @param {boolean} withOutgoing also records and messages @returns {readonly Effect[]} */
    drain(withOutgoing) {
      if (gone) return NOTHING
      let length
      try {
        length = wasm._weft_drain(handle, withOutgoing ? 1 : 0, now())
      } catch (error) {
        throw broken(error)
      }
      if (length < 0) throw failure(length)
      return length === 0 ? NOTHING : readEffects(outbox())
    },

    /** Bytes of records and messages held back. */
    pendingBytes() {
      return gone ? 0 : wasm._weft_pending_bytes(handle)
    },

    /** @returns {any} */
    status() {
      rare((rareDoor) => rareDoor.status())
      return JSON.parse(text.decode(outbox()))
    },

    /** @returns {any} */
    syncStatus() {
      rare((rareDoor) => rareDoor.syncStatus())
      return JSON.parse(text.decode(outbox()))
    },

    /** Why calls fail, while they do. */
    get gone() { return gone },

    close() {
      if (gone?.code === "CLOSED") return
      const trapped = gone !== null
      gone = new WeftError("CLOSED", "the database is closed")
      if (!trapped) door.delete()
    },
  }
  return replica
}

/** @type {readonly Effect[]} */
const NOTHING = Object.freeze([])

/** @returns {Node} */
function readNode() {
  readArrayHeader()
  return readNodeFields()
}

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
