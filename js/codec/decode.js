/**
 * The canonical MessagePack dialect (docs/data-model.md) → JS values, read from bytes that its owner lends.
 *
 * Invariants
 * 1. Bounded: a declared length is checked against what is there, nesting against MAX_DEPTH; anything else than the
 *    dialect, and bytes that end early, throw MALFORMED.
 * 2. What is returned is a copy: no view of the bytes lent leaves this file.
 * 3. A map's `__proto__` is a field like any other.
 * 4. Whether a map had a shape that was known (shapes.js) shows in nothing but the time it took.
 */
import { WeftError } from "../errors.js"
import { MAX_DEPTH } from "./limits.js"
import { shapeOf } from "./shapes.js"

/** @type {Uint8Array} */
const EMPTY = new Uint8Array(0)
/** Up to here a text is read as ASCII, char by char; above, the platform's decoder is faster. */
const SHORT_TEXT = 32
/** Names of fields are few and come again and again: kept by a hash of their bytes. */
const NAME_SLOTS = 1024
const LONGEST_NAME = 24
/** Shapes of maps, found by how many names there are and how the first begins. */
const SHAPE_SLOTS = 256
/** So many maps that the shape of their slot did not fit, and the last of them is its next shape. */
const MISSES = 8

/** One array of char codes for each length of a short text, used again and again. */
const CODES = Array.from({ length: SHORT_TEXT + 1 }, (_, length) => new Array(length).fill(0))

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)

/** @type {Uint8Array} */
let bytes = EMPTY
let at = 0
let stop = 0

/** @type {(string | undefined)[]} */
const names = new Array(NAME_SLOTS).fill(undefined)
/** @type {(import("./shapes.js").Shape | undefined)[]} */
const shapes = new Array(SHAPE_SLOTS).fill(undefined)
const misses = new Uint8Array(SHAPE_SLOTS)

/**
 * Begins to read `source` from `from` up to `to`.
 * @param {Uint8Array} source @param {number} [from] @param {number} [to]
 */
export function open(source, from = 0, to = source.length) {
  bytes = source
  at = from
  stop = to
}

/** @returns {number} where the next value begins, in the source */
export function position() {
  return at
}

/** Ends the reading: everything was to be read. */
export function close() {
  const left = stop - at
  bytes = EMPTY
  at = stop = 0
  if (left !== 0) malformed("trailing bytes")
}

/**
 * The one value that `source` holds.
 * @param {Uint8Array} source
 * @returns {any}
 */
export function decode(source) {
  open(source)
  const value = read()
  close()
  return value
}

/** @returns {any} the next value */
export function read() {
  return readAny(0)
}

/** @returns {number} how many entries the array that follows has */
export function readArrayHeader() {
  const type = byte()
  if (type >= 0x90 && type <= 0x9f) return type & 0x0f
  if (type === 0xdc) return number(2)
  if (type === 0xdd) return number(4)
  return malformed("an array was expected")
}

/** @returns {number} a little-endian u32 that is not MessagePack */
export function readU32() {
  need(4)
  at += 4
  return (bytes[at - 4] | (bytes[at - 3] << 8) | (bytes[at - 2] << 16) | (bytes[at - 1] << 24)) >>> 0
}

/** @param {string} what @returns {never} */
function malformed(what) {
  bytes = EMPTY
  throw new WeftError("MALFORMED", `not a value of the dialect: ${what}`)
}

/** @param {number} count */
function need(count) {
  if (count > stop - at) malformed("cut short")
}

function byte() {
  if (at >= stop) malformed("cut short")
  return bytes[at++]
}

/** A big-endian number of `width` bytes, at most 4. @param {number} width */
function number(width) {
  need(width)
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + bytes[at++]
  return value
}

/** @param {number} depth @returns {any} */
function readAny(depth) {
  const type = byte()
  if (type < 0x80) return type
  if (type < 0x90) return readMap(type & 0x0f, depth)
  if (type < 0xa0) return readArray(type & 0x0f, depth)
  if (type < 0xc0) return readText(type & 0x1f)
  if (type >= 0xe0) return type - 0x100
  switch (type) {
    case 0xc0: return null
    case 0xc2: return false
    case 0xc3: return true
    case 0xc4: return readBinary(number(1))
    case 0xc5: return readBinary(number(2))
    case 0xc6: return readBinary(number(4))
    case 0xcb: return readFloat()
    case 0xcc: return number(1)
    case 0xcd: return number(2)
    case 0xce: return number(4)
    case 0xcf: return readWide(0)
    case 0xd0: return (number(1) << 24) >> 24
    case 0xd1: return (number(2) << 16) >> 16
    case 0xd2: return number(4) | 0
    case 0xd3: return readWide(0x80000000)
    case 0xd7: return readExtension()
    case 0xd9: return readText(number(1))
    case 0xda: return readText(number(2))
    case 0xdb: return readText(number(4))
    case 0xdc: return readArray(number(2), depth)
    case 0xdd: return readArray(number(4), depth)
    case 0xde: return readMap(number(2), depth)
    case 0xdf: return readMap(number(4), depth)
    default: return malformed(`type 0x${type.toString(16)}`)
  }
}

/** A 64-bit integer that a JS number holds exactly. @param {number} sign the high half's sign bit, 0 when unsigned */
function readWide(sign) {
  let high = number(4)
  const low = number(4)
  if (sign !== 0) high |= 0
  const value = high * 0x100000000 + low
  if (!Number.isSafeInteger(value)) malformed("an integer beyond 2^53")
  return value
}

function readFloat() {
  need(8)
  for (let i = 7; i >= 0; i--) floatBytes[i] = bytes[at++]
  return float[0]
}

/** @param {number} length */
function readBinary(length) {
  need(length)
  at += length
  return bytes.slice(at - length, at)
}

function readExtension() {
  const type = byte()
  if (type === 1) return readDate()
  if (type !== 2 && type !== 3) return malformed(`extension ${type}`)
  const value = (BigInt(number(4)) << 32n) | BigInt(number(4))
  if (type === 2) return BigInt.asIntN(64, value)
  return value > 0x7fffffffffffffffn ? value : malformed("a small bigint in the wide form")
}

function readDate() {
  const high = number(4) | 0
  const date = new Date(high * 0x100000000 + number(4))
  return date.getTime() === date.getTime() ? date : malformed("a date beyond what a Date can be")
}

/** @param {number} length */
function readText(length) {
  need(length)
  const end = at + length
  if (length <= SHORT_TEXT) {
    const text = shortAscii(at, end)
    if (text !== undefined) {
      at = end
      return text
    }
  }
  return readUtf8(end)
}

/** @param {number} end */
function readUtf8(end) {
  const start = at
  at = end
  try {
    return utf8.decode(bytes.subarray(start, end))
  } catch {
    return malformed("text that is not UTF-8")
  }
}

/** The text, or undefined when it is not ASCII. @param {number} from @param {number} to */
function shortAscii(from, to) {
  const source = bytes
  const codes = CODES[to - from]
  let all = 0
  for (let i = from, j = 0; i < to; i++, j++) all |= codes[j] = source[i]
  return all > 0x7f ? undefined : String.fromCharCode.apply(null, codes)
}

/** @param {number} length @param {number} depth */
function readArray(length, depth) {
  if (depth >= MAX_DEPTH) malformed("nested too deep")
  need(length)
  const array = new Array(length)
  for (let i = 0; i < length; i++) array[i] = readAny(depth + 1)
  return array
}

/** @param {number} length @param {number} depth */
function readMap(length, depth) {
  if (depth >= MAX_DEPTH) malformed("nested too deep")
  need(length * 2)
  if (length === 0) return {}
  const slot = shapeSlot(length)
  const shape = shapes[slot]
  if (shape === undefined || shape.names.length !== length) return readUnfit({}, length, depth, slot)
  const map = shape.spread(shape.template)
  for (let i = 0; i < length; i++) {
    if (!skipName(shape.names[i])) return readUnfit(beginning(map, shape.names, i), length - i, depth, slot)
    map[shape.names[i]] = readAny(depth + 1)
  }
  return map
}

/** @param {number} length of the map whose first name is next */
function shapeSlot(length) {
  return (length * 31 + bytes[at] * 7 + (at + 1 < stop ? bytes[at + 1] : 0)) & (SHAPE_SLOTS - 1)
}

/** Whether the name that is next is this one; then it is read. @param {string} name ASCII, 1 to 31 chars */
function skipName(name) {
  const length = name.length
  if (bytes[at] !== (0xa0 | length) || length >= stop - at || !spells(name, at + 1, length)) return false
  at += 1 + length
  return true
}

/** The first `count` fields of a map that is not what it seemed. @param {Record<string, any>} map @param {string[]} names @param {number} count */
function beginning(map, names, count) {
  /** @type {Record<string, any>} */
  const begun = {}
  for (let i = 0; i < count; i++) begun[names[i]] = map[names[i]]
  return begun
}

/** A map that the shape of its slot does not fit. @param {Record<string, any>} map @param {number} left @param {number} depth @param {number} slot */
function readUnfit(map, left, depth, slot) {
  for (let i = 0; i < left; i++) {
    const name = readName()
    const value = readAny(depth + 1)
    if (name === "__proto__") {
      Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true })
    } else map[name] = value
  }
  if (++misses[slot] >= MISSES) {
    misses[slot] = 0
    shapes[slot] = shapeOf(Object.keys(map))
  }
  return map
}

/** A field's name, from the table when it was met before. */
function readName() {
  const type = byte()
  if (type >= 0xa0 && type <= 0xbf && (type & 0x1f) <= LONGEST_NAME) return readShortName(type & 0x1f)
  if (type >= 0xa0 && type <= 0xbf) return readText(type & 0x1f)
  if (type === 0xd9) return readText(number(1))
  if (type === 0xda) return readText(number(2))
  if (type === 0xdb) return readText(number(4))
  return malformed("a field's name that is not text")
}

/** @param {number} length */
function readShortName(length) {
  need(length)
  const end = at + length
  const source = bytes
  let hash = length
  for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + source[i]) | 0
  const slot = (hash ^ (hash >>> 12)) & (NAME_SLOTS - 1)
  const known = names[slot]
  if (known !== undefined && spells(known, at, length)) {
    at = end
    return known
  }
  const name = shortAscii(at, end)
  if (name === undefined) return readUtf8(end)
  at = end
  names[slot] = name
  return name
}

/** Whether the bytes are exactly this ASCII text. @param {string} text @param {number} from @param {number} length */
function spells(text, from, length) {
  if (text.length !== length) return false
  const source = bytes
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== source[from + i]) return false
  return true
}
