import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { test } from "node:test"
import { createTabs } from "../../../js/tabs/tabs.js"
import { createFakeBrowser, until } from "./fake_browser.js"

/** @typedef {ReturnType<ReturnType<typeof createFakeBrowser>["openTab"]>} FakeTab */

/** @param {FakeTab} tab @param {Partial<Parameters<typeof createTabs>[0]>} [options] */
function open(tab, options = {}) {
  const tabs = createTabs({ name: "db", protocol: 1, ...tab, ...options })
  /** @type {string[]} */
  const log = []
  /** @type {[string, Uint8Array][]} */
  const bytes = []
  tabs.on("tab", (id) => log.push(`tab ${id}`))
  tabs.on("gone", (id) => log.push(`gone ${id}`))
  tabs.on("info", (id, info) => log.push(`info ${id} ${info.rtc} ${info.owner}`))
  tabs.on("bytes", (from, data) => bytes.push([from, data]))
  return { tabs, log, bytes, tab }
}

/** @param {number} count @param {Partial<Parameters<typeof createTabs>[0]>} [options] @param {ReturnType<typeof createFakeBrowser>} [browser] */
async function openAll(count, options, browser = createFakeBrowser()) {
  const all = Array.from({ length: count }, () => open(browser.openTab(), options))
  await until(() => all.every(({ tabs }) => tabs.list().length === count - 1), "all know each other")
  return { browser, all }
}

test("tabs of one database find each other, others do not", async () => {
  const { browser, all } = await openAll(3)
  const strangers = [open(browser.openTab(), { name: "other" }), open(browser.openTab(), { protocol: 2 })]
  const late = open(browser.openTab())
  await until(() => late.tabs.list().length === 3, "the late one knows all")
  for (const { log, tabs } of all) {
    assert.equal(new Set(log).size, log.length, "everyone is told once")
    assert.equal(tabs.list().length, 3)
  }
  for (const { tabs } of strangers) assert.deepEqual(tabs.list(), [])
  for (const { tabs } of [...all, ...strangers, late]) tabs.close()
  await until(() => browser.leftovers().channels === 0 && browser.leftovers().locks.length === 0, "nothing is left")
})

test("bytes go to one or to all, in the order they were posted", async () => {
  const { all: [a, b, c] } = await openAll(3)
  const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3)
  assert.equal(a.tabs.broadcast(view), 2)
  assert.ok(a.tabs.send(b.tabs.id, new Uint8Array([3])))
  a.tabs.broadcast(new Uint8Array([4]))
  await until(() => b.bytes.length === 3 && c.bytes.length === 2, "all arrived")
  assert.deepEqual(b.bytes, [[1, 2], [3], [4]].map((data) => [a.tabs.id, new Uint8Array(data)]))
  assert.equal(b.bytes[0][1].buffer.byteLength, 2, "the buffer behind a view stays at home")
  assert.equal(a.tabs.send("0123456789abcdef", view), false)
  for (const { tabs } of [a, b, c]) tabs.close()
  assert.equal(a.tabs.broadcast(view), 0)
})

test("what is said in answer to \"tab\" reaches the other as bytes of one it knows", async () => {
  const browser = createFakeBrowser()
  const a = open(browser.openTab())
  a.tabs.on("tab", (id) => a.tabs.send(id, new Uint8Array([1])))
  const b = open(browser.openTab())
  b.tabs.on("tab", (id) => b.tabs.send(id, new Uint8Array([2])))
  await until(() => a.bytes.length === 1 && b.bytes.length === 1, "both heard each other")
  assert.equal(b.log[0], `tab ${a.tabs.id}`)
  a.tabs.close()
  b.tabs.close()
})

test("a tab joins when its host listens, and misses nothing said to it", async () => {
  const browser = createFakeBrowser()
  const a = open(browser.openTab())
  a.tabs.on("tab", (id) => a.tabs.send(id, new Uint8Array([7])))
  const b = createTabs({ name: "db", protocol: 1, ...browser.openTab() })
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([a.log, b.list(), browser.leftovers().channels], [[], [], 2])
  b.suspend()
  b.resume()
  /** @type {number[]} */
  const heard = []
  b.on("bytes", (_, bytes) => heard.push(bytes[0]))
  await until(() => heard.length === 1, "what was said at once is heard")
  a.tabs.close()
  b.close()
})

test("a tab that closes is gone at once, one that crashes soon, each once", async () => {
  const { browser, all: [a, b, c] } = await openAll(3)
  const [bId, cId] = [b.tabs.id, c.tabs.id]
  b.tabs.close()
  await until(() => a.log.includes(`gone ${bId}`), "the closed one is gone", 100)
  c.tab.crash()
  await until(() => a.log.includes(`gone ${cId}`), "the crashed one is gone", 1000)
  assert.equal(a.log.filter((line) => line.startsWith("gone")).length, 2)
  a.tabs.close()
  await until(() => browser.leftovers().locks.length === 0, "no lock is left")
})

test("the last words of a tab that crashed are heard, though its lock is free before they arrive", async () => {
  const { all: [a, b] } = await openAll(2, {}, createFakeBrowser({ messageDelayMs: 30 }))
  const id = b.tabs.id
  /** @type {string[]} */
  const order = []
  a.tabs.on("bytes", () => order.push("bytes"))
  a.tabs.on("gone", () => order.push("gone"))
  b.tabs.broadcast(new Uint8Array(1000))
  b.tab.crash()
  await until(() => a.log.includes(`gone ${id}`), "gone")
  assert.deepEqual(order, ["bytes", "gone"])
  a.tabs.close()
})

test("a tab that closes stops waiting for the others' locks", async () => {
  const { browser, all: [a, b, c] } = await openAll(3)
  await until(() => browser.leftovers().waiting === 6, "each waits for two")
  a.tabs.close()
  await until(() => browser.leftovers().waiting === 2, "b and c wait for each other")
  b.tabs.close()
  c.tabs.close()
})

test("info travels with the greeting and when it changes", async () => {
  const browser = createFakeBrowser()
  const a = open(browser.openTab(), { info: { rtc: true, owner: false } })
  const b = open(browser.openTab())
  await until(() => b.tabs.list().length === 1, "known")
  assert.deepEqual(b.tabs.list(), [{ id: a.tabs.id, rtc: true, owner: false }])
  a.tabs.update({ owner: true })
  a.tabs.update({ owner: true })
  await until(() => b.tabs.list()[0].owner, "the change arrived")
  await until(() => b.log.length === 2, "told once")
  assert.equal(b.log[1], `info ${a.tabs.id} true true`)
  a.tabs.close()
  b.tabs.close()
})

test("a page that leaves and returns joins as a new tab", async () => {
  const { all: [a, b] } = await openAll(2)
  const before = b.tabs.id
  b.tabs.suspend()
  assert.deepEqual(b.tabs.list(), [])
  assert.deepEqual(b.log, [`tab ${a.tabs.id}`, `gone ${a.tabs.id}`])
  await until(() => a.log.includes(`gone ${before}`), "it left")
  b.tabs.resume()
  await until(() => a.tabs.list().length === 1 && b.tabs.list().length === 1, "it is back")
  assert.notEqual(b.tabs.id, before)
  a.tabs.close()
  b.tabs.close()
})

test("questions are answered, refused, lost, or run into their limit", async () => {
  const { all: [a, b, c] } = await openAll(3)
  b.tabs.handle("double", (from, payload) => { assert.equal(from, a.tabs.id); return Number(payload) * 2 })
  b.tabs.handle("fail", async () => { throw Object.assign(new Error("no"), {}) })
  b.tabs.handle("never", () => new Promise(() => {}))
  assert.equal(await a.tabs.request(b.tabs.id, "double", 21), 42)
  await assert.rejects(a.tabs.request(b.tabs.id, "fail"), { code: "INTERNAL", message: "no" })
  await assert.rejects(a.tabs.request(b.tabs.id, "unheard"), { code: "UNKNOWN_MESSAGE" })
  await assert.rejects(a.tabs.request("0123456789abcdef", "double"), { code: "PEER_NOT_FOUND" })
  await assert.rejects(a.tabs.request(b.tabs.id, "never", null, { limitMs: 20 }), { code: "TIMEOUT" })
  const lost = assert.rejects(a.tabs.request(b.tabs.id, "never"), { code: "LINK_LOST" })
  b.tabs.close()
  await lost
  c.tabs.handle("never", () => new Promise(() => {}))
  const closed = assert.rejects(a.tabs.request(c.tabs.id, "never"), { code: "CLOSED" })
  a.tabs.close()
  await closed
  await assert.rejects(a.tabs.request(c.tabs.id, "never"), { code: "CLOSED" })
  c.tabs.close()
})

test("what is not ours is ignored and counted", async () => {
  const { browser, all: [a, b] } = await openAll(2)
  const from = "0123456789abcdef"
  const foreign = [
    null, 5, "text", {}, { weft: 2 }, { weft: 1, from: "me", kind: "bye" }, { weft: 1, from },
    { weft: 1, from, kind: "bytes", bytes: [1, 2] }, { weft: 1, from, kind: "hello" }, { weft: 1, from, kind: "hello", info: { rtc: 1, owner: true } },
    { weft: 1, from, kind: "ask", n: 1.5, name: "x", to: a.tabs.id }, { weft: 1, from, kind: "answer", n: 1 }, { weft: 1, from, to: 7, kind: "bye" },
    { weft: 1, from, kind: "here", info: { rtc: true, owner: true } },
  ]
  for (const data of foreign) browser.postForeign("weft:tabs:1:db", data)
  await until(() => a.tabs.status().ignored === foreign.length, "all were counted")
  b.tabs.update({ rtc: true })
  await until(() => a.tabs.list()[0].rtc, "still in touch")
  assert.equal(a.tabs.list().length, 1)
  a.tabs.close()
  b.tabs.close()
})

test("without Web Locks silence means gone, and whoever speaks again is known again", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] })
  let clock = 0
  const browser = createFakeBrowser()
  const options = { locks: null, now: () => clock }
  const [a, b] = [open(browser.openTab(), options), open(browser.openTab(), options)]
  await until(() => a.tabs.list().length === 1 && b.tabs.list().length === 1, "known")
  const steps = async (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) {
      clock += 5000
      t.mock.timers.tick(5000)
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    }
  }
  await steps(60)
  assert.equal(a.log.length, 1, "beats keep it alive")
  b.tab.crash()
  await steps(31)
  assert.deepEqual(a.log, [`tab ${b.tabs.id}`, `gone ${b.tabs.id}`])
  a.tabs.close()
  b.tabs.close()
  assert.equal(browser.leftovers().channels, 0)
})

test("one that was given up for dead but speaks is greeted anew by both", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] })
  let clock = 0
  const browser = createFakeBrowser()
  const a = open(browser.openTab(), { locks: null, now: () => clock })
  const b = open(browser.openTab(), { locks: null, now: () => 0 })
  await until(() => a.tabs.list().length === 1 && b.tabs.list().length === 1, "known")
  clock = 1e6
  t.mock.timers.tick(5000)
  assert.deepEqual(a.tabs.list(), [], "given up")
  b.tabs.broadcast(new Uint8Array(1))
  await until(() => a.tabs.list().length === 1 && b.log.length === 3, "linked again")
  assert.deepEqual(b.log, ["tab", "gone", "tab"].map((what) => `${what} ${a.tabs.id}`))
  assert.equal(a.bytes.length, 0, "bytes come only between tab and gone")
  a.tabs.close()
  b.tabs.close()
})

test("in Node an open channel does not keep the process alive", () => {
  const code = `import { createTabs } from ${JSON.stringify(new URL("../../../js/tabs/tabs.js", import.meta.url).href)}
    createTabs({ name: "db", protocol: 1, locks: null }).on("bytes", () => {})
    console.log("open")`
  assert.equal(execFileSync(process.execPath, ["--input-type=module", "-e", code], { timeout: 20_000, encoding: "utf8" }), "open\n")
})

test("Node's own BroadcastChannel carries it too", async () => {
  const [a, b] = [open(/** @type {any} */ ({}), { name: "node", locks: null }), open(/** @type {any} */ ({}), { name: "node", locks: null })]
  await until(() => a.tabs.list().length === 1 && b.tabs.list().length === 1, "known")
  a.tabs.broadcast(new Uint8Array([1, 2]))
  await until(() => b.bytes.length === 1, "arrived")
  assert.deepEqual(b.bytes[0], [a.tabs.id, new Uint8Array([1, 2])])
  a.tabs.close()
  await until(() => b.tabs.list().length === 0, "gone")
  b.tabs.close()
})

test("tabs of two protocols never meet, and both are told, once", async () => {
  const browser = createFakeBrowser()
  const told = /** @type {[string, number][]} */ ([])
  const all = [1, 1, 2].map((protocol, i) => {
    const opened = open(browser.openTab(), { protocol })
    opened.tabs.on("version", (theirs) => told.push([`${i}`, theirs]))
    return opened
  })
  await until(() => told.length === 3, "all three are told")
  assert.deepEqual(told.sort(), [["0", 2], ["1", 2], ["2", 1]])
  assert.deepEqual(all.map(({ tabs }) => tabs.list().length), [1, 1, 0])
  all[2].tabs.suspend()
  all[2].tabs.resume()
  const late = open(browser.openTab(), { protocol: 2 })
  late.tabs.on("version", (theirs) => told.push(["late", theirs]))
  await until(() => late.tabs.stranger === 1 && late.tabs.list().length === 1, "the late one as well")
  assert.equal(told.length, 4, "nobody is told again")
  for (const { tabs } of [...all, late]) tabs.close()
  await until(() => browser.leftovers().channels === 0 && browser.leftovers().locks.length === 0, "nothing is left")
})
