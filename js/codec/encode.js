/**
 * JS values → the canonical MessagePack dialect (docs/data-model.md, "Canonical"), written straight into a target
 * that its owner lends: the core's inbox, or a plain buffer.
 *
 *   nil · bool · shortest integer within ±(2^53-1), else float 64 (one NaN, -0 is a float) · str · bin (Uint8Array)
 *   array · map (own enumerable names, writer's order; the core sorts the top) · fixext 8: 1 Date (signed ms),
 *   2 bigint (s64), 3 bigint above s64 (u64)
 *
 * Invariants
 * 1. What cannot be said in the dialect throws a WeftError with `code` and the `path` of the offender.
 * 2. One value is written at a time. Getters and `toJSON` are the caller's code: while they run, `isEncoding()` is true
 *    and `begin` refuses, since another use of the target would tear this one.
 * 3. The target is asked for at `begin` and when it must grow, and dropped at `end`: no view of wasm memory is kept.
 */
import { WeftError } from "../errors.js"
import { MAX_DEPTH, MAX_VALUE_BYTES } from "./limits.js"
import { utf8Length, writeUtf8 } from "./utf8.js"

/**
 * Lends a buffer of at least `bytes`. What was written to the one lent before is at the same offsets in it.
 * @callback Target
 * @param {number} bytes
 * @returns {Uint8Array}
 */

const FIRST_BYTES = 4096
/** Up to here a string is first tried as ASCII, char by char; above, the platform's encoder is faster. */
const SHORT_TEXT = 48
/** Above this many characters the bytes of a text are counted before room is asked for. */
const LONG_TEXT = 65536

/** @type {Uint8Array} */
const EMPTY = new Uint8Array(0)
const hasOwn = Object.prototype.hasOwnProperty
const { getPrototypeOf } = Object
const plainPrototype = Object.prototype

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)
/** The one NaN, little-endian. */
const NAN_BYTES = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

/** @type {Target} */
let target = () => EMPTY
/** @type {Uint8Array} */
let bytes = EMPTY
let at = 0
let room = 0
let encoding = false
/** Where the value began, and what its path is called. */
let from = 0
let rootName = "value"
/** @type {unknown} */
let root
/** The key taken at each depth, null for a toJSON(); only read when something is wrong. @type {(string | number | null)[]} */
const trail = []

/** Whether a value is being written right now, so that the caller's getters may be running. */
export function isEncoding() {
  return encoding
}

/** @param {Target} lender @param {number} [start] where to go on, when something was written before */
export function begin(lender, start = 0) {
  if (encoding) {
    throw new WeftError("INVALID_ARGUMENT", "the database was called from a getter or toJSON of a value it is encoding")
  }
  target = lender
  bytes = lender(start + FIRST_BYTES)
  room = bytes.length
  at = start
}

/** Ends the writing; returns where it ended: how many bytes were written, from the very start. */
export function end() {
  bytes = EMPTY
  room = 0
  return at
}

/** @param {number} more */
function grow(more) {
  if (encoding && at - from > MAX_VALUE_BYTES) tooLarge()
  bytes = target(Math.max(at + more, room * 2))
  room = bytes.length
}

/**
 * A string with its length as u16 in front of it: an id where no MessagePack is needed. The caller checked it.
 * @param {string} text @param {number} length its bytes of UTF-8
 */
export function writeCounted(text, length) {
  if (at + 2 + length > room) grow(2 + length)
  bytes[at] = length
  bytes[at + 1] = length >> 8
  at += 2
  if (length === text.length) for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i)
  else at = writeUtf8(text, bytes, at)
}

/** @param {Uint8Array} raw bytes as they are, without a header */
export function writeRaw(raw) {
  if (at + raw.length > room) grow(raw.length)
  bytes.set(raw, at)
  at += raw.length
}

/** @param {number} value */
export function writeU32(value) {
  if (at + 4 > room) grow(4)
  for (let shift = 0; shift < 32; shift += 8) bytes[at++] = value >>> shift
}

/**
 * One value of the caller's.
 * @param {unknown} value
 * @param {string} name what a path to it begins with
 */
export function writeValue(value, name) {
  from = at
  rootName = name
  root = value
  encoding = true
  try {
    write(value, 0)
    if (value === undefined) fail("INVALID_VALUE", "undefined is not a value", 0)
    if (at - from > MAX_VALUE_BYTES) tooLarge()
  } catch (error) {
    if (error instanceof WeftError) throw error
    throw new WeftError("INVALID_VALUE", `${name} could not be read: ${String(error)}`, { path: name, cause: error })
  } finally {
    encoding = false
    root = undefined
  }
}

/** @param {unknown} value @param {number} depth how many containers it stands in */
function write(value, depth) {
  switch (typeof value) {
    case "string": return writeText(value, depth)
    case "number": return writeNumber(value)
    case "boolean": return writeByte(value ? 0xc3 : 0xc2)
    case "object": return value === null ? writeNil() : writeObject(value, depth)
    case "undefined": return writeNil()
    case "bigint": return writeBigint(value, depth)
    default: return fail("INVALID_VALUE", `a ${typeof value} is not a value`, depth)
  }
}

/** @param {number} byte */
function writeByte(byte) {
  if (at >= room) grow(1)
  bytes[at++] = byte
}

export function writeNil() {
  writeByte(0xc0)
}

/** @param {number} value */
export function writeNumber(value) {
  if (at + 9 > room) grow(9)
  if (value >= 0 && value < 0x80 && (value | 0) === value && (value !== 0 || 1 / value > 0)) bytes[at++] = value
  else if (!Number.isSafeInteger(value) || (value === 0 && 1 / value < 0)) writeFloat(value)
  else if (value >= 0) writePositive(value)
  else writeNegative(value)
}

/** @param {number} value */
function writeFloat(value) {
  const into = bytes
  let to = at
  float[0] = value
  if (value !== value) floatBytes.set(NAN_BYTES)
  into[to++] = 0xcb
  for (let i = 7; i >= 0; i--) into[to++] = floatBytes[i]
  at = to
}

/** @param {number} value an integer above 127 */
function writePositive(value) {
  if (value < 0x100) head(0xcc, value, 1)
  else if (value < 0x10000) head(0xcd, value, 2)
  else if (value < 0x100000000) head(0xce, value, 4)
  else writeWide(0xcf, value)
}

/** @param {number} value */
function writeNegative(value) {
  if (value >= -0x20) bytes[at++] = value
  else if (value >= -0x80) head(0xd0, value, 1)
  else if (value >= -0x8000) head(0xd1, value, 2)
  else if (value >= -0x80000000) head(0xd2, value, 4)
  else writeWide(0xd3, value)
}

/** A type byte and a big-endian number of `width` bytes. @param {number} type @param {number} value @param {number} width */
function head(type, value, width) {
  bytes[at++] = type
  if (width === 4) {
    bytes[at++] = value >>> 24
    bytes[at++] = value >>> 16
  }
  if (width >= 2) bytes[at++] = value >>> 8
  bytes[at++] = value
}

/** @param {number} type @param {number} value */
function writeWide(type, value) {
  const high = Math.floor(value / 0x100000000)
  const low = value - high * 0x100000000
  head(type, high, 4)
  bytes[at++] = low >>> 24
  bytes[at++] = low >>> 16
  bytes[at++] = low >>> 8
  bytes[at++] = low
}

/** @param {bigint} value @param {number} depth */
function writeBigint(value, depth) {
  if (at + 10 > room) grow(10)
  const above = value > 0x7fffffffffffffffn
  if (value > 0xffffffffffffffffn || value < -0x8000000000000000n) {
    fail("INVALID_VALUE", "a bigint must fit in 64 bits", depth)
  }
  bytes[at++] = 0xd7
  bytes[at++] = above ? 3 : 2
  for (let shift = 56n; shift >= 0n; shift -= 8n) bytes[at++] = Number((value >> shift) & 0xffn)
}

/** @param {Date} value @param {number} depth */
function writeDate(value, depth) {
  const ms = value.getTime()
  if (ms !== ms) fail("INVALID_VALUE", "an invalid Date is not a value", depth)
  if (at + 10 > room) grow(10)
  bytes[at++] = 0xd7
  writeWide(1, ms)
}

/** @param {Uint8Array} value */
function writeBinary(value) {
  const { length } = value
  if (length > MAX_VALUE_BYTES) tooLarge()
  if (at + 5 + length > room) grow(5 + length)
  if (length < 0x100) head(0xc4, length, 1)
  else if (length < 0x10000) head(0xc5, length, 2)
  else head(0xc6, length, 4)
  bytes.set(value, at)
  at += length
}

/** @param {string} text @param {number} depth */
function writeText(text, depth) {
  const { length } = text
  if (length <= SHORT_TEXT) {
    if (at + 2 + length > room) grow(2 + length)
    const into = bytes
    let to = at
    if (length < 32) into[to++] = 0xa0 | length
    else {
      into[to++] = 0xd9
      into[to++] = length
    }
    let i = 0
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) break
      into[to++] = code
    }
    if (i === length) {
      at = to
      return
    }
  }
  writeLongText(text, depth)
}

/** @param {string} text @param {number} depth */
function writeLongText(text, depth) {
  if (text.length > MAX_VALUE_BYTES) tooLarge()
  const most = text.length > LONG_TEXT || text.length <= SHORT_TEXT ? utf8Length(text) : text.length * 3
  if (most < 0) unpaired(depth)
  if (at + 5 + most > room) grow(5 + most)
  // The header's width follows from the length in bytes, which is known for sure only afterwards.
  const start = at
  const width = headerWidth(text.length)
  const stop = writeUtf8(text, bytes, start + width)
  if (stop < 0) unpaired(depth)
  const length = stop - start - width
  const needed = headerWidth(length)
  if (needed !== width) bytes.copyWithin(start + needed, start + width, stop)
  if (needed === 1) bytes[at++] = 0xa0 | length
  else if (needed === 2) head(0xd9, length, 1)
  else if (needed === 3) head(0xda, length, 2)
  else head(0xdb, length, 4)
  at += length
}

/** @param {number} length */
function headerWidth(length) {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5
}

/** @param {string} text */
export function writeString(text) {
  writeText(text, 0)
}

/** @param {number} length */
export function writeArrayHeader(length) {
  if (at + 5 > room) grow(5)
  if (length < 16) bytes[at++] = 0x90 | length
  else if (length < 0x10000) head(0xdc, length, 2)
  else head(0xdd, length, 4)
}

/** @param {object} object @param {number} depth */
function writeObject(object, depth) {
  if (Array.isArray(object)) return writeArray(object, depth)
  const prototype = getPrototypeOf(object)
  if (prototype === plainPrototype || prototype === null) return writeMap(object, depth)
  if (object instanceof Uint8Array) return writeBinary(object)
  if (object instanceof Date) return writeDate(object, depth)
  writeForeign(object, prototype, depth)
}

/** Class instances, and what came from another realm. @param {object} object @param {object} prototype @param {number} depth */
function writeForeign(object, prototype, depth) {
  const tag = Object.prototype.toString.call(object)
  if (tag === "[object Date]") return writeDate(new Date(Number(object)), depth)
  if (tag === "[object Uint8Array]") return writeBinary(new Uint8Array(/** @type {any} */ (object)))
  const { toJSON } = /** @type {any} */ (object)
  if (typeof toJSON === "function") return writeJson(object, depth)
  if (tag === "[object Object]" && getPrototypeOf(prototype) === null) return writeMap(object, depth)
  const name = prototype.constructor?.name || tag.slice(8, -1)
  fail("INVALID_VALUE", `an instance of ${name} is not a value`, depth)
}

/**
 * What a `toJSON` says instead counts as a level deeper, so that one which returns itself comes to an end.
 * @param {any} object @param {number} depth
 */
function writeJson(object, depth) {
  if (depth >= MAX_DEPTH) tooDeep(depth)
  trail[depth] = null
  const value = object.toJSON(String(depth > 0 ? trail[depth - 1] ?? "" : ""))
  if (value === undefined) fail("INVALID_VALUE", "undefined is not a value", depth + 1)
  write(value, depth + 1)
}

/** @param {unknown[]} array @param {number} depth */
function writeArray(array, depth) {
  if (depth >= MAX_DEPTH) tooDeep(depth)
  const { length } = array
  if (length > MAX_VALUE_BYTES) tooLarge()
  writeArrayHeader(length)
  for (let i = 0; i < length; i++) {
    trail[depth] = i
    write(array[i], depth + 1)
  }
}

/** @param {object} object @param {number} depth */
function writeMap(object, depth) {
  if (depth >= MAX_DEPTH) tooDeep(depth)
  writeByte(0x80)
  const start = at
  let count = 0
  const map = /** @type {Record<string, unknown>} */ (object)
  for (const key in map) {
    if (!hasOwn.call(map, key)) continue
    const value = map[key]
    if (value === undefined) continue
    trail[depth] = key
    if (typeof value === "function" && key === "toJSON") {
      at = start - 1
      return writeJson(object, depth)
    }
    count++
    writeText(key, depth + 1)
    write(value, depth + 1)
  }
  if (count < 16) bytes[start - 1] = 0x80 | count
  else widenMapHeader(start, count)
}

/** @param {number} start where the entries begin @param {number} count */
function widenMapHeader(start, count) {
  const more = count < 0x10000 ? 2 : 4
  if (at + more > room) grow(more)
  bytes.copyWithin(start + more, start, at)
  const stop = at + more
  at = start - 1
  head(more === 2 ? 0xde : 0xdf, count, more)
  at = stop
}

/** @param {import("../errors.js").ErrorCode} code @param {string} what @param {number} depth @returns {never} */
function fail(code, what, depth) {
  const path = pathTo(depth)
  throw new WeftError(code, `${path}: ${what}`, { path })
}

/** @param {number} depth @returns {never} */
function unpaired(depth) {
  fail("INVALID_VALUE", "a string with an unpaired surrogate is not a value", depth)
}

/** @param {number} depth @returns {never} */
function tooDeep(depth) {
  const circle = findCircle(depth)
  if (circle >= 0) fail("CIRCULAR_VALUE", "the value contains itself", circle)
  fail("TOO_DEEP", `nested deeper than ${MAX_DEPTH}`, depth)
}

/** @returns {never} */
function tooLarge() {
  const circle = findCircle(trail.length)
  if (circle >= 0) fail("CIRCULAR_VALUE", "the value contains itself", circle)
  throw new WeftError("TOO_LARGE", `${rootName}: larger than ${MAX_VALUE_BYTES} bytes encoded`, { path: rootName })
}

/**
 * The depth at which the path in `trail` meets an object it has passed already, or -1. A circle always ends in a limit,
 * so only then it is looked for, and writing costs nothing for it.
 * @param {number} depth
 */
function findCircle(depth) {
  const passed = new Set()
  let value = /** @type {any} */ (root)
  for (let i = 0; i <= depth; i++) {
    if (value === null || typeof value !== "object") return -1
    if (passed.has(value)) return i
    passed.add(value)
    const key = trail[i]
    // Below the present depth the trail is what an earlier value left, which need not fit this one.
    value = key === null ? value.toJSON?.("") : value[key]
  }
  return -1
}

/** @param {number} depth */
function pathTo(depth) {
  let path = rootName
  for (const key of trail.slice(0, depth)) {
    if (key === null) path += ".toJSON()"
    else if (typeof key === "number") path += `[${key}]`
    else if (/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key)) path += `.${key}`
    else path += `[${JSON.stringify(key)}]`
  }
  return path
}
