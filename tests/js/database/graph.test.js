import assert from "node:assert/strict"
import { test } from "node:test"

import { nextTask, openDb, picture, rejects } from "./open.js"

test("put and get", async (t) => {
  const db = await openDb(t)
  const value = { name: "Ada", born: new Date(-1), key: new Uint8Array([1, 2]), big: 5n, none: null, list: [1, [2, { a: -0 }]], nan: NaN }
  assert.equal(await db.put(value, "ada"), "ada")
  const { result, ...rest } = await db.get("ada")
  assert.deepEqual(rest, {})
  assert.deepEqual(result.value, value)
  assert.deepEqual(result.edges, [])
  assert.equal(typeof result.timestamp.physical, "number")
  assert.deepEqual(await db.get("nobody"), { result: null })
})

test("every kind of value can be a node", async (t) => {
  const db = await openDb(t)
  for (const value of [null, true, false, 0, -1, 1.5, "", "text", [], [1], {}, new Uint8Array(0), new Date(0), 0n, 2n ** 64n - 1n]) {
    const id = await db.put(value)
    assert.deepEqual((await db.get(id)).result.value, value)
  }
})

test("put replaces the value: fields not given are gone", async (t) => {
  const db = await openDb(t)
  await db.put({ a: 1, b: 2 }, "n")
  await db.put({ b: 3, c: 4 }, "n")
  assert.deepEqual((await db.get("n")).result.value, { b: 3, c: 4 })
})

test("a put that changes nothing is no operation", async (t) => {
  const db = await openDb(t)
  await db.put({ a: 1, b: [1] }, "n")
  const before = db.status()
  await db.put({ b: [1], a: 1 }, "n")
  assert.deepEqual(db.status().watermark, before.watermark)
  assert.equal(db.status().operations, before.operations)
})

test("ids: fresh ones are unique, content-addressed ones follow the value", async (t) => {
  const db = await openDb(t)
  const ids = await Promise.all(Array.from({ length: 500 }, () => db.put({})))
  assert.equal(new Set(ids).size, 500)
  const id = await db.put({ a: 1, b: 2 }, { id: "hash" })
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(await db.put({ b: 2, a: 1 }, { id: "hash" }), id)
  assert.notEqual(await db.put({ a: 2, b: 2 }, { id: "hash" }), id)
  await db.put(1, "é".repeat(512))
  await rejects(db.put(1, "é".repeat(513)), "INVALID_ID", "id")
})

test("remove, and remove of what is not there", async (t) => {
  const db = await openDb(t)
  await db.put(1, "n")
  assert.equal(await db.remove("n"), true)
  assert.equal(await db.remove("n"), false)
  assert.equal((await db.get("n")).result, null)
})

test("links", async (t) => {
  const db = await openDb(t)
  for (const id of ["a", "b", "c"]) await db.put({}, id)
  assert.equal(await db.link("a", "b"), true)
  assert.equal(await db.link("a", "b"), false)
  assert.equal(await db.link("a", "c", { label: "knows", value: { since: 1999 } }), true)
  assert.equal(await db.link("a", "b", { label: "knows" }), true)
  assert.deepEqual((await db.get("a")).result.edges, ["b", "c"])
  const knows = await db.links("a", { label: "knows" })
  assert.deepEqual(knows.map(({ source, target, label, value }) => ({ source, target, label, value })), [
    { source: "a", target: "c", label: "knows", value: { since: 1999 } },
    { source: "a", target: "b", label: "knows", value: null },
  ])
  assert.equal((await db.links("a")).length, 3)
  assert.deepEqual((await db.links("b", { direction: "in" })).map(({ source }) => source), ["a", "a"])
  assert.equal((await db.links("b")).length, 0)
  assert.equal((await db.links("b", { direction: "any", label: "" })).length, 1)
  assert.equal(await db.unlink("a", "b"), true)
  assert.equal(await db.unlink("a", "b"), false)
  assert.deepEqual((await db.get("a")).result.edges, ["c", "b"])
  await rejects(db.link("a", "nobody"), "NODE_NOT_FOUND", "target")
  await rejects(db.link("nobody", "a"), "NODE_NOT_FOUND", "source")
  assert.deepEqual(await db.links("nobody"), [])
})

test("clear", async (t) => {
  const db = await openDb(t)
  await db.clear()
  await db.put(1, "n")
  await db.clear()
  assert.deepEqual((await db.map()).results, [])
})

test("what comes out is the caller's own copy, what went in too", async (t) => {
  const db = await openDb(t)
  const value = { list: [1], bytes: new Uint8Array([1]) }
  await db.put(value, "n")
  value.list.push(2)
  value.bytes[0] = 9
  const first = (await db.get("n")).result
  first.value.list.push(3)
  first.value.bytes[0] = 8
  first.edges.push("x")
  assert.deepEqual((await db.get("n")).result.value, { list: [1], bytes: new Uint8Array([1]) })
  assert.deepEqual((await db.get("n")).result.edges, [])
})

test("a batch is one unit", async (t) => {
  const db = await openDb(t)
  await db.put(1, "old")
  const seen = []
  await db.map((event) => { seen.push(`${event.action} ${event.id}`) })
  const ids = await db.batch((tx) => {
    const a = tx.put({ n: 1 })
    const b = tx.put({ n: 2 }, "b")
    tx.link(a, b, { label: "x", value: 7 })
    tx.remove("old")
    tx.put({ n: 3 }, "gone")
    tx.unlink(a, b, { label: "y" })
    tx.remove("gone")
    return [a, b, tx.put({ n: 2 }, { id: "hash" })]
  })
  assert.equal(ids.length, 3)
  assert.deepEqual((await db.links(ids[0])).map(({ target, label, value }) => [target, label, value]), [["b", "x", 7]])
  assert.deepEqual(seen.sort(), ["initial old", `added ${ids[0]}`, "added b", `added ${ids[2]}`, "removed old"].sort())
  await db.batch((tx) => {
    tx.clear()
    tx.put(1, "after")
  })
  assert.deepEqual((await db.map()).results.map(({ id }) => id), ["after"])
  assert.equal(await db.batch(() => 5), 5)
})

test("a batch that fails writes nothing", async (t) => {
  const db = await openDb(t)
  await db.put(1, "n")
  const before = await picture(db)
  const failing = [
    [(tx) => { tx.put(2, "x"); throw new RangeError("mine") }, undefined],
    [async (tx) => { tx.put(2, "x") }, "BATCH_ASYNC"],
    [async (tx) => { tx.put(2, "x"); throw new Error("lost") }, "BATCH_ASYNC"],
    [(tx) => { tx.put(2, "x"); tx.put(() => {}, "y") }, "INVALID_VALUE"],
    [(tx) => { tx.put(2, "x"); tx.put(2, "") }, "INVALID_ID"],
    [(tx) => { tx.put(2, "x"); tx.link("x", "nobody") }, "NODE_NOT_FOUND"],
    [(tx) => { tx.remove("n"); tx.link("n", "n") }, "NODE_NOT_FOUND"],
    [(tx) => { tx.put(2, "x"); db.put(3, "beside").catch(() => {}) }, "INVALID_ARGUMENT"],
    [(tx) => { tx.put(2, "x"); db.batch(() => {}).catch(() => {}); db.remove("n").catch(() => {}) }, "INVALID_ARGUMENT"],
  ]
  for (const [fn, code] of failing) {
    if (code) await rejects(db.batch(fn), code)
    else await assert.rejects(db.batch(fn), RangeError)
    assert.deepEqual(await picture(db), before)
  }
})

test("a batch's values are read when they are given, and its writes end with it", async (t) => {
  const db = await openDb(t)
  let kept
  const value = { n: 1 }
  await db.batch((tx) => {
    kept = tx
    tx.put(value, "n")
    value.n = 2
  })
  assert.deepEqual((await db.get("n")).result.value, { n: 1 })
  assert.throws(() => kept.put(1, "x"), { code: "CLOSED" })
  await db.put(1, "other") // writing goes on after batches, good and bad
})

test("a large batch", async (t) => {
  const db = await openDb(t)
  await db.batch((tx) => { for (let i = 0; i < 20000; i++) tx.put({ n: i, text: "x".repeat(50) }, `n${i}`) })
  assert.equal(db.status().nodes, 20000)
  assert.equal((await db.get("n19999")).result.value.n, 19999)
})

test("after close every method rejects with CLOSED", async (t) => {
  const db = await openDb(t)
  await db.put(1, "n")
  const bytes = await db.export()
  await db.close()
  await db.close()
  const calls = {
    put: () => db.put(1), get: () => db.get("n"), getLive: () => db.get("n", () => {}), remove: () => db.remove("n"),
    link: () => db.link("n", "n"), unlink: () => db.unlink("n", "n"), links: () => db.links("n"), clear: () => db.clear(),
    map: () => db.map(), mapLive: () => db.map(() => {}), batch: () => db.batch(() => {}), flush: () => db.flush(),
    export: () => db.export(), import: () => db.import(bytes), restore: () => db.restore(bytes),
    use: async () => db.use(() => []), syncStatus: async () => db.sync.status(),
  }
  for (const [name, call] of Object.entries(calls)) await rejects(call(), "CLOSED").catch((error) => { throw new Error(name, { cause: error }) })
  assert.deepEqual(db.status(), { open: false, error: "CLOSED" })
})

test("two databases in one process share nothing", async (t) => {
  const one = await openDb(t)
  const two = await openDb(t)
  await one.put(1, "n")
  await nextTask()
  assert.equal((await two.get("n")).result, null)
  assert.notEqual(one.status().replica, two.status().replica)
})

test("a batch is over when its function returns: whoever writes next need not await it", async (t) => {
  const db = await openDb(t)
  const made = db.batch((tx) => tx.put({ first: true }, "a"))
  await db.put({ second: true }, "b")
  await db.batch((tx) => tx.put({ third: true }, "c"))
  await made
  for (const id of ["a", "b", "c"]) assert.notEqual((await db.get(id)).result, null)
})
