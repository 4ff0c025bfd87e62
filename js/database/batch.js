/**
 * Records the writes of one `batch` as the core's list of commands (core/replica.h), encoded at once, so that a value
 * changed afterwards is written as it was given.
 *
 * Invariant: a write that throws leaves no trace in the list; after `finish` the recorder takes nothing more.
 *
 * @typedef {object} Transaction
 * @property {(value: unknown, id?: string | { id: "hash" }) => string} put
 * @property {(id: string) => void} remove
 * @property {(source: string, target: string, options?: { label?: string, value?: unknown }) => void} link
 * @property {(source: string, target: string, options?: { label?: string }) => void} unlink
 * @property {() => void} clear
 */
import { writeValue } from "../codec/encode.js"
import { begin, end, writeArrayHeader, writeNil, writeNumber, writeText } from "../codec/writer.js"
import { WeftError } from "../errors.js"
import { KINDS } from "../core/index.js"
import { checkId, checkLabel, checkNamed, freshId } from "./ids.js"

/** The array's header is written last, in front: array 32 is the longest. */
const HEAD_BYTES = 5

/** @param {{ hash: (value: unknown) => string }} replica */
export function createRecorder(replica) {
  let buffer = new Uint8Array(4096)
  let length = HEAD_BYTES
  let count = 0
  let finished = false
  let adds = false

  /** @type {import("../codec/writer.js").Target} */
  const lend = (bytes) => {
    if (bytes > buffer.length) {
      const larger = new Uint8Array(Math.max(bytes, buffer.length * 2))
      larger.set(buffer)
      buffer = larger
    }
    return buffer
  }

  /** @param {number} kind @param {number} entries */
  function open(kind, entries) {
    if (finished) throw new WeftError("CLOSED", "this batch is over: its function must write before it returns")
    begin(lend, length)
    writeArrayHeader(entries)
    writeNumber(kind)
  }

  function close() {
    length = end()
    count++
  }

  /** @param {unknown} source @param {unknown} target */
  function checkEnds(source, target) {
    checkId(source, "source")
    checkId(target, "target")
  }

  /** @type {Transaction} */
  const transaction = {
    put(value, id) {
      const name = id === undefined ? freshId() : isHash(id) ? replica.hash(value) : id
      checkId(name, "id")
      open(KINDS.put, 3)
      adds = true
      writeText(/** @type {string} */ (name))
      writeValue(value, "value")
      close()
      return /** @type {string} */ (name)
    },
    remove(id) {
      checkId(id, "id")
      open(KINDS.remove, 2)
      writeText(id)
      close()
    },
    link(source, target, options) {
      checkEnds(source, target)
      const { label, value } = checkNamed(options, "options", ["label", "value"])
      const checked = checkLabel(label)
      open(KINDS.link, 5)
      adds = true
      writeText(source)
      writeText(checked)
      writeText(target)
      if (value === undefined) writeNil()
      else writeValue(value, "value")
      close()
    },
    unlink(source, target, options) {
      checkEnds(source, target)
      const checked = checkLabel(checkNamed(options, "options", ["label"]).label)
      open(KINDS.unlink, 4)
      writeText(source)
      writeText(checked)
      writeText(target)
      close()
    },
    clear() {
      open(KINDS.clear, 1)
      close()
    },
  }

  return {
    transaction,
    /** Whether anything recorded so far takes room: a put or a link. */
    get adds() { return adds },
    /** @returns {Uint8Array | null} the list; null when nothing was written */
    finish() {
      finished = true
      if (count === 0) return null
      const stop = length
      begin(lend, 0)
      writeArrayHeader(count)
      const head = end()
      buffer.copyWithin(HEAD_BYTES - head, 0, head)
      return buffer.subarray(HEAD_BYTES - head, stop)
    },
    drop() {
      finished = true
    },
  }
}

/** @param {unknown} id @returns {id is { id: "hash" }} */
export function isHash(id) {
  if (typeof id !== "object" || id === null) return false
  if (/** @type {{ id?: unknown }} */ (id).id === "hash" && Object.keys(id).length === 1) return true
  throw new WeftError("INVALID_ID", 'id must be a string, or { id: "hash" }', { path: "id" })
}
