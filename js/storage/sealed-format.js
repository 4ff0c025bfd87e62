/**
 * The bytes of a sealed stream (docs/storage.md, "Encryption at rest"). Numbers are little-endian.
 *
 *   sealed = head frame*
 *   item   = ["wSE" 1][u8 kind][u24 length of the body][generation 8][body]      a head or a frame
 *   head   = kind 1, body [u32 rounds][salt 16][proof 16][sum 8]                 proof: that a key is the right one
 *   frame  = kind 2, body [run 8][u64 number][sealed bytes]
 *          | kind 3, body [run 8][u64 number = 0][after run 8][after number u64][sealed bytes]   the first of its run
 *
 * A generation is what one `replace` (or the first append) began; a run is one handle's uninterrupted appending within
 * it. What stands before the sealed bytes is authenticated with them. `after` names the last frame the handle had read
 * when it began; zeros: there was none.
 */

export const kHead = 1
export const kNext = 2
export const kFirst = 3

/** What both kinds of stream are told apart by: a plain journal begins with the length of a short record. */
export const kMagic = new Uint8Array([0x77, 0x53, 0x45])
export const kSealedVersion = 1
export const kPrefixBytes = 16
export const kIdBytes = 8
export const kSaltBytes = 16
export const kTagBytes = 16
export const kSumBytes = 8
export const kHeadBytes = kPrefixBytes + 4 + kSaltBytes + kTagBytes + kSumBytes

/** The most plain bytes of one frame: what a row of the store holds. */
export const kMaxFramePlainBytes = 1024 * 1024 - 128
const kMaxBodyBytes = 1024 * 1024

/**
 * @typedef {object} Prefix
 * @property {number} kind
 * @property {number} size  of the whole item
 * @property {string} generation  hex
 *
 * @typedef {{ run: string, number: number }} Place  hex, and the frame's number in its run
 *
 * @typedef {object} Frame
 * @property {string} generation
 * @property {Place} place
 * @property {Place | null} after
 * @property {boolean} first
 * @property {Uint8Array} bound  what is authenticated beside the sealed bytes
 * @property {Uint8Array} sealed
 */

/** @param {Uint8Array} bytes */
export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

/** @param {string} hex */
export const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))

/** @param {readonly Uint8Array[]} parts */
export function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) { whole.set(part, at); at += part.byteLength }
  return whole
}

/** @param {Uint8Array} bytes */
const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Is it how a sealed stream begins (or as much of it as there is)? @param {Uint8Array} bytes */
export function beginsSealed(bytes) {
  return bytes.byteLength > 0 && kMagic.every((byte, i) => i >= bytes.byteLength || byte === bytes[i])
}

/**
 * @param {Uint8Array} target
 * @param {number} kind
 * @param {number} bodyBytes
 * @param {string} generation
 */
function writePrefix(target, kind, bodyBytes, generation) {
  target.set(kMagic)
  target[3] = kSealedVersion
  view(target).setUint32(4, kind | bodyBytes << 8, true)
  target.set(fromHex(generation), 8)
}

/**
 * @param {Uint8Array} bytes at least kPrefixBytes
 * @returns {Prefix | null} null: no item of this version begins here
 */
export function readPrefix(bytes) {
  if (!beginsSealed(bytes) || bytes[3] !== kSealedVersion) return null
  const word = view(bytes).getUint32(4, true)
  const kind = word & 255
  const body = word >>> 8
  const least = kind === kHead ? kHeadBytes - kPrefixBytes : kind === kNext ? 32 : 48
  if (kind < kHead || kind > kFirst || body < least || body > kMaxBodyBytes) return null
  return { kind, size: kPrefixBytes + body, generation: toHex(bytes.subarray(8, 16)) }
}

/**
 * A head without proof and sum.
 * @param {string} generation
 * @param {number} rounds
 * @param {Uint8Array} salt
 */
export function writeHead(generation, rounds, salt) {
  const head = new Uint8Array(kHeadBytes)
  writePrefix(head, kHead, kHeadBytes - kPrefixBytes, generation)
  view(head).setUint32(kPrefixBytes, rounds, true)
  head.set(salt, kPrefixBytes + 4)
  return head
}

/** The parts of a head: views of it. @param {Uint8Array} head */
export function headParts(head) {
  const proof = kPrefixBytes + 4 + kSaltBytes
  return {
    generation: toHex(head.subarray(8, 16)),
    rounds: view(head).getUint32(kPrefixBytes, true),
    salt: head.subarray(kPrefixBytes + 4, proof),
    bound: head.subarray(0, proof),
    proof: head.subarray(proof, proof + kTagBytes),
    summed: head.subarray(0, proof + kTagBytes),
    sum: head.subarray(proof + kTagBytes, kHeadBytes),
  }
}

/** @param {DataView} data @param {number} at @param {number} number */
function writeNumber(data, at, number) {
  data.setUint32(at, number >>> 0, true)
  data.setUint32(at + 4, Math.floor(number / 2 ** 32), true)
}

/** @param {DataView} data @param {number} at */
const readNumber = (data, at) => data.getUint32(at, true) + data.getUint32(at + 4, true) * 2 ** 32

/**
 * A frame's bytes before its sealed ones.
 * @param {string} generation
 * @param {Place} place
 * @param {Place | null} after  for the first of a run
 * @param {number} sealedBytes
 */
export function writeBound(generation, { run, number }, after, sealedBytes) {
  const first = number === 0
  const bound = new Uint8Array(kPrefixBytes + (first ? 32 : 16))
  writePrefix(bound, first ? kFirst : kNext, bound.byteLength - kPrefixBytes + sealedBytes, generation)
  bound.set(fromHex(run), kPrefixBytes)
  writeNumber(view(bound), kPrefixBytes + 8, number)
  if (first && after) {
    bound.set(fromHex(after.run), kPrefixBytes + 16)
    writeNumber(view(bound), kPrefixBytes + 24, after.number)
  }
  return bound
}

/**
 * @param {Uint8Array} item a whole one
 * @param {Prefix} prefix
 * @returns {Frame}
 */
export function readFrame(item, { kind, generation }) {
  const data = view(item)
  const first = kind === kFirst
  const split = kPrefixBytes + (first ? 32 : 16)
  const after = first ? item.subarray(kPrefixBytes + 16, kPrefixBytes + 24) : null
  return {
    generation,
    place: { run: toHex(item.subarray(kPrefixBytes, kPrefixBytes + 8)), number: readNumber(data, kPrefixBytes + 8) },
    after: after?.some((byte) => byte !== 0) ? { run: toHex(after), number: readNumber(data, kPrefixBytes + 24) } : null,
    first,
    bound: item.subarray(0, split),
    sealed: item.subarray(split),
  }
}

/** The nonce of a frame: its number; no two frames are sealed with one key and number. @param {number} number */
export function nonce(number) {
  const bytes = new Uint8Array(12)
  writeNumber(view(bytes), 4, number)
  return bytes
}
