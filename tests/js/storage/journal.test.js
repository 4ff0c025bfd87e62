import assert from "node:assert/strict"
import { test } from "node:test"
import { WeftError } from "../../../js/errors.js"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { createOwnership } from "../../../js/storage/owner.js"
import { createTabs } from "../../../js/tabs/tabs.js"
import { createFakeBrowser, until } from "../tabs/fake_browser.js"
import { createFailing } from "./failing_store.js"
import { createTinyReplica, wordsIn } from "./tiny_replica.js"

/** One machine: a disk, a browser, and tabs on it. */
function createMachine() {
  const disk = createMemoryStorage()
  const failing = createFailing(disk.open)
  const browser = createFakeBrowser()
  return {
    browser,
    control: failing.control,
    onDisk: async () => {
      const store = await disk.open("db")
      const words = (await wordsIn(store)).sort()
      await store.close()
      return [...new Set(words)]
    },
    /** @param {Partial<Parameters<typeof createTinyReplica>[0]>} [options] */
    async openTab(options = {}) {
      const tab = browser.openTab()
      const tabs = createTabs({ name: "db", protocol: 1, ...tab })
      const ownership = createOwnership({ name: "db", locks: tab.locks })
      const life = { over: false }
      const openStore = async () => mortal(await failing.open("db"), life)
      const replica = createTinyReplica({ openStore, ownership, tabs, saveDelayMs: 20, flushLimitMs: 2000, ...options })
      await replica.journal.open()
      return {
        ...replica,
        tabs, ownership,
        /** Ends without a word: nothing it does from now on reaches anyone, and its timers stop. */
        crash() {
          life.over = true
          tab.crash()
          void replica.journal.destroy()
          tabs.close()
        },
        async close() { await replica.close(); tabs.close() },
        /** @param {string[]} words */
        holds: (...words) => words.every((word) => replica.words.has(word)),
      }
    },
  }
}

/**
 * The store of a tab: once its life is over nothing it asks for is done, nor answered.
 * @param {import("../../../js/storage/contract.js").Store} store
 * @param {{ over: boolean }} life
 * @returns {import("../../../js/storage/contract.js").Store}
 */
function mortal(store, life) {
  const never = () => new Promise(() => {})
  return {
    ...store,
    append: (chunks) => life.over ? never() : store.append(chunks),
    replace: (chunks) => life.over ? never() : store.replace(chunks),
    flush: () => life.over ? never() : store.flush(),
    destroy: async () => { if (!life.over) await store.destroy() },
  }
}

/** @typedef {Awaited<ReturnType<ReturnType<typeof createMachine>["openTab"]>>} Tab */

/** @param {ReturnType<typeof createMachine>} machine @param {number} count */
async function openTabs(machine, count) {
  /** @type {Tab[]} */
  const tabs = []
  for (let i = 0; i < count; i++) tabs.push(await machine.openTab())
  await until(() => tabs.every(({ tabs: own }) => own.list().length === count - 1), "all know each other")
  return tabs
}

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

test("a torn tail that `load` reports is replaced at once", async () => {
  const machine = createMachine()
  const a = await machine.openTab({ load: async () => /** @type {any} */ ({ rewrite: true }) })
  assert.equal(machine.control.calls.includes("replace"), true)
  assert.equal(a.journal.state, "owner")
  await a.close()
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
