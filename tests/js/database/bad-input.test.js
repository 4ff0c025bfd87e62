import assert from "node:assert/strict"
import { test } from "node:test"

import { openDatabase } from "../../../js/database.js"
import { nextTask, openDb, picture, platform, rejects } from "./open.js"

const circle = { list: [] }
circle.list.push(circle)
const deep = (depth) => { let value = 1; for (let i = 0; i < depth; i++) value = { a: value }; return value }

const BAD_IDS = [null, 5, 5n, true, {}, [], ["a"], Symbol("s"), () => "id", "", "x".repeat(1025), "é".repeat(513), "\ud800", "a\udc00", new String("a"), { id: "other" }, { id: "hash", more: 1 }]
const BAD_VALUES = [
  [undefined, "INVALID_VALUE"], [() => {}, "INVALID_VALUE"], [Symbol("s"), "INVALID_VALUE"], [{ a: [new Map()] }, "INVALID_VALUE", "value.a[0]"],
  [{ a: new Date(NaN) }, "INVALID_VALUE", "value.a"], [2n ** 64n, "INVALID_VALUE"], ["\udfff", "INVALID_VALUE"], [{ "\ud800": 1 }, "INVALID_VALUE"],
  [new Float64Array(1), "INVALID_VALUE"], [new ArrayBuffer(1), "INVALID_VALUE"], [circle, "CIRCULAR_VALUE", "value.list[0]"],
  [deep(129), "TOO_DEEP"], ["x".repeat((16 << 20) + 1), "TOO_LARGE"], [new Uint8Array(17 << 20), "TOO_LARGE"], [{ get a() { throw new Error("mine") } }, "INVALID_VALUE"],
]

/** A database with something in it, and a check that nothing changed. */
async function guarded(t) {
  const db = await openDb(t)
  await db.put({ a: 1 }, "n")
  await db.put({ a: 2 }, "m")
  await db.link("n", "m", { label: "x" })
  const before = await picture(db)
  return { db, same: async () => assert.deepEqual(await picture(db), before) }
}

test("bad ids", async (t) => {
  const { db, same } = await guarded(t)
  for (const id of BAD_IDS) {
    await rejects(db.put(1, id), "INVALID_ID", "id")
    await rejects(db.batch((tx) => tx.put(1, id)), "INVALID_ID", "id")
    if (id === null || id === undefined || typeof id !== "object" || !("id" in id)) await rejects(db.batch((tx) => tx.remove(id)), "INVALID_ID", "id")
  }
  for (const id of [undefined, ...BAD_IDS, { id: "hash" }]) {
    await rejects(db.get(id), "INVALID_ID", "id")
    await rejects(db.get(id, () => {}), "INVALID_ID", "id")
    await rejects(db.remove(id), "INVALID_ID", "id")
    await rejects(db.links(id), "INVALID_ID", "id")
    await rejects(db.scrub(id), "INVALID_ID", "id")
    for (const method of ["link", "unlink"]) {
      await rejects(db[method](id, "n"), "INVALID_ID", "source")
      await rejects(db[method]("n", id), "INVALID_ID", "target")
      await rejects(db.batch((tx) => tx[method](id, "n")), "INVALID_ID", "source")
      await rejects(db.batch((tx) => tx[method]("n", id)), "INVALID_ID", "target")
    }
  }
  await same()
})

test("bad values", async (t) => {
  const { db, same } = await guarded(t)
  for (const [value, code, path] of BAD_VALUES) {
    await rejects(db.put(value, "n"), code, path)
    await rejects(db.put(value, { id: "hash" }), code, path)
    await rejects(db.batch((tx) => { tx.put(1, "other"); tx.put(value, "n") }), code, path)
    if (value !== undefined) await rejects(db.link("n", "m", { value }), code, path)
    if (value !== undefined) await rejects(db.batch((tx) => tx.link("n", "m", { value })), code, path)
  }
  await same()
})

test("128 deep passes, also in a link and a batch", async (t) => {
  const { db } = await guarded(t)
  await db.put(deep(128), "deep")
  await db.link("n", "m", { value: deep(128) })
  await db.batch((tx) => { tx.put(deep(128), "deep2"); tx.link("m", "n", { value: deep(128) }) })
  assert.deepEqual((await db.get("deep")).result.value, deep(128))
  assert.deepEqual((await db.get("deep2")).result.value, deep(128))
})

test("16 MiB passes", async (t) => {
  const { db } = await guarded(t)
  const text = "x".repeat((16 << 20) - 5)
  await db.put(text, "large")
  assert.equal((await db.get("large")).result.value.length, text.length)
  await db.put({ bytes: new Uint8Array(10 << 20) }, "binary")
  assert.equal((await db.get("binary")).result.value.bytes.length, 10 << 20)
})

test("bad options of links", async (t) => {
  const { db } = await guarded(t)
  for (const options of [null, 5, "x", [], () => {}]) {
    await rejects(db.link("n", "m", options), "INVALID_ARGUMENT", "options")
    await rejects(db.unlink("n", "m", options), "INVALID_ARGUMENT", "options")
    await rejects(db.links("n", options), "INVALID_ARGUMENT", "options")
    await rejects(db.batch((tx) => tx.link("n", "m", options)), "INVALID_ARGUMENT", "options")
  }
  for (const label of [null, 5, {}, "x".repeat(257), "é".repeat(129), "\ud800"]) {
    await rejects(db.link("n", "m", { label }), "INVALID_ARGUMENT", "label")
    await rejects(db.unlink("n", "m", { label }), "INVALID_ARGUMENT", "label")
    await rejects(db.links("n", { label }), "INVALID_ARGUMENT", "label")
    await rejects(db.batch((tx) => tx.unlink("n", "m", { label })), "INVALID_ARGUMENT", "label")
  }
  await rejects(db.link("n", "m", { lable: "typo" }), "INVALID_ARGUMENT", "options.lable")
  await rejects(db.links("n", { direction: "up" }), "INVALID_ARGUMENT", "options.direction")
  await rejects(db.links("n", { direction: 0 }), "INVALID_ARGUMENT", "options.direction")
  await db.link("n", "m", { label: "é".repeat(128) })
  await db.unlink("n", "m", { label: "é".repeat(128) })
  await rejects(db.link("n", "m", { label: "y", value: () => {} }), "INVALID_VALUE")
  const { results } = await db.map()
  assert.equal(results.length, 2)
  assert.equal((await db.links("n")).length, 1)
})

test("bad functions", async (t) => {
  const { db, same } = await guarded(t)
  for (const bad of [undefined, null, 5, {}, "x"]) {
    await rejects(db.batch(bad), "INVALID_ARGUMENT", "fn")
    if (bad !== undefined) await rejects(db.get("n", bad), "INVALID_ARGUMENT", "callback")
    assert.throws(() => db.sync.on("change", bad), { code: "INVALID_ARGUMENT" })
  }
  assert.throws(() => db.sync.on("nothing", () => {}), { code: "INVALID_ARGUMENT" })
  await same()
})

test("no method throws synchronously or leaves a rejection unheard", async (t) => {
  const { db } = await guarded(t)
  const unheard = []
  const hear = (error) => unheard.push(error)
  process.on("unhandledRejection", hear)
  for (const name of ["put", "get", "remove", "link", "unlink", "links", "map", "batch", "import", "restore", "scrub"]) {
    const promise = db[name](Symbol("bad"), Symbol("bad"), Symbol("bad"))
    assert.ok(promise instanceof Promise, name)
    await assert.rejects(promise)
  }
  await nextTask()
  process.off("unhandledRejection", hear)
  assert.deepEqual(unheard, [])
})

test("values that call the database while they are read", async (t) => {
  const { db } = await guarded(t)
  const inner = []
  const note = (promise) => promise.catch((error) => inner.push(error.code))
  const value = {
    get a() { note(db.put(1, "inner")); return 1 },
    b: { toJSON() { note(db.get("n")); note(db.map()); note(db.export()); note(db.batch((tx) => tx.put(1, "inner"))); return 2 } },
  }
  await db.put(value, "outer")
  await nextTask()
  assert.deepEqual((await db.get("outer")).result.value, { a: 1, b: 2 })
  assert.equal((await db.get("inner")).result, null)
  assert.deepEqual(inner, Array(5).fill("INVALID_ARGUMENT"))
})

test("prototype pollution by names", async (t) => {
  const { db } = await guarded(t)
  const evil = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "a": {"__proto__": {"polluted": 2}}}')
  await db.put(evil, "__proto__")
  const { value } = (await db.get("__proto__")).result
  assert.equal({}.polluted, undefined)
  assert.equal(value.polluted, undefined)
  assert.deepEqual(JSON.stringify(value), JSON.stringify({ ["__proto__"]: { polluted: 1 }, a: evil.a, constructor: evil.constructor }))
  await db.put(1, "constructor")
  assert.equal((await db.map({ query: { id: "__proto__" } })).results.length, 1)
  await db.import(await db.export())
  assert.equal({}.polluted, undefined)
})

test("bad names and options of weft()", async () => {
  const bad = [
    [undefined], [null], [5], [""], ["x".repeat(300)], ["\ud800"], [{}],
    ["n", null], ["n", 5], ["n", []], ["n", "x"],
    ["n", { rtc: 5 }], ["n", { rtc: "yes" }], ["n", { rtc: { relayUrls: "ws://x" } }], ["n", { rtc: { relayUrls: ["http://x"] } }], ["n", { rtc: { relayUrls: [] } }],
    ["n", { password: 5 }], ["n", { password: "" }], ["n", { middleware: 5 }], ["n", { middleware: [5] }],
    ["n", { oplogSize: -1 }], ["n", { oplogSize: 1.5 }], ["n", { oplogSize: "9" }], ["n", { oplogSize: 1e9 }], ["n", { saveDelay: -1 }], ["n", { saveDelay: NaN }],
    ["n", { durability: "none" }], ["n", { storage: "localstorage", durability: "strict" }], ["n", { merge: "value" }], ["n", { fullState: "keep" }], ["n", { reconcile: 1 }], ["n", { maxDrift: -5 }],
    ["n", { compressAbove: Infinity }], ["n", { proveAfter: "soon" }], ["n", { debug: "yes" }], ["n", { tabs: 1 }], ["n", { storage: 5 }], ["n", { storage: "disk" }],
  ]
  for (const args of bad) await rejects(openDatabase(...[args[0], args[1]], platform), "INVALID_ARGUMENT")
})

test("what later versions bring is refused", async () => {
  for (const options of [{ sm: {} }, { rtc: { cells: true } }]) {
    await rejects(openDatabase("n", options, platform), "NOT_SUPPORTED_YET")
  }
  for (const storage of ["opfs", "indexeddb", "localstorage"]) await rejects(openDatabase("n", { storage }, platform), "STORAGE_UNAVAILABLE")
  await rejects(openDatabase("n", { rtc: true }, platform), "RTC_UNAVAILABLE")
})

test("unknown options are told of under debug, and only then", async (t) => {
  const warnings = []
  const { warn, debug } = console
  console.warn = (text) => warnings.push(text)
  console.debug = () => {}
  t.after(() => { console.warn = warn; console.debug = debug })
  await (await openDatabase("n", { nonsense: 1 }, platform)).close()
  assert.deepEqual(warnings, [])
  await (await openDatabase("n", { nonsense: 1, debug: true }, platform)).close()
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], /nonsense/)
})
