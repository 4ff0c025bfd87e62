// Splitting messages into frames and putting them together, honest and hostile.
import assert from "node:assert/strict"
import { test } from "node:test"
import { FrameKind, controlFrame, createAssembler, readControl, split } from "../../../js/rtc/frames.js"

const limits = { maxMessageBytes: 1_000_000 }
const pattern = (/** @type {number} */ length) => new Uint8Array(length).map((_, index) => (index * 31) ^ (index >> 8))

/** @param {number} total @param {number[]} part */
function first(total, part) {
  const bytes = new Uint8Array(5 + part.length)
  bytes[0] = FrameKind.FIRST
  new DataView(bytes.buffer).setUint32(1, total, true)
  bytes.set(part, 5)
  return bytes
}
const more = (/** @type {number[]} */ ...part) => Uint8Array.of(FrameKind.MORE, ...part)
const whole = (/** @type {number[]} */ ...part) => Uint8Array.of(FrameKind.WHOLE, ...part)

test("every size comes back unchanged, in frames no larger than allowed", () => {
  const frameBytes = 64
  for (const size of [0, 1, 62, 63, 64, 65, 58 + 63, 59 + 63, 60 + 63, 1000, 4096]) {
    const assembler = createAssembler(limits)
    const message = pattern(size)
    const frames = [...split(message, frameBytes)]
    assert.ok(frames.every((frame) => frame.length <= frameBytes), `frames of ${size}`)
    assert.ok(frames.slice(0, -1).every((frame) => assembler.push(frame) === null))
    assert.deepEqual(assembler.push(frames[frames.length - 1]), message, `size ${size}`)
    assert.equal(assembler.partial(), null)
  }
})

test("a message of 64 KB and one byte goes in two frames of the real size, a smaller one in one", () => {
  assert.equal([...split(pattern(65_535), 65_536)].length, 1)
  assert.equal([...split(pattern(65_536), 65_536)].length, 2)
})

test("one assembler serves message after message", () => {
  const assembler = createAssembler(limits)
  for (const size of [10, 500, 0, 129]) {
    const got = [...split(pattern(size), 64)].map((frame) => assembler.push(frame)).filter((message) => message !== null)
    assert.deepEqual(got, [pattern(size)])
  }
})

test("what is under way can be looked at", () => {
  const assembler = createAssembler(limits)
  assembler.push(first(10, [1, 2, 3]))
  assert.deepEqual(assembler.partial(), { received: 3, total: 10, head: Uint8Array.of(1, 2, 3) })
})

test("memory follows what arrives, not what a header promises", () => {
  const assembler = createAssembler({ maxMessageBytes: 0xffff_ffff })
  assembler.push(first(0xffff_fff0, [1]))
  assembler.push(more(2, 3))
  assert.ok(/** @type {{ head: Uint8Array }} */ (assembler.partial()).head.buffer.byteLength <= 6)
})

const hostile = /** @type {[string, Uint8Array[], string][]} */ ([
  ["an empty frame", [new Uint8Array(0)], "MALFORMED"],
  ["an unknown kind", [Uint8Array.of(99, 1, 2)], "MALFORMED"],
  ["a part without a beginning", [more(1)], "MALFORMED"],
  ["an empty part", [first(10, [1]), more()], "MALFORMED"],
  ["more than announced", [first(4, [1, 2, 3]), more(4, 5)], "MALFORMED"],
  ["a beginning inside a message", [first(10, [1]), first(10, [1])], "MALFORMED"],
  ["a whole message inside another", [first(10, [1]), whole(1)], "MALFORMED"],
  ["a first part without content", [first(10, [])], "MALFORMED"],
  ["a header cut short", [Uint8Array.of(FrameKind.FIRST, 1, 0)], "MALFORMED"],
  ["a total of nothing", [first(0, [1])], "MALFORMED"],
  ["a split that needs no splitting", [first(2, [1, 2])], "MALFORMED"],
  ["a total above the bound", [first(1_000_001, [1])], "TOO_LARGE"],
  ["a total of four gigabytes", [first(0xffff_ffff, [1])], "TOO_LARGE"],
  ["a whole message above the bound", [new Uint8Array(1_000_002)], "TOO_LARGE"],
])
for (const [what, frames, code] of hostile) {
  test(`refused: ${what}`, () => {
    const assembler = createAssembler(limits)
    assert.throws(() => frames.forEach((frame) => assembler.push(frame)), { code })
  })
}

test("control frames carry their nonce, and wrong sizes are refused", () => {
  assert.deepEqual(readControl(controlFrame(FrameKind.PING, 0xdead_beef)), { kind: FrameKind.PING, nonce: 0xdead_beef })
  assert.deepEqual(readControl(controlFrame(FrameKind.HOLD)), { kind: FrameKind.HOLD, nonce: 0 })
  assert.equal(readControl(whole(1, 2)), null)
  assert.throws(() => readControl(Uint8Array.of(FrameKind.PING, 1)), { code: "MALFORMED" })
  assert.throws(() => readControl(Uint8Array.of(FrameKind.GO, 1)), { code: "MALFORMED" })
})
