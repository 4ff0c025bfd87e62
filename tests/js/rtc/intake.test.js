// Reading in slices: order, turns, the hold told to the sender, and what becomes of one that does not heed it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { createBudget } from "../../../js/rtc/budget.js"
import { createIntake } from "../../../js/rtc/intake.js"
import { withDefaults } from "../../../js/rtc/limits.js"
import { until } from "./support.js"

/**
 * An intake whose clock the test moves: reading one frame takes `frameMs`.
 * @param {Partial<import("../../../js/rtc/limits.js").RtcLimits>} [overrides]
 */
function setUp(overrides = {}) {
  const clock = { nowMs: 0, frameMs: 1 }
  const limits = withDefaults({ sliceMs: 8, frameOverheadBytes: 10, holdBytes: 400, maxInboxBytes: 1_000, ...overrides })
  const intake = createIntake({ limits, now: () => clock.nowMs })
  const order = /** @type {string[]} */ ([])
  /** @param {string} name */
  function open(name) {
    const told = /** @type {(boolean | string)[]} */ ([])
    const reader = intake.reader({
      read(frame) {
        clock.nowMs += clock.frameMs
        order.push(`${name}${frame[0]}`)
      },
      hold: (on) => told.push(on),
      flooded: () => told.push("flooded"),
    })
    return { reader, told, push: (/** @type {number} */ n) => reader.push(Uint8Array.of(n)) }
  }
  return { intake, clock, order, open }
}
const numbers = (/** @type {string} */ name, /** @type {number} */ count) => Array.from({ length: count }, (_, n) => `${name}${n}`)

test("what comes within a slice is read at once, the rest in later tasks, in order", async () => {
  const { order, open } = setUp()
  const a = open("a")
  for (let n = 0; n < 30; n++) a.push(n)
  assert.equal(order.length, 8)
  await until(() => order.length === 30, "the rest")
  assert.deepEqual(order, numbers("a", 30))
})

test("between two slices there is a task for everyone else", async () => {
  const { order, open } = setUp()
  const a = open("a")
  const seen = /** @type {number[]} */ ([])
  const look = () => { seen.push(order.length); if (order.length < 40) setImmediate(look) }
  for (let n = 0; n < 40; n++) a.push(n)
  look()
  await until(() => order.length === 40, "everything to be read")
  for (const count of [8, 16, 24, 32]) assert.ok(seen.includes(count), `looked in vain after ${count} frames: ${seen}`)
})

test("two that wait take turns", async () => {
  const { clock, order, open } = setUp({ maxInboxBytes: 100_000, holdBytes: 100_000 })
  clock.frameMs = 8 / 64
  const [a, b] = [open("a"), open("b")]
  for (let n = 0; n < 200; n++) a.push(n)
  for (let n = 0; n < 10; n++) b.push(n)
  await until(() => order.length === 210, "everything to be read")
  assert.ok(order.indexOf("b9") < order.indexOf("a150"), "b did not wait for all of a")
  assert.deepEqual(order.filter((frame) => frame[0] === "a"), numbers("a", 200))
})

test("a backlog tells the sender to hold, and to go on when it is small again", async () => {
  const { order, open } = setUp()
  const a = open("a")
  for (let n = 0; n < 48; n++) a.push(n) // 8 are read, 40 wait at 11 bytes each
  assert.deepEqual(a.told, [true])
  await until(() => order.length === 48, "everything to be read")
  assert.deepEqual(a.told, [true, false])
})

test("one that does not hold is cut off, and nothing of it is read any more", async () => {
  const { order, open } = setUp()
  const a = open("a")
  for (let n = 0; n < 200; n++) a.push(n)
  assert.deepEqual(a.told, [true, "flooded"])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(order.length, 8)
})

test("more frames than a page can bear tell the sender to hold, however small; then it may go on; else it is cut off", async () => {
  const limits = { frameBurst: 40, framesPerSecond: 1_000, holdBytes: 100_000, maxInboxBytes: 100_000 }
  const { clock, open } = setUp(limits)
  clock.frameMs = 0
  const a = open("a")
  for (let n = 0; n < 30; n++) a.push(n)
  assert.deepEqual(a.told, [true])
  clock.nowMs += 100
  await until(() => a.told.length === 2, "it may go on")
  for (let n = 0; n < 50; n++) a.push(n)
  assert.deepEqual(a.told, [true, false, true, "flooded"])
})

test("one that does not hold is not paced but cut off, however slow the page", () => {
  const { clock, open } = setUp({ frameBurst: 40, framesPerSecond: 1_000, holdBytes: 100_000, maxInboxBytes: 100_000 })
  const a = open("a")
  a.reader.pause(true)
  for (let n = 0; n < 40; n++, clock.nowMs += 1) a.push(n)
  assert.deepEqual(a.told, [true])
  a.push(40)
  assert.deepEqual(a.told, [true, "flooded"])
})

test("what came while the page itself stood still is held against nobody", () => {
  const { clock, intake, open } = setUp({ frameBurst: 40, framesPerSecond: 1_000, tickMs: 100, holdBytes: 100_000, maxInboxBytes: 100_000 })
  clock.frameMs = 0
  const [a, b] = [open("a"), open("b")]
  clock.nowMs += 90 // as long as the ticker takes: nothing strange
  intake.tick()
  clock.nowMs += 600
  for (const { push } of [a, b]) for (let n = 0; n < 540; n++) push(n)
  assert.ok(!a.told.includes("flooded") && !b.told.includes("flooded"))
  a.push(1)
  assert.ok(a.told.includes("flooded"), "more than so long is worth")
  b.reader.end() // its timer waits for a clock that stands
})

test("tiny frames are charged what keeping them costs", () => {
  const { open } = setUp({ maxInboxBytes: 10_000, frameOverheadBytes: 64 })
  const a = open("a")
  a.reader.pause(true)
  let count = 0
  while (!a.told.includes("flooded")) a.push(count++)
  assert.ok(count <= 10_000 / 65 + 1, `${count} frames of one byte`)
})

test("paused, nothing is read; then all of it, in order; what is to come last comes last", async () => {
  const { order, open } = setUp()
  const a = open("a")
  a.push(0)
  a.reader.pause(true)
  for (let n = 1; n < 20; n++) a.push(n)
  assert.deepEqual([order.length, a.told, a.reader.isHolding], [1, [true], true])
  a.reader.pause(false)
  let readBefore = 0
  a.reader.afterAll(() => { readBefore = order.length })
  await until(() => readBefore > 0, "the last step")
  assert.equal(readBefore, 20)
  assert.deepEqual(order, numbers("a", 20))
  assert.deepEqual(a.told, [true, false])
})

test("closed, nothing is read, and nothing keeps the process", async () => {
  const { intake, order, open } = setUp()
  const a = open("a")
  for (let n = 0; n < 20; n++) a.push(n)
  intake.close()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(order.length, 8)
})

test("a budget refills with time and never beyond its burst; a clock that steps back gives nothing", () => {
  let nowMs = 1_000
  const budget = createBudget({ burst: 3, perSecond: 2, now: () => nowMs })
  const take = () => [1, 2, 3, 4].filter(() => budget.take()).length
  assert.equal(take(), 3)
  nowMs += 500
  assert.equal(take(), 1)
  nowMs -= 400
  assert.equal(take(), 0)
  nowMs += 60_000
  assert.equal(take(), 3)
  budget.freeze(true)
  nowMs += 60_000
  assert.deepEqual([take(), budget.msUntil(1)], [0, 0])
  budget.freeze(false)
  assert.equal(take(), 3)
})
