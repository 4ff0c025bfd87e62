/**
 * The raw door to one instance of the core: writes a command's arguments, makes the call, tells what came of it.
 *
 * Invariants
 * 1. A negative result is thrown as a WeftError with the core's code, message and path.
 * 2. Views of the core's memory are made anew for each use and never kept: memory growth empties them.
 * 3. A call in which the platform failed throws what the platform says, whatever came out.
 * 4. A trap inside the core (a broken invariant, no more memory) ends the port: every later call gives WASM_FAILED.
 */
import { decode } from "../codec/decode.js"
import { begin, end, isEncoding, writeCounted, writeRaw } from "../codec/writer.js"
import { ERROR_CODES, WeftError } from "../errors.js"
import { instantiateCore } from "./module.js"
import { createPlatform } from "./platform.js"

/** @typedef {Awaited<ReturnType<typeof openPort>>} Port */

/**
 * @param {object} setup
 * @param {import("./module.js").Locate} setup.locate
 * @param {import("./glue.js").CoreOptions} setup.options
 * @param {() => number} setup.now
 */
export async function openPort({ locate, options, now }) {
  const platform = createPlatform()
  const wasm = await instantiateCore(locate, platform)
  const door = new wasm.Replica(options)
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
    platform.check()
    if (result < 0) throw failure(result)
    return result
  }

  return {
    platform,
    outbox,
    call,

    /** Begins to write a command's arguments. */
    start() {
      check()
      begin(inbox)
    },

    /** @param {number} command @param {string} id @param {number} bytes its UTF-8 */
    callWithId(command, id, bytes) {
      check()
      begin(inbox)
      writeCounted(id, bytes)
      return call(command, end())
    },

    /** @param {number} command @param {Uint8Array} bytes */
    callWithBytes(command, bytes) {
      check()
      begin(inbox)
      writeRaw(bytes)
      return call(command, end())
    },

    /**
     * A rare call, by the class.
     * @param {(door: import("./glue.js").Door) => number} body
     */
    rare(body) {
      check()
      let result
      try {
        result = body(door)
      } catch (error) {
        throw broken(error)
      }
      if (result < 0) throw failure(result)
      return result
    },

    /** @param {boolean} withOutgoing @returns {number} bytes of effect frames in the outbox */
    drain(withOutgoing) {
      if (gone) return 0
      let length
      try {
        length = wasm._weft_drain(handle, withOutgoing ? 1 : 0, now())
      } catch (error) {
        throw broken(error)
      }
      platform.check()
      if (length < 0) throw failure(length)
      return length
    },

    pendingBytes: () => (gone ? 0 : wasm._weft_pending_bytes(handle)),
    liveBytes: () => (gone ? 0 : wasm._weft_live_bytes(handle)),

    get gone() { return gone },

    close() {
      if (gone?.code === "CLOSED") return
      const trapped = gone !== null
      gone = new WeftError("CLOSED", "the database is closed")
      if (!trapped) door.delete()
    },
  }
}
