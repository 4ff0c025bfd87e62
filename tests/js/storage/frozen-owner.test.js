// An owner of the store that answers nobody: its page was stopped by the system, or its thread is held.
import assert from "node:assert/strict"
import { test } from "node:test"
import { WeftError } from "../../../js/errors.js"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { until } from "../tabs/fake_browser.js"
import { createMachine, openTabs } from "./machine.js"

/** Appends are not answered for until the test lets go. @param {ReturnType<typeof createMachine>} machine */
function holdAppends({ control }) {
  let letGo = () => {}
  control.appendGate = new Promise((resolve) => { letGo = () => resolve(undefined) })
  return () => { control.appendGate = null; letGo() }
}
/** The same for a replace that is asked for now, and each later one until the next call. @param {ReturnType<typeof createMachine>} machine */
function holdReplaces({ control }) {
  let letGo = () => {}
  const gate = control.gate = new Promise((resolve) => { letGo = () => resolve(undefined) })
  return () => {
    if (control.gate === gate) control.gate = null
    letGo()
  }
}
/** `b` writes and takes over from `a`, which was frozen meanwhile; then `b` is frozen, so that it confirms nothing. */
async function passOver(a, b, word) {
  a.freeze()
  b.add(word)
  await until(() => b.journal.state === "owner", "b takes over")
  b.freeze()
  a.thaw()
  await until(() => a.journal.state === "follower", "a follows")
}
const states = (tabs) => tabs.map(({ journal }) => journal.state)

test("another takes over from an owner that is frozen; that one follows when it comes to itself, and nothing is lost", async () => {
  const machine = createMachine()
  const [a, b, c] = await openTabs(machine, 3)
  a.add("kept by a")
  await a.journal.flush()
  a.freeze()
  b.add("from b")
  await b.journal.flush()
  assert.deepEqual(states([a, b, c]).sort(), ["follower", "owner", "owner"], "a does not know yet; b or c, who waits for the same word")
  assert.deepEqual(await machine.onDisk(), ["from b", "kept by a"])
  c.add("from c")
  await c.journal.flush() // it asks the one that owns now
  a.thaw()
  await until(() => a.journal.state === "follower", "a follows")
  await until(() => a.holds("from b", "from c"), "a has what was written meanwhile")
  a.add("later")
  await a.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["from b", "from c", "kept by a", "later"])
  await (b.journal.state === "owner" ? b : c).close()
  await until(() => states([a, b, c]).includes("owner"), "the next in the queue follows")
  for (const tab of [a, b, c]) await tab.close()
  await until(() => machine.browser.leftovers().locks.length === 0, "nothing is left")
})

test("what the store says to an owner that was passed over does not count: its row may be gone", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  const letGo = holdAppends(machine)
  a.add("under way")
  await passOver(a, b, "from b")
  letGo()
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(a.journal.pending > 0)
  b.thaw()
  await a.journal.flush()
  assert.deepEqual(states([a, b]), ["follower", "owner"])
  assert.equal(a.journal.pending, 0)
  assert.deepEqual(await machine.onDisk(), ["from b", "under way"])
  await b.close()
  await a.close()
})

test("a store that fails because another took it is no failure: that one is asked", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  a.freeze()
  b.add("from b")
  await until(() => b.journal.state === "owner", "b takes over")
  a.add("late")
  machine.control.fails.flush = true // an OPFS file is fenced off, and that may be heard before the lock is known to be lost
  const flushed = a.journal.flush()
  machine.control.fails.flush = false
  a.thaw()
  await flushed
  assert.deepEqual(states([a, b]), ["follower", "owner"])
  assert.deepEqual(await machine.onDisk(), ["from b", "late"])
  await b.close()
  await a.close()
})

test("a successor that is frozen when its turn comes is passed over", async () => {
  const machine = createMachine()
  const [a, b, c] = await openTabs(machine, 3)
  b.freeze()
  await a.close()
  c.add("from c")
  await c.journal.flush()
  assert.equal(c.journal.state, "owner")
  b.thaw()
  await until(() => b.holds("from c"), "b hears of it")
  await until(() => b.journal.state === "follower", "b follows")
  await b.close()
  await c.close()
})

test("an owner that answers is left in its place, however long its store takes", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2, { saveDelayMs: 60_000 })
  const letGo = holdAppends(machine)
  b.add("from b")
  const asked = b.tabs.heard(a.tabs.id)
  await until(() => b.tabs.heard(a.tabs.id) >= asked + 4, "it was asked several times whether it lives")
  assert.deepEqual(states([a, b]), ["owner", "follower"])
  letGo()
  await b.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["from b"])
  await b.close()
  await a.close()
})

test("what a compaction of an owner that was passed over wrote does not count", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2, { saveDelayMs: 60_000 })
  a.add("one")
  await a.journal.flush()
  const [letAppend, letReplace] = [holdAppends(machine), holdReplaces(machine)]
  a.add("two")
  const compacted = a.journal.compact()
  await until(() => machine.control.waiting === 1, "its whole state is on its way")
  a.freeze()
  const letTakeOver = holdReplaces(machine)
  b.add("from b")
  await until(() => b.journal.state === "owner", "b has read, and is about to write")
  b.freeze()
  a.thaw()
  await until(() => a.journal.state === "follower", "a follows")
  machine.control.calls.length = 0
  letReplace()
  assert.equal(await compacted, false)
  assert.ok(!machine.control.calls.includes("flush"), "a flush would take an OPFS file back")
  assert.ok(a.journal.pending > 0, "b replaces what a wrote")
  letAppend()
  letTakeOver()
  b.thaw()
  await a.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["from b", "one", "two"])
  await b.close()
  await a.close()
})

test("an owner that was full and is passed over is not full any more", async () => {
  const machine = createMachine()
  const disk = createMemoryStorage()
  const noRoom = async () => { throw new WeftError("STORE_FULL", "the test leaves no room") }
  const a = await machine.openTab({ openStore: async () => ({ ...await disk.open("db"), append: noRoom, replace: noRoom }) })
  const b = await machine.openTab({ openStore: () => disk.open("db") })
  await until(() => b.tabs.list().length === 1, "they know each other")
  /** @type {boolean[]} */
  const told = []
  a.journal.on("full", (full) => told.push(full))
  a.add("one")
  await until(() => b.journal.full, "full, in b too")
  a.freeze()
  b.add("two")
  await b.journal.flush()
  a.thaw()
  await until(() => a.journal.state === "follower", "a follows")
  await a.journal.flush()
  assert.deepEqual([told, a.journal.full, b.journal.full], [[true, false], false, false])
  await b.close()
  await a.close()
})

test("one that was passed over watches over the next owner", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2, { saveDelayMs: 60_000 })
  const letAppend = holdAppends(machine)
  a.add("one")
  await passOver(a, b, "two")
  await until(() => a.journal.state === "owner", "a takes over again, though nobody flushes")
  letAppend()
  b.thaw()
  await until(() => b.journal.state === "follower", "b follows")
  await b.close()
  await a.close()
  assert.deepEqual(await machine.onDisk(), ["one", "two"])
})

test("tabs whose reading holds their thread for longer than anyone waits come to an end", async () => {
  const machine = createMachine()
  const slow = async () => {
    /** @type {import("./machine.js").Tab | null} */
    let tab = null
    tab = await machine.openTab({
      load: async (rows) => {
        for await (const row of rows) assert.ok(row)
        if (!tab) return
        tab.freeze()
        await new Promise((resolve) => setTimeout(resolve, 3000))
        tab.thaw()
      },
    })
    return tab
  }
  const [owner, ...others] = [await machine.openTab(), await slow(), await slow()]
  await until(() => others.every(({ tabs }) => tabs.list().length === 2), "all know each other")
  owner.crash()
  for (const [i, tab] of others.entries()) tab.add(`from ${i}`)
  await until(() => others.every(({ journal }) => journal.pending === 0), "one comes to own the store, though each would pass the other over", 30_000)
  for (const tab of others) await tab.close()
})
