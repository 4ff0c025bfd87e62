import assert from "node:assert/strict"
import { test } from "node:test"
import { createEmitter } from "../../../js/util/emitter.js"

test("listeners are called in order, and off means off", () => {
  const emitter = createEmitter()
  /** @type {string[]} */
  const calls = []
  const off = emitter.on("a", (/** @type {string} */ x) => calls.push(`1${x}`))
  emitter.on("a", (/** @type {string} */ x) => calls.push(`2${x}`))
  emitter.emit("a", "x")
  off()
  off()
  emitter.emit("a", "y")
  emitter.emit("b", "z")
  assert.deepEqual(calls, ["1x", "2x", "2y"])
  assert.equal(emitter.count("a"), 1)
  emitter.clear()
  assert.equal(emitter.count(), 0)
})

test("a listener removed or added during an emit", () => {
  const emitter = createEmitter()
  /** @type {string[]} */
  const calls = []
  const second = () => calls.push("second")
  emitter.on("a", () => { emitter.off("a", second); emitter.on("a", () => calls.push("late")); calls.push("first") })
  emitter.on("a", second)
  emitter.emit("a")
  assert.deepEqual(calls, ["first"])
})

test("one function added twice is two listeners", () => {
  const emitter = createEmitter()
  let calls = 0
  const listener = () => { calls += 1 }
  const off = emitter.on("a", listener)
  emitter.on("a", listener)
  off()
  emitter.emit("a")
  assert.equal(calls, 1)
})

test("what listeners throw reaches the host, and stops nobody", async () => {
  const uncaught = /** @type {Error[]} */ ([])
  const seen = new Promise((resolve) => {
    const take = (/** @type {Error} */ error) => {
      uncaught.push(error)
      if (uncaught.length === 2) resolve(undefined)
    }
    process.setUncaughtExceptionCaptureCallback(take)
  })
  const emitter = createEmitter()
  let reached = false
  emitter.on("a", () => { throw new Error("thrown") })
  emitter.on("a", async () => { throw new Error("rejected") })
  emitter.on("a", () => { reached = true })
  emitter.emit("a")
  assert.ok(reached)
  await seen
  process.setUncaughtExceptionCaptureCallback(null)
  assert.deepEqual(uncaught.map((error) => error.message).sort(), ["rejected", "thrown"])
})
