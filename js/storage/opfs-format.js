/**
 * The bytes of a generation file; docs/storage.md has the grammar.
 *
 *   file    = header body frame*
 *   header  = "weftopfs" [u32 version][u32 epoch][f64 body bytes][u32 store][u32 CRC-32C of the 28 bytes before]
 *   frame   = [u32 length][u32 number][u32 CRC-32C of length, number and payload][payload]     all little-endian
 *
 * The store's number is drawn when its first file is made (0 in files of before) and goes from file to file, so that
 * what another database of the same name left is not taken for its own.
 *
 * Invariants
 * 1. The header is written last, when the body is on the device: a file with a whole header is a whole generation. One
 *    that was not finished is shorter than a header, or begins with zeros.
 * 2. A frame is one append. Frames are numbered from 0; the stream ends before the first one that is not whole, and that
 *    is the file's end: where a later frame is whole behind it, something was damaged, and nothing is cut off.
 */

import { WeftError } from "../errors.js"
import { crc32c } from "./crc32c.js"

export const kHeaderBytes = 32
export const kFrameHeadBytes = 12
const kVersion = 1
/** Frames that may be missing before one that is found behind a damage. */
const kMostLost = 1_000_000
const kMagic = new TextEncoder().encode("weftopfs")

/** @param {Uint8Array} bytes */
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** @param {number} epoch @param {number} bodyBytes @param {number} [store] */
export function makeHeader(epoch, bodyBytes, store = 0) {
  const header = new Uint8Array(kHeaderBytes)
  header.set(kMagic)
  const view = viewOf(header)
  view.setUint32(8, kVersion, true)
  view.setUint32(12, epoch, true)
  view.setFloat64(16, bodyBytes, true)
  view.setUint32(24, store, true)
  view.setUint32(28, crc32c(header.subarray(0, 28)), true)
  return header
}

/**
 * @param {Uint8Array} header the file's first bytes
 * @param {number} epoch by the file's name
 * @returns {{ bodyBytes: number, store: number } | "unfinished" | "damaged"}
 */
export function readHeader(header, epoch) {
  if (header.length < kHeaderBytes || kMagic.every((_, i) => header[i] === 0)) return "unfinished"
  const view = viewOf(header)
  if (!kMagic.every((byte, i) => header[i] === byte)) return "damaged"
  const version = view.getUint32(8, true)
  // The version comes first: what a later one keeps in the rest is not ours to judge.
  if (version > kVersion) {
    throw new WeftError("UNSUPPORTED_VERSION", `the store was written by a newer version of weft (its files are version ${version}, this one reads ${kVersion})`)
  }
  if (view.getUint32(28, true) !== crc32c(header.subarray(0, 28)) || view.getUint32(12, true) !== epoch) return "damaged"
  return { bodyBytes: view.getFloat64(16, true), store: view.getUint32(24, true) }
}

/** @param {Uint8Array} payload @param {number} number @returns {Uint8Array} the frame, to be written in one piece */
export function makeFrame(payload, number) {
  const frame = new Uint8Array(kFrameHeadBytes + payload.length)
  frame.set(payload, kFrameHeadBytes)
  const view = viewOf(frame)
  view.setUint32(0, payload.length, true)
  view.setUint32(4, number, true)
  view.setUint32(8, crc32c(payload, crc32c(frame.subarray(0, 8))), true)
  return frame
}

/**
 * @param {Uint8Array} bytes what stands behind the header
 * @param {number} bodyBytes
 * @returns {{ body: Uint8Array[], payloads: Uint8Array[], end: number, frames: number }} the stream is the body (none when
 *   it is empty) and then the payloads of the frames; end: where the frames end
 */
export function readGeneration(bytes, bodyBytes) {
  if (bytes.length < bodyBytes) throw new WeftError("CORRUPT_STORE", "a file of the store is shorter than it says")
  const view = viewOf(bytes)
  const payloads = []
  let end = bodyBytes
  let frames = 0
  for (let frame = wholeFrame(bytes, view, end); frame?.number === frames; frame = wholeFrame(bytes, view, end)) {
    payloads.push(frame.payload)
    end += kFrameHeadBytes + frame.payload.length
    frames += 1
  }
  for (let at = end; at + kFrameHeadBytes < bytes.length; at++) {
    const number = view.getUint32(at + 4, true)
    if (number > frames + kMostLost || !wholeFrame(bytes, view, at)) continue
    throw new WeftError("CORRUPT_STORE", `a file of the store is damaged at byte ${kHeaderBytes + end}, and more follows`)
  }
  return { body: bodyBytes > 0 ? [bytes.subarray(0, bodyBytes)] : [], payloads, end, frames }
}

/** @param {Uint8Array} bytes @param {DataView} view of them @param {number} at */
function wholeFrame(bytes, view, at) {
  const payloadAt = at + kFrameHeadBytes
  if (payloadAt > bytes.length) return null
  const length = view.getUint32(at, true)
  if (length === 0 || payloadAt + length > bytes.length) return null
  const payload = bytes.subarray(payloadAt, payloadAt + length)
  if (view.getUint32(at + 8, true) !== crc32c(payload, crc32c(bytes.subarray(at, at + 8)))) return null
  return { number: view.getUint32(at + 4, true), payload }
}

/** @param {readonly Uint8Array[]} parts @returns {Uint8Array} alone in its own buffer */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) { whole.set(part, at); at += part.length }
  return whole
}
