// A pipe over a data channel: back-pressure both ways, order, hostile frames, one ending.
import assert from "node:assert/strict"
import { test } from "node:test"
import { FrameKind, split } from "../../../js/rtc/frames.js"
import { createIntake } from "../../../js/rtc/intake.js"
import { withDefaults } from "../../../js/rtc/limits.js"
import { createPipe } from "../../../js/rtc/pipe.js"
import { until } from "./support.js"

/**
 * A data channel whose network is the test: `flow(n)` lets n frames through (all by default).
 * It keeps the browser's rules: send throws when not open, bufferedAmount counts what has not gone, the low event fires
 * when it falls to the threshold, nothing arrives after close.
 */
class FakeChannel extends EventTarget {
  label = "weft"
  readyState = "open"
  binaryType = "blob"
  bufferedAmountLowThreshold = 0
  bufferedAmount = 0
  /** @type {Uint8Array[]} */
  waiting = []
  /** @type {FakeChannel | null} */
  other = null
  auto = true

  /** @param {Uint8Array} frame */
  send(frame) {
    if (this.readyState !== "open") throw new DOMException("not open", "InvalidStateError")
    this.waiting.push(frame.slice())
    this.bufferedAmount += frame.length
    if (this.auto) queueMicrotask(() => this.flow())
  }

  flow(frames = Infinity) {
    while (frames-- > 0 && this.waiting.length > 0) {
      const frame = /** @type {Uint8Array} */ (this.waiting.shift())
      const before = this.bufferedAmount
      this.bufferedAmount -= frame.length
      if (this.other?.readyState === "open") this.other.dispatchEvent(new MessageEvent("message", { data: frame.buffer }))
      if (before > this.bufferedAmountLowThreshold && this.bufferedAmount <= this.bufferedAmountLowThreshold) this.dispatchEvent(new Event("bufferedamountlow"))
    }
  }

  close() {
    if (this.readyState === "closed") return
    this.readyState = "closed"
    this.dispatchEvent(new Event("close"))
    this.other?.close()
  }
}

/** @param {Partial<import("../../../js/rtc/limits.js").RtcLimits>} [overrides] */
function pair(overrides = {}) {
  const limits = withDefaults({ frameBytes: 1000, highWaterBytes: 5000, lowWaterBytes: 1000, ...overrides })
  const [near, far] = [new FakeChannel(), new FakeChannel()]
  near.other = far
  far.other = near
  const now = () => performance.now()
  const options = { limits, now, intake: createIntake({ limits, now }) }
  const [here, there] = [near, far].map((channel) => createPipe(/** @type {any} */ (channel), options))
  const got = /** @type {Uint8Array[]} */ ([])
  const ended = /** @type {string[]} */ ([])
  there.on("message", (bytes) => got.push(bytes))
  there.on("close", ({ code }) => ended.push(code))
  return { near, far, here, there, got, ended }
}
const bytes = (/** @type {number} */ length, fill = 7) => new Uint8Array(length).fill(fill)

test("messages of every size arrive whole and in order", async () => {
  const { here, got } = pair()
  const sizes = [0, 1, 999, 1000, 50_000, 3]
  for (const size of sizes) assert.ok(here.send(bytes(size)))
  await until(() => got.length === sizes.length, "all messages")
  assert.deepEqual(got.map((message) => message.length), sizes)
})

test("the browser's buffer is filled to the high water mark and refilled below the low one", async () => {
  const { near, here, got } = pair()
  near.auto = false
  here.send(bytes(100_000))
  assert.ok(near.bufferedAmount >= 5000 && near.bufferedAmount < 6000)
  assert.ok(Math.abs(here.bufferedAmount - 100_000) < 1000, "what waits is counted")
  near.flow(3)
  assert.ok(near.bufferedAmount < 3000, "not refilled above the low mark")
  near.flow(1)
  assert.ok(near.bufferedAmount >= 5000, "refilled at the low mark")
  while (near.waiting.length > 0) near.flow()
  assert.equal(got.length, 1)
  assert.equal(here.bufferedAmount, 0)
})

test("a queue beyond its bound and a message beyond its own are refused", () => {
  const { near, here } = pair({ maxMessageBytes: 10_000, maxQueueBytes: 25_000 })
  near.auto = false
  assert.equal(here.send(bytes(10_001)), false)
  const taken = [1, 2, 3, 4, 5].map(() => here.send(bytes(10_000)))
  assert.equal(taken.at(-1), false)
  assert.ok(here.bufferedAmount <= 35_000)
})

test("a reader that pauses stops the writer; nothing is lost or reordered", async () => {
  const { far, near, here, there, got } = pair()
  there.pauseReading(true)
  await until(() => far.waiting.length === 0, "the hold to arrive")
  for (let index = 0; index < 100; index++) here.send(bytes(900, index))
  assert.equal(near.bufferedAmount, 0, "held back")
  assert.equal(await here.ping() >= 0, true, "pings pass a held pipe")
  assert.equal(got.length, 0)
  there.pauseReading(false)
  await until(() => got.length === 100, "all messages")
  assert.deepEqual(got.map((message) => message[0]), [...Array(100).keys()])
})

test("what was on its way when reading paused waits; pausing again in between is heeded", () => {
  const { near, here, there, got } = pair()
  near.auto = false
  here.send(bytes(10, 1))
  here.send(bytes(10, 2))
  there.pauseReading(true)
  near.flow()
  assert.equal(got.length, 0)
  there.on("message", () => there.pauseReading(true))
  there.pauseReading(false)
  assert.equal(got.length, 1)
  there.pauseReading(false)
  assert.equal(got.length, 2)
})

test("what was sent before leaving, or closing, is read before that is", async () => {
  for (const how of ["left", "closed"]) {
    const { near, here, got, ended } = pair({ sliceMs: 1e-9 })
    near.auto = false
    for (let index = 0; index < 100; index++) here.send(bytes(10, index))
    if (how === "left") here.leave({ code: "left", message: "" })
    near.flow()
    if (how === "closed") here.close()
    assert.ok(got.length < 100, "not all of it in one task")
    await until(() => ended.length === 1, "the end")
    assert.deepEqual([ended, got.map((message) => message[0])], [[how], [...Array(100).keys()]])
  }
})

test("small messages are sent no faster than a page can bear, large ones as they come", async () => {
  const { near, here, got } = pair({ smallBytes: 100, smallBurst: 20, smallPerSecond: 200 })
  for (let index = 0; index < 50; index++) here.send(bytes(10, index))
  assert.equal(near.waiting.length, 20)
  await until(() => got.length === 50, "all of them")
  assert.deepEqual(got.map((message) => message[0]), [...Array(50).keys()])
  for (let index = 0; index < 20; index++) here.send(bytes(200))
  assert.ok(near.waiting.length > 1, "no pace for these")
})

test("a sender that does not hold when told to is cut off", () => {
  const { far, there, ended } = pair({ maxInboxBytes: 3000 })
  there.pauseReading(true)
  for (let index = 0; index < 10; index++) {
    for (const frame of split(bytes(900), 1000)) far.dispatchEvent(new MessageEvent("message", { data: frame.buffer }))
  }
  assert.deepEqual(ended, ["refused"])
})

for (const [what, data] of /** @type {[string, any][]} */ ([
  ["text", "hello"], ["an empty frame", new ArrayBuffer(0)], ["an unknown kind", Uint8Array.of(77).buffer],
  ["a part without a beginning", Uint8Array.of(FrameKind.MORE, 1).buffer], ["a ping cut short", Uint8Array.of(FrameKind.PING).buffer],
  ["a total of four gigabytes", Uint8Array.of(FrameKind.FIRST, 255, 255, 255, 255, 1).buffer],
])) {
  test(`a hostile frame ends the pipe: ${what}`, () => {
    const { far, got, ended } = pair()
    far.dispatchEvent(new MessageEvent("message", { data }))
    for (const frame of split(bytes(3), 1000)) far.dispatchEvent(new MessageEvent("message", { data: frame.buffer }))
    assert.deepEqual(ended, ["refused"])
    assert.equal(got.length, 0)
  })
}

test("an answer to no ping is ignored, a missing answer is TIMEOUT", async () => {
  const { near, far, here, there, ended } = pair({ pingTimeoutMs: 20 })
  far.dispatchEvent(new MessageEvent("message", { data: Uint8Array.of(FrameKind.PONG, 9, 9, 9, 9).buffer }))
  assert.deepEqual(ended, [])
  near.auto = false
  await assert.rejects(here.ping(), { code: "TIMEOUT" })
  there.close()
})

test("closing tells every waiting message and ping once, and then nothing more", async () => {
  const { near, here, there } = pair()
  near.auto = false
  const outcomes = /** @type {string[]} */ ([])
  here.send(bytes(50_000), { onDone: (error) => outcomes.push(error?.code ?? "done") })
  here.send(bytes(10), { onDone: (error) => outcomes.push(error?.code ?? "done") })
  const ping = here.ping()
  let closes = 0
  here.on("close", () => closes++)
  there.close()
  here.close()
  await assert.rejects(ping, { code: "LINK_LOST" })
  assert.deepEqual(outcomes, ["LINK_LOST", "LINK_LOST"])
  assert.equal(closes, 1)
  assert.equal(here.send(bytes(1)), false)
})

test("progress runs up to 1 at the sender, and is seen on the way at the receiver", async () => {
  const { here, there, got } = pair()
  const sent = /** @type {number[]} */ ([])
  const seen = /** @type {number[]} */ ([])
  there.on("progress", (fraction) => seen.push(fraction))
  here.send(bytes(20_000), { onProgress: (fraction) => sent.push(fraction) })
  await until(() => got.length === 1, "the message")
  assert.equal(sent.at(-1), 1)
  assert.deepEqual(sent, [...sent].sort((a, b) => a - b))
  assert.ok(seen.length > 10 && seen.every((fraction) => fraction > 0 && fraction < 1))
})
