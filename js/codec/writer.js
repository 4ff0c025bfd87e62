/**
 * Writes MessagePack piece by piece, always in the shortest form, straight into a target that its owner lends: the
 * core's inbox, or a plain buffer. What makes a whole value of the pieces is encode.js.
 *
 *   nil · bool · shortest integer within ±(2^53-1), else float 64 (one NaN, -0 is a float) · str · bin · array · map
 *   fixext 8: 1 Date (signed ms), 2 bigint (s64), 3 bigint above s64 (u64)
 *
 * Invariants
 * 1. One writing at a time, from `begin` to `end`; between `lock` and `unlock` (a value whose getters may be running)
 *    `begin` is refused, since another use of the target would tear what is half written.
 * 2. The target is asked for at `begin` and when it must grow, and dropped at `end`: no view of wasm memory is kept.
 * 3. The state is the module's, not an object's: the engine then knows where it is. There is one thread.
 */
import { WeftError } from "../errors.js"
import { MAX_VALUE_BYTES } from "./limits.js"
import { utf8Length, writeUtf8 } from "./utf8.js"

/**
 * Lends a buffer of at least `bytes`. What was written to the one lent before is at the same offsets in it.
 * @callback Target
 * @param {number} bytes
 * @returns {Uint8Array}
 */

const FIRST_BYTES = 4096
/** Up to here a text is first tried as ASCII, char by char; above, the platform's encoder is faster. */
const SHORT_TEXT = 48
/** Above this many characters the bytes of a text are counted before room is asked for. */
const LONG_TEXT = 65536

/** @type {Uint8Array} */
const EMPTY = new Uint8Array(0)
const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)
/** The one NaN, little-endian. */
const NAN_BYTES = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]

/** @type {Target} */
let target = () => EMPTY
let bytes = EMPTY
let at = 0
let room = 0
let locked = false
/** Where the value began whose size is bounded. */
let from = 0

/** Whether a value is being written right now, so that the caller's getters may be running. */
export function isEncoding() {
  return locked
}

/** @param {Target} lender @param {number} [start] where to go on, when something was written before */
export function begin(lender, start = 0) {
  if (locked) {
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

/** A value begins. */
export function lock() {
  from = at
  locked = true
}

export function unlock() {
  locked = false
}

/** TOO_LARGE when the value is above its bound. */
export function checkSize() {
  if (at - from > MAX_VALUE_BYTES) tooLarge()
}

/** @returns {never} */
export function tooLarge() {
  throw new WeftError("TOO_LARGE", `larger than ${MAX_VALUE_BYTES} bytes encoded`)
}

/** @param {number} more */
function grow(more) {
  if (locked) checkSize()
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

/** @param {number} byte */
function writeByte(byte) {
  if (at >= room) grow(1)
  bytes[at++] = byte
}

export function writeNil() {
  writeByte(0xc0)
}

/** @param {boolean} value */
export function writeBoolean(value) {
  writeByte(value ? 0xc3 : 0xc2)
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

/** A type byte and a big-endian number of 1, 2 or 4 bytes. @param {number} type @param {number} value @param {number} width */
function head(type, value, width) {
  bytes[at++] = type
  if (width === 4) {
    bytes[at++] = value >>> 24
    bytes[at++] = value >>> 16
  }
  if (width >= 2) bytes[at++] = value >>> 8
  bytes[at++] = value
}

/** A type byte and 64 bits. @param {number} type @param {number} value an integer a JS number holds exactly */
function writeWide(type, value) {
  const high = Math.floor(value / 0x100000000)
  const low = value - high * 0x100000000
  head(type, high, 4)
  bytes[at++] = low >>> 24
  bytes[at++] = low >>> 16
  bytes[at++] = low >>> 8
  bytes[at++] = low
}

/** @param {bigint} value @returns {boolean} false: it does not fit in 64 bits, nothing was written */
export function writeBigint(value) {
  if (value > 0xffffffffffffffffn || value < -0x8000000000000000n) return false
  if (at + 10 > room) grow(10)
  bytes[at++] = 0xd7
  bytes[at++] = value > 0x7fffffffffffffffn ? 3 : 2
  for (let shift = 56n; shift >= 0n; shift -= 8n) bytes[at++] = Number((value >> shift) & 0xffn)
  return true
}

/** @param {number} ms of a valid Date */
export function writeDate(ms) {
  if (at + 10 > room) grow(10)
  bytes[at++] = 0xd7
  writeWide(1, ms)
}

/** @param {Uint8Array} value */
export function writeBinary(value) {
  const { length } = value
  if (length > MAX_VALUE_BYTES) tooLarge()
  if (at + 5 + length > room) grow(5 + length)
  if (length < 0x100) head(0xc4, length, 1)
  else if (length < 0x10000) head(0xc5, length, 2)
  else head(0xc6, length, 4)
  bytes.set(value, at)
  at += length
}

/** @param {string} text @returns {boolean} false: it has an unpaired surrogate, nothing was written */
export function writeText(text) {
  const { length } = text
  if (length > SHORT_TEXT) return writeLongText(text)
  if (at + 2 + length > room) grow(2 + length)
  const into = bytes
  let to = at
  if (length < 32) into[to++] = 0xa0 | length
  else {
    into[to++] = 0xd9
    into[to++] = length
  }
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return writeLongText(text)
    into[to++] = code
  }
  at = to
  return true
}

/** @param {string} text long, or not ASCII @returns {boolean} */
function writeLongText(text) {
  if (text.length > MAX_VALUE_BYTES) tooLarge()
  const most = text.length > LONG_TEXT || text.length <= SHORT_TEXT ? utf8Length(text) : text.length * 3
  if (most < 0) return false
  if (at + 5 + most > room) grow(5 + most)
  // The header's width follows from the length in bytes, which is known for sure only afterwards.
  const start = at
  const width = headerWidth(text.length)
  const stop = writeUtf8(text, bytes, start + width)
  if (stop < 0) return false
  const length = stop - start - width
  const needed = headerWidth(length)
  if (needed !== width) bytes.copyWithin(start + needed, start + width, stop)
  if (needed === 1) bytes[at++] = 0xa0 | length
  else if (needed === 2) head(0xd9, length, 1)
  else if (needed === 3) head(0xda, length, 2)
  else head(0xdb, length, 4)
  at += length
  return true
}

/** @param {number} length */
function headerWidth(length) {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5
}

/** @param {number} length */
export function writeArrayHeader(length) {
  if (at + 5 > room) grow(5)
  if (length < 16) bytes[at++] = 0x90 | length
  else if (length < 0x10000) head(0xdc, length, 2)
  else head(0xdd, length, 4)
}

/** A map whose entries are counted while they are written. @returns {number} where they begin, for `closeMap` */
export function openMap() {
  writeByte(0x80)
  return at
}

/** @param {number} start @param {number} count of entries */
export function closeMap(start, count) {
  if (count < 16) {
    bytes[start - 1] = 0x80 | count
    return
  }
  const more = count < 0x10000 ? 2 : 4
  if (at + more > room) grow(more)
  bytes.copyWithin(start + more, start, at)
  const stop = at + more
  at = start - 1
  head(more === 2 ? 0xde : 0xdf, count, more)
  at = stop
}

/** Takes a map back that is something else after all. @param {number} start */
export function dropMap(start) {
  at = start - 1
}
