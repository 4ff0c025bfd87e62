import assert from "node:assert/strict"
import { test } from "node:test"

import { createAlarm } from "../../../js/host/alarm.js"
import { createPump } from "../../../js/host/pump.js"
import { createTaskEnd } from "../../../js/util/task-end.js"

const nextTask = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** A pump over a core that only counts. */
function pumpOver({ pendingBytes = () => 0, effects = () => [] } = {}) {
  const drains = []
  const performed = []
  const pump = createPump({
    replica: () => ({ drain: (withOutgoing) => { drains.push(withOutgoing); return effects(withOutgoing) }, pendingBytes }),
    perform: (list) => { performed.push(...list) },
  })
  return { pump, drains, performed }
}

test("one drain at the end of the microtask, however many calls", async () => {
  const { pump, drains } = pumpOver()
  pump.touched()
  pump.touched()
  pump.touched()
  assert.deepEqual(drains, [])
  await null
  assert.deepEqual(drains, [true])
})

test("the first drain of a task goes out, the rest with the task's end", async () => {
  const { pump, drains } = pumpOver()
  for (let i = 0; i < 5; i++) { pump.touched(); await null }
  assert.deepEqual(drains, [true, false, false, false, false])
  await nextTask()
  assert.deepEqual(drains, [true, false, false, false, false, true])
  pump.touched()
  await null
  assert.equal(drains.at(-1), true)
  await nextTask()
  assert.equal(drains.length, 7)
})

test("within a task, every 256 drains or 64 KB go out", async () => {
  const counted = pumpOver()
  for (let i = 0; i < 600; i++) { counted.pump.touched(); await null }
  assert.equal(counted.drains.filter(Boolean).length, 3)
  const weighed = pumpOver({ pendingBytes: () => 64 * 1024 })
  for (let i = 0; i < 10; i++) { weighed.pump.touched(); await null }
  assert.equal(weighed.drains.filter(Boolean).length, 10)
  await nextTask()
})

test("what performing throws is reported and does not stop the pump", async (t) => {
  const reported = []
  globalThis.reportError = (error) => { reported.push(error.message) }
  t.after(() => { delete globalThis.reportError })
  let count = 0
  const pump = createPump({ replica: () => ({ drain: () => [{}], pendingBytes: () => 0 }), perform: () => { count++; throw new Error("mine") } })
  pump.touched()
  await null
  pump.touched()
  await null
  assert.equal(count, 2)
  assert.deepEqual(reported, ["mine", "mine"])
  pump.close()
})

test("after close nothing is drained", async () => {
  const { pump, drains } = pumpOver()
  pump.touched()
  pump.close()
  pump.drainNow()
  pump.touched()
  await nextTask()
  assert.deepEqual(drains, [])
})

test("task ends: once a task, and not after close", async () => {
  let ends = 0
  const taskEnd = createTaskEnd(() => { ends++ })
  taskEnd.schedule()
  taskEnd.schedule()
  await nextTask()
  assert.equal(ends, 1)
  taskEnd.schedule()
  taskEnd.close()
  await nextTask()
  assert.equal(ends, 1)
})

test("the alarm rings once at its time; a new time replaces the old; none after close", async () => {
  let rings = 0
  let rung = () => {}
  const alarm = createAlarm(() => { rings++; rung() }, Date.now)
  alarm.set(Date.now() + 1e12) // farther than a timer can hold
  const ringing = new Promise((resolve) => { rung = () => resolve(undefined) })
  const keepAlive = setTimeout(() => {}, 5000) // the alarm itself does not
  alarm.set(Date.now() + 5)
  await ringing
  clearTimeout(keepAlive)
  assert.equal(rings, 1)
  alarm.set(Date.now() + 1)
  alarm.close()
  await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(rings, 1)
})

test("the alarm rings all the same when the wall clock steps back", async () => {
  let wall = 1e12
  let rung = () => {}
  const ringing = new Promise((resolve) => { rung = () => resolve(undefined) })
  const alarm = createAlarm(() => rung(), () => wall)
  const keepAlive = setTimeout(() => {}, 5000)
  alarm.set(wall + 5)
  wall -= 3_600_000
  await ringing
  clearTimeout(keepAlive)
  alarm.close()
})
