import assert from "node:assert/strict"
import { test } from "node:test"
import { crc32c } from "../../../js/storage/crc32c.js"
import { joined, kHeaderBytes, makeFrame, makeHeader, readGeneration, readHeader } from "../../../js/storage/opfs-format.js"

const text = (/** @type {string} */ words) => new TextEncoder().encode(words)

test("the checksum is CRC-32C, and goes on over parts", () => {
  assert.equal(crc32c(text("123456789")), 0xe3069283)
  assert.equal(crc32c(text("6789"), crc32c(text("12345"))), 0xe3069283)
  assert.equal(crc32c(new Uint8Array(0)), 0)
})

test("the checksum of bytes anywhere in a buffer, of any length, is that of one bit after another", () => {
  const buffer = new Uint8Array(200).map((_, i) => (i * 2654435761) >>> 13)
  for (let from = 0; from < 8; from++) {
    for (let to = from; to < from + 70; to++) {
      const bytes = buffer.subarray(from, to)
      assert.equal(crc32c(bytes, 0x12345678), bitByBit(bytes, 0x12345678), `from ${from} to ${to}`)
    }
  }
})

/** @param {Uint8Array} bytes @param {number} before */
function bitByBit(bytes, before) {
  let crc = ~before
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

test("a header says what it was given, and only under its own name", () => {
  const header = makeHeader(7, 12345, 0xfffffffe)
  assert.equal(header.length, kHeaderBytes)
  assert.deepEqual(readHeader(header, 7), { bodyBytes: 12345, store: 0xfffffffe })
  assert.equal(readHeader(header, 8), "damaged")
})

test("a file whose header was never written is unfinished", () => {
  for (const bytes of [new Uint8Array(0), makeHeader(1, 0).subarray(0, 31), new Uint8Array(kHeaderBytes)]) {
    assert.equal(readHeader(bytes, 1), "unfinished")
  }
})

test("every changed bit of a header is noticed", () => {
  for (let bit = 0; bit < kHeaderBytes * 8; bit++) {
    const header = makeHeader(1, 100)
    header[bit >> 3] ^= 1 << (bit & 7)
    const newer = bit >= 64 && bit < 96 && new DataView(header.buffer).getUint32(8, true) > 1
    if (newer) assert.throws(() => readHeader(header, 1), { code: "UNSUPPORTED_VERSION" })
    else assert.equal(readHeader(header, 1), "damaged", `bit ${bit}`)
  }
})

const parts = ["a snapshot", "first", "second, longer", "third"].map(text)
const file = joined([parts[0], ...parts.slice(1).map((part, i) => makeFrame(part, i))])

test("what is cut anywhere reads as a prefix of whole appends", () => {
  let longest = 0
  for (let size = parts[0].length; size <= file.length; size++) {
    const { body, payloads, end, frames } = readGeneration(file.subarray(0, size), parts[0].length)
    const stream = [...body, ...payloads]
    assert.deepEqual(stream, parts.slice(0, stream.length))
    assert.equal(frames, stream.length - 1)
    assert.ok(end <= size)
    longest = Math.max(longest, stream.length)
  }
  assert.equal(longest, parts.length)
  assert.throws(() => readGeneration(file.subarray(0, 3), parts[0].length), { code: "CORRUPT_STORE" })
})

test("frames that were swapped or left out are CORRUPT_STORE", () => {
  const frames = parts.map((part, i) => makeFrame(part, i))
  for (const order of [[0, 2, 1], [1, 2], [1], [0, 2], [0, 0]]) {
    assert.throws(() => readGeneration(joined(order.map((i) => frames[i])), 0), { code: "CORRUPT_STORE" }, String(order))
  }
})
