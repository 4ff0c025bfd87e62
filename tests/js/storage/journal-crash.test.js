// Owners that die, and what their followers make of it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { until } from "../tabs/fake_browser.js"
import { createMachine, openTabs } from "./machine.js"

/** @typedef {import("./machine.js").Tab} Tab */

test("a tab follows the owner that closes or crashes, and misses nothing of either", async () => {
  for (const how of ["closes", "crashes"]) {
    const machine = createMachine()
    const [a, b, c] = await openTabs(machine, 3)
    a.add("from a")
    b.add("from b")
    c.add("from c")
    if (how === "crashes") a.crash()
    else await a.close()
    const began = performance.now()
    await until(() => b.journal.state === "owner", "b follows")
    assert.ok(performance.now() - began < 1000)
    c.add("later")
    await c.journal.flush()
    for (const word of ["from b", "from c", "later"]) assert.ok((await machine.onDisk()).includes(word))
    await c.close()
    await b.close()
  }
})

test("what an owner kept before anyone else heard of it comes to its follower from the store", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  // The owner writes without telling: its tab channel is cut off first.
  a.tabs.suspend()
  a.add("silent")
  await a.journal.flush()
  assert.ok(!b.holds("silent"))
  a.crash()
  await until(() => b.journal.state === "owner" && b.journal.pending === 0, "b follows")
  assert.ok(b.holds("silent"))
  assert.deepEqual(await machine.onDisk(), ["silent"])
  await b.close()
})

test("a write posted to an owner that died before journaling it is kept by its follower", async () => {
  const machine = createMachine()
  const [a, b, c] = await openTabs(machine, 3)
  machine.control.calls.length = 0
  b.add("orphan")
  const flushed = b.journal.flush()
  a.crash()
  await flushed
  assert.equal(b.journal.pending, 0)
  assert.deepEqual(await machine.onDisk(), ["orphan"])
  await b.close()
  await c.close()
})

test("a follower's flush survives the end of the owner it asked, whoever comes next", async () => {
  const machine = createMachine()
  const [a, b, c] = await openTabs(machine, 3)
  // a hangs: it hears the question and never answers.
  a.tabs.handle("journal", () => new Promise(() => {}))
  c.add("x")
  let done = false
  const flushed = c.journal.flush().then(() => { done = true })
  await until(() => a.holds("x"), "a heard of it")
  assert.equal(done, false)
  a.crash()
  await flushed
  assert.equal(b.journal.state, "owner")
  assert.deepEqual(await machine.onDisk(), ["x"])
  await c.close()
  await b.close()
})

test("a question lost with its owner is asked again of the next one, without anything new being written", async () => {
  const machine = createMachine()
  const tabs = []
  for (let i = 0; i < 3; i++) tabs.push(await machine.openTab({ saveDelayMs: 3_600_000 }))
  const [a, b, c] = tabs
  await until(() => tabs.every(({ tabs: own }) => own.list().length === 2), "all know each other")
  a.tabs.handle("journal", () => new Promise(() => {}))
  c.add("x")
  await until(() => a.holds("x") && b.holds("x"), "all heard of it")
  a.crash()
  await until(() => c.journal.pending === 0, "the next owner answered")
  assert.equal(b.journal.state, "owner")
  assert.deepEqual(await machine.onDisk(), ["x"])
  await c.close()
  await b.close()
})

test("what is appended behind a whole state on its way counts only when that arrived", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  b.add("dropped by b")
  await until(() => b.journal.pending === 0, "confirmed")
  let open = () => {}
  machine.control.gate = new Promise((resolve) => { open = () => resolve(undefined) })
  a.crash()
  await until(() => b.journal.state === "owner", "b takes over")
  b.add("behind")
  await until(() => machine.control.calls.filter((call) => call === "append").length === 2, "it is appended")
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(b.journal.pending > 0)
  machine.control.gate = null
  open()
  await until(() => b.journal.pending === 0, "all is safe")
  await b.close()
})

test("one whose take-over could not read the store reads it before it writes, later", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  a.tabs.suspend()
  a.add("silent")
  await a.journal.flush()
  machine.control.fails = { read: true }
  a.crash()
  await until(() => b.journal.state === "broken", "b cannot read")
  machine.control.fails = {}
  b.add("mine")
  await b.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["mine", "silent"])
  await b.close()
})

test("an open that finds the owner gone meanwhile takes over", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  let crash = true
  const b = await machine.openTab({
    load: async (rows) => { if (crash) { crash = false; a.crash(); await new Promise((resolve) => setTimeout(resolve, 20)) } for await (const row of rows) void row },
  })
  await until(() => b.journal.state === "owner", "b owns")
  await b.close()
})

test("seeded: whatever tabs come, write, crash and close, nothing that was acknowledged is lost", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const machine = createMachine()
    let state = seed * 2654435761 >>> 0
    const random = (/** @type {number} */ below) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return (state >>> 8) % below }
    /** @type {Tab[]} */
    let tabs = [await machine.openTab()]
    /** @type {Set<string>} */
    const acknowledged = new Set()
    let count = 0
    for (let step = 0; step < 30; step++) {
      const tab = tabs[random(tabs.length)]
      const what = random(10)
      if (what < 5) tab.add(`w${++count}`)
      else if (what < 7) {
        const words = [...tab.words]
        await tab.journal.flush()
        for (const word of words) acknowledged.add(word)
      } else if (what === 7 && tabs.length < 4) tabs.push(await machine.openTab())
      else if (what === 8 && tabs.length > 1) { tab.crash(); tabs = tabs.filter((other) => other !== tab) }
      else if (what === 9 && tabs.length > 1) {
        const words = [...tab.words]
        await tab.close()
        for (const word of words) acknowledged.add(word)
        tabs = tabs.filter((other) => other !== tab)
      } else await new Promise((resolve) => setImmediate(resolve))
    }
    for (const tab of tabs) await tab.close()
    const disk = new Set(await machine.onDisk())
    assert.deepEqual([...acknowledged].filter((word) => !disk.has(word)), [], `seed ${seed}: lost`)
  }
})
