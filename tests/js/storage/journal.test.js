import assert from "node:assert/strict"
import { test } from "node:test"
import { WeftError } from "../../../js/errors.js"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { createOwnership } from "../../../js/storage/owner.js"
import { until } from "../tabs/fake_browser.js"
import { createFailing } from "./failing_store.js"
import { createMachine, openTabs } from "./machine.js"
import { createTinyReplica, wordsIn } from "./tiny_replica.js"

test("the owner appends; pending says what is not safe yet; flush makes it safe; the next process reads it", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  assert.equal(a.journal.state, "owner")
  a.add("one", "two")
  assert.equal(a.journal.pending, 8)
  await a.journal.flush()
  assert.equal(a.journal.pending, 0)
  assert.deepEqual(await machine.onDisk(), ["one", "two"])
  assert.equal(a.journal.status().bytes, 8)
  await a.close()
  const b = await machine.openTab()
  assert.deepEqual([...b.words], ["one", "two"])
  await b.close()
  await until(() => machine.browser.leftovers().locks.length === 0 && machine.browser.leftovers().channels === 0, "nothing is left")
})

test("opening writes nothing when there is nothing to mend", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("one")
  await a.close()
  machine.control.calls.length = 0
  const b = await machine.openTab()
  assert.equal(b.journal.state, "owner")
  assert.deepEqual(machine.control.calls, ["open", "read"])
  await b.close()
})

test("what is written is flushed after saveDelay without being asked", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("one")
  await until(() => machine.control.calls.includes("flush"), "it was flushed")
  await a.close()
})

test("a follower's writes are journaled by the owner, and its pending falls to 0 without a flush", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  assert.deepEqual([a.journal.state, b.journal.state], ["owner", "follower"])
  b.add("one")
  assert.equal(b.journal.pending, 4)
  await until(() => b.journal.pending === 0, "the owner confirmed")
  assert.deepEqual(await machine.onDisk(), ["one"])
  assert.ok(a.holds("one"))
  b.add("two")
  await b.journal.flush()
  assert.equal(machine.control.calls.at(-1), "flush", "the owner's store was flushed")
  assert.deepEqual(await machine.onDisk(), ["one", "two"])
  await b.close()
  await a.close()
})

test("a follower asks by itself, and the owner answers only when the bytes are in the store", async () => {
  const machine = createMachine()
  await machine.openTab()
  const b = await machine.openTab({ saveDelayMs: 60_000 })
  await until(() => b.tabs.list().some(({ owner }) => owner), "b knows the owner")
  let open = () => {}
  machine.control.appendGate = new Promise((resolve) => { open = () => resolve(undefined) })
  b.add("one")
  await until(() => machine.control.calls.includes("append"), "the owner appends")
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(b.journal.pending, 4)
  open()
  await until(() => b.journal.pending === 0, "the owner confirmed")
  b.crash()
})

test("when no owner answers, flush says so", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  const b = await machine.openTab({ flushLimitMs: 60, saveDelayMs: 5000 })
  await until(() => b.tabs.list().some(({ owner }) => owner), "b knows the owner")
  a.tabs.handle("journal", () => new Promise(() => {}))
  b.add("x")
  await assert.rejects(b.journal.flush(), { code: "TIMEOUT" })
  assert.ok(b.journal.pending > 0)
  a.tabs.close()
  await until(() => b.tabs.list().length === 0, "no owner is known")
  await assert.rejects(b.journal.flush(), { code: "TIMEOUT" })
  await a.close()
  await until(() => b.journal.state === "owner", "b follows")
  await b.close()
  assert.deepEqual(await machine.onDisk(), ["x"])
})

test("the owner answers only when what the follower posted has settled", async () => {
  const machine = createMachine()
  /** @type {() => void} */
  let settle = () => {}
  const settled = new Promise((resolve) => { settle = () => resolve(undefined) })
  const a = await machine.openTab({ settle: async () => { await settled } })
  const b = await machine.openTab()
  await until(() => a.tabs.list().length === 1 && b.tabs.list().length === 1, "known")
  b.add("x")
  let done = false
  const flushed = b.journal.flush().then(() => { done = true })
  await until(() => a.holds("x"), "it arrived")
  await a.journal.flush()
  assert.equal(done, false)
  settle()
  await flushed
  await b.close()
  await a.close()
})

test("a failed append is told, everything stays pending, and the whole state heals the store", async () => {
  const machine = createMachine()
  const a = await machine.openTab({ saveDelayMs: 5000 })
  a.add("before")
  await a.journal.flush()
  machine.control.fails = { append: true, replace: true }
  a.add("one")
  a.add("two")
  await until(() => a.journal.state === "broken", "it is broken")
  a.add("three")
  assert.equal(a.journal.pending, "one\ntwo\nthree\n".length)
  assert.equal(a.journal.status().error?.code, "STORAGE_FAILED")
  await assert.rejects(a.journal.flush(), { code: "STORAGE_FAILED" })
  assert.deepEqual(await machine.onDisk(), ["before"], "nothing leapfrogged")
  machine.control.fails = {}
  await a.journal.flush()
  assert.deepEqual([a.journal.state, a.journal.pending, a.journal.status().error], ["owner", 0, null])
  assert.deepEqual(await machine.onDisk(), ["before", "one", "three", "two"])
  assert.equal(a.errors[0], "STORAGE_FAILED")
  await a.close()
})

test("it heals by itself", async () => {
  const machine = createMachine()
  const a = await machine.openTab({ saveDelayMs: 60_000 })
  machine.control.fails = { append: true }
  a.add("one")
  await until(() => a.journal.state === "broken", "it is broken")
  machine.control.fails = {}
  await until(() => a.journal.pending === 0, "it healed")
  assert.deepEqual(await machine.onDisk(), ["one"])
  await a.close()
})

test("a tab in which the store fails again and again lets another own it", async () => {
  const machine = createMachine()
  const failing = createFailing(machine.disk.open)
  const a = await machine.openTab({ openStore: () => failing.open("db") })
  const b = await machine.openTab()
  failing.control.fails = { append: true, replace: true }
  a.add("of a")
  await until(() => b.journal.state === "owner", "the other owns it")
  await until(() => a.journal.pending === 0, "what was pending is safe")
  b.add("of b")
  await Promise.all([a.journal.flush(), b.journal.flush()])
  assert.deepEqual(await machine.onDisk(), ["of a", "of b"])
  assert.deepEqual([a.journal.state, a.journal.status().error], ["follower", null])
  await a.close()
  await b.close()
})

test("alone, it goes on trying", async () => {
  const machine = createMachine()
  const a = await machine.openTab({ saveDelayMs: 60_000 })
  machine.control.fails = { append: true, replace: true }
  a.add("one")
  await until(() => machine.control.calls.filter((call) => call === "replace").length === 3, "it was tried again and again")
  machine.control.fails = {}
  await until(() => a.journal.pending === 0, "it healed")
  assert.deepEqual([a.journal.state, await machine.onDisk()], ["owner", ["one"]])
  await a.close()
})

test("a follower learns of the owner's failing store, and of its healing", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  machine.control.fails = { append: true, replace: true }
  b.add("one")
  await until(() => a.journal.state === "broken", "the owner's store fails")
  assert.ok(b.journal.pending > 0)
  machine.control.fails = {}
  await until(() => b.journal.pending === 0, "the follower's words are safe")
  assert.deepEqual(await machine.onDisk(), ["one"])
  await b.close()
  await a.close()
})

test("a store that the platform closed is opened again when there is something to write", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("one")
  await a.journal.flush()
  machine.control.lose("closed")
  assert.equal(a.journal.state, "broken")
  assert.equal(machine.control.calls.filter((call) => call === "open").length, 1, "not before")
  a.add("two")
  await a.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["one", "two"])
  assert.equal(machine.control.calls.filter((call) => call === "open").length, 2)
  await a.close()
})

test("a store that was destroyed or upgraded is let alone, and the lock on it is free", async () => {
  for (const why of /** @type {const} */ (["deleted", "upgraded"])) {
    const machine = createMachine()
    const a = await machine.openTab()
    machine.control.lose(why)
    assert.deepEqual([a.journal.state, a.ownership.isOwner], ["lost", false])
    a.add("one")
    await assert.rejects(a.journal.flush(), { code: "STORAGE_FAILED" })
    assert.deepEqual(await machine.onDisk(), [])
    await a.close()
  }
})

test("a store that cannot be understood is never replaced", async () => {
  const corrupt = async () => { throw new WeftError("CORRUPT_STORE", "the test cannot read it") }
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("kept")
  await a.journal.flush()
  await a.close()
  await assert.rejects(machine.openTab({ load: corrupt }), { code: "CORRUPT_STORE" })
  assert.deepEqual(await machine.onDisk(), ["kept"])

  let calls = 0
  const b = await machine.openTab()
  const c = await machine.openTab({ load: async () => { if (++calls > 1) await corrupt() } })
  b.crash()
  await until(() => c.journal.state === "lost", "c gives up")
  assert.deepEqual(c.errors, ["CORRUPT_STORE"])
  await assert.rejects(c.journal.flush().then(() => c.add("x")).then(() => c.journal.flush()), { code: "CORRUPT_STORE" })
  assert.deepEqual(await machine.onDisk(), ["kept"])
  await c.close()
})

test("a torn tail that `load` reports is replaced at once", async () => {
  const machine = createMachine()
  const a = await machine.openTab({ load: async () => /** @type {any} */ ({ rewrite: true }) })
  assert.equal(machine.control.calls.includes("replace"), true)
  assert.equal(a.journal.state, "owner")
  await a.close()
})

test("what is opened sound is not written again: opening, and going on, replaces nothing", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("one")
  await a.close()
  const b = await machine.openTab()
  b.add("two")
  await b.close()
  assert.equal(machine.control.calls.includes("replace"), false)
  assert.deepEqual(await machine.onDisk(), ["one", "two"])
})

test("compact replaces the rows; a follower's does nothing; one that fails leaves writing as it was", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  for (const word of ["a", "b", "c"]) a.add(word)
  assert.equal(await a.journal.compact(), true)
  assert.equal(await b.journal.compact(), false)
  assert.deepEqual(await machine.onDisk(), ["a", "b", "c"])
  machine.control.fails = { replace: true }
  await assert.rejects(a.journal.compact(), { code: "STORAGE_FAILED" })
  a.add("d")
  await a.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["a", "b", "c", "d"])
  await b.close()
  await a.close()
})

test("a page that leaves hands its words and the store over; one that returns follows", async () => {
  const machine = createMachine()
  const [a, b] = await openTabs(machine, 2)
  a.add("last words")
  a.journal.suspend()
  a.tabs.suspend()
  await until(() => b.journal.state === "owner", "b follows")
  b.add("meanwhile")
  await b.journal.flush()
  a.tabs.resume()
  a.journal.resume()
  assert.equal(a.journal.state, "follower")
  await until(() => a.holds("meanwhile") && a.tabs.list().some(({ owner }) => owner), "a is back in touch")
  a.add("again")
  await a.journal.flush()
  assert.deepEqual(await machine.onDisk(), ["again", "last words", "meanwhile"])
  await b.close()
  await until(() => a.journal.state === "owner", "a follows")
  await a.close()
  await until(() => machine.browser.leftovers().locks.length === 0 && machine.browser.leftovers().channels === 0, "nothing is left")
})

test("without a store nothing is kept, nothing is pending", async () => {
  const replica = createTinyReplica({ openStore: null })
  assert.equal(await replica.journal.open(), "none")
  replica.add("one")
  await replica.journal.flush()
  assert.equal(replica.journal.pending, 0)
  assert.equal(await replica.journal.compact(), false)
  await replica.close()
  assert.equal(replica.journal.state, "closed")
})

test("alone, without tabs and locks", async () => {
  const disk = createMemoryStorage()
  const replica = createTinyReplica({ openStore: () => disk.open("db") })
  assert.equal(await replica.journal.open(), "owner")
  replica.add("one")
  await replica.close()
  assert.deepEqual(await wordsIn(await disk.open("db")), ["one"])
  await assert.rejects(replica.journal.flush().then(() => { replica.add("x"); throw new Error("flushed") }), { message: "flushed" })
})

test("an open that fails leaves nothing, and says why", async () => {
  const machine = createMachine()
  const tab = machine.browser.openTab()
  const ownership = createOwnership({ name: "db", locks: tab.locks })
  const replica = createTinyReplica({ openStore: async () => { throw new WeftError("STORAGE_UNAVAILABLE", "there is none") }, ownership })
  await assert.rejects(replica.journal.open(), { code: "STORAGE_UNAVAILABLE" })
  assert.equal(replica.journal.state, "closed")
  await until(() => machine.browser.leftovers().locks.length === 0, "no lock is left")
})

test("close that cannot flush says so, and still lets go of everything", async () => {
  const machine = createMachine()
  const a = await machine.openTab({ saveDelayMs: 5000 })
  machine.control.fails = { append: true, replace: true, flush: true }
  a.add("one")
  await assert.rejects(a.close(), { code: "STORAGE_FAILED" })
  a.tabs.close()
  assert.equal(a.journal.state, "closed")
  await until(() => machine.browser.leftovers().locks.length === 0, "no lock is left")
})

test("destroy forgets the rows", async () => {
  const machine = createMachine()
  const a = await machine.openTab()
  a.add("one")
  await a.journal.destroy()
  assert.deepEqual(await machine.onDisk(), [])
  assert.equal(a.journal.state, "closed")
  a.tabs.close()
})
