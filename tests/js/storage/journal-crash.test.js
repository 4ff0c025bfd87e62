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

test("while the journal is made anew, what is written is kept as ever, and stands in the new one", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add(...Array.from({ length: 20 }, (_, i) => `w${i}`))
  await a.journal.flush()
  machine.control.calls.length = 0
  const done = a.journal.compact()
  let count = 0
  while (!machine.control.calls.includes("replace")) {
    a.add(`meanwhile ${count++}`)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(a.journal.pending, 0, "it is in the old rows")
  }
  assert.equal(await done, true)
  assert.ok(count > 5, `only ${count} turns`)
  assert.equal(machine.control.calls.filter((call) => call === "append").length, count)
  const words = [...a.words].sort()
  assert.deepEqual(await machine.onDisk(), words)
  a.add("behind")
  await a.journal.flush()
  a.crash()
  assert.deepEqual(await machine.onDisk(), [...words, "behind"].sort())
})

test("whatever happens while the journal is made anew: nothing is lost, and it is made anew later", async () => {
  for (const what of ["crash", "close", "destroy", "append fails", "replace fails", "suspend"]) {
    const machine = createMachine()
    const a = await machine.openTab({ saveDelayMs: 60_000 })
    a.add(...Array.from({ length: 20 }, (_, i) => `w${i}`))
    await a.journal.flush()
    const done = a.journal.compact().catch((error) => error.code)
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    a.add("meanwhile")
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(a.journal.pending, 0, "it is in the old rows")
    const all = [...a.words].sort()
    if (what === "crash") a.crash()
    else if (what === "close") await a.close()
    else if (what === "destroy") await a.journal.destroy()
    else if (what === "suspend") a.journal.suspend()
    else if (what === "append fails") { machine.control.fails = { append: true }; a.add("later") }
    else machine.control.fails = { replace: true }
    if (what !== "crash") assert.ok(["STORAGE_FAILED", "CLOSED"].includes(String(await done)), `${what}: ${await done}`)
    machine.control.fails = {}
    if (what === "destroy") { assert.deepEqual(await machine.onDisk(), []); continue }
    if (what === "append fails") {
      assert.equal(a.journal.state, "broken")
      await a.journal.flush()
      assert.deepEqual(await machine.onDisk(), [...all, "later"].sort())
    } else assert.deepEqual(await machine.onDisk(), all, what)
    if (what === "append fails" || what === "replace fails") {
      assert.equal(await a.journal.compact(), true)
      assert.deepEqual(await machine.onDisk(), [...a.words].sort(), what)
      await a.close()
    }
    if (what === "suspend") await a.journal.destroy()
  }
})

test("two that make it anew at once do so one after the other", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("one", "two", "three", "four", "five")
  machine.control.calls.length = 0
  const both = [a.journal.compact(), a.journal.compact()]
  assert.deepEqual(await Promise.all(both), [true, true])
  assert.equal(machine.control.calls.filter((call) => call === "replace").length, 2)
  await a.close()
})

test("what is written while a tab takes over is in the state it writes", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  a.add(...Array.from({ length: 20 }, (_, i) => `w${i}`))
  await until(() => b.holds("w19"), "b has it all")
  a.crash()
  let count = 0
  while (b.journal.state !== "owner") {
    b.add(`meanwhile ${count++}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await b.journal.flush()
  assert.ok(count > 5, `only ${count} turns`)
  assert.deepEqual(await machine.onDisk(), [...b.words].sort())
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
    for (let step = 0; step < 40; step++) {
      const tab = tabs[random(tabs.length)]
      const what = random(11)
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
      } else if (what === 10) tab.journal.compact().catch(() => {})
      else await new Promise((resolve) => setImmediate(resolve))
    }
    for (const tab of tabs) await tab.close()
    const disk = new Set(await machine.onDisk())
    assert.deepEqual([...acknowledged].filter((word) => !disk.has(word)), [], `seed ${seed}: lost`)
  }
})
