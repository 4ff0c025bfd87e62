import assert from "node:assert/strict"
import { test } from "node:test"

import { openDb, rejects } from "./open.js"

const NODES = 300

async function crowd(t, options) {
  const db = await openDb(t, options)
  await db.batch((tx) => {
    for (let i = 0; i < NODES; i++) tx.put({ n: i, group: `g${i % 7}`, tags: [`t${i % 3}`, `t${i % 5}`], deep: { at: new Date(i), list: [{ x: i }], bytes: new Uint8Array([i]) } }, `n${i}`)
  })
  return db
}

/** Everything that can be changed in a value, changed. */
function spoil(node) {
  node.value.n = -1
  node.value.tags.push("spoiled")
  node.value.deep.list[0].x = -1
  node.value.deep.at.setTime(0)
  node.value.deep.bytes[0] = 255
  node.value.extra = true
  node.edges.push("nowhere")
  node.timestamp.physical = 0
}

test("who changes what it got changes nobody else's copy", async (t) => {
  const db = await crowd(t)
  const read = {
    map: async () => (await db.map({ query: { n: 5 } })).results[0],
    get: async () => (await db.get("n5")).result,
  }
  const clean = await read.map()
  const copy = structuredClone(clean)
  for (const again of [read.map, read.get, read.map, read.get]) {
    const node = await again()
    assert.deepEqual(node, copy)
    spoil(node)
  }
  assert.deepEqual(await read.get(), copy)
  assert.deepEqual(clean, copy)
})

/** Changes every container in it. @param {any} value */
function spoilAll(value) {
  if (value instanceof Date) value.setTime(0)
  else if (value instanceof Uint8Array) value.fill(255)
  else if (typeof value === "object" && value !== null) {
    for (const name of Object.keys(value)) spoilAll(value[name])
    if (Array.isArray(value)) value.unshift("spoilt")
    else { for (const name of Object.keys(value)) delete value[name]; value.spoilt = true }
  }
}

test("... whatever it is made of, and whichever nodes it came with", async (t) => {
  const values = [
    "text", 7, null, [1, 2], [[1], { a: 1 }], new Date(5), Uint8Array.of(1, 2), {}, { a: {} }, { a: { b: 1 } }, { a: { b: { c: 1 } } }, { a: [1] }, { a: [[1]] },
    { a: new Date(5) }, { a: Uint8Array.of(1) }, { a: [new Date(5), null] }, { a: { b: Uint8Array.of(1) }, c: 1 }, { a: 1, c: [1] }, { a: "x", c: { d: 1 } },
    JSON.parse('{"__proto__": {"a": 1}, "b": [1]}'), { a: JSON.parse('{"__proto__": [1]}') }, Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, [i]])),
  ]
  const db = await openDb(t)
  await db.batch((tx) => { for (let i = 0; i < values.length * 3; i++) tx.put(values[i % values.length], `n${i}`) })
  await db.link("n0", "n1")
  const clean = structuredClone((await db.map({})).results)
  for (let round = 0; round < 4; round++) {
    const { results } = await db.map({})
    assert.deepEqual(results, clean)
    for (const node of results) spoilAll(node)
  }
  assert.deepEqual((await db.get("n9")).result, clean[9])
})

test("what changed is read anew: value, edges, and a node that came back", async (t) => {
  const db = await crowd(t)
  const one = async () => (await db.map({ query: { group: "g1" }, $limit: 1 })).results[0]
  assert.equal((await one()).value.n, 1)
  await db.put({ n: 1000, group: "g1" }, "n1")
  assert.deepEqual((await one()).value, { n: 1000, group: "g1" })
  await db.link("n1", "n2")
  assert.deepEqual((await one()).edges, ["n2"])
  await db.remove("n2")
  assert.deepEqual((await one()).edges, [])
  await db.remove("n1")
  await db.put({ n: 2000, group: "g1" }, "n1")
  assert.equal((await db.get("n1")).result.value.n, 2000)
  await db.clear()
  assert.deepEqual((await db.map()).results, [])
  await db.put({ n: 3 }, "n1")
  assert.deepEqual((await db.get("n1")).result.value, { n: 3 })
})

test("more than is kept is read all the same, again and again", async (t) => {
  const db = await openDb(t)
  const text = "x".repeat(1 << 20)
  await db.batch((tx) => { for (let i = 0; i < 36; i++) tx.put({ i, text }, `big${i}`) })
  for (let round = 0; round < 6; round++) {
    const { results } = await db.map()
    assert.deepEqual(results.map(({ value }) => value.i), Array.from({ length: 36 }, (_, i) => i))
    assert.equal((await db.get("big7")).result.value.text.length, 1 << 20)
  }
})

test("explain tells the way", async (t) => {
  const db = await crowd(t)
  const way = async (options) => { const { ms, made, ...rest } = await db.explain(options); return rest }
  assert.deepEqual(await way({ query: { n: { $lt: 3 } } }), { way: "columns", fields: [], places: [], counted: 0, asked: NODES, found: 3, inOrder: true, nodes: NODES })
  assert.deepEqual(await way({ query: { id: { $in: ["n1", "n2", "nobody"] } } }), { way: "ids", fields: [], places: [], counted: 0, asked: 2, found: 2, inOrder: false, nodes: NODES })
  await db.index("n")
  assert.deepEqual(await way({ query: { n: { $lt: 3 } } }), { way: "range", fields: ["n"], places: [], counted: 3, asked: 3, found: 3, inOrder: true, nodes: NODES })
  assert.deepEqual(await way({ field: "n", order: "desc", $limit: 5 }), { way: "walk", fields: [], places: [], counted: 0, asked: 5, found: 5, inOrder: true, nodes: NODES })
  assert.ok((await db.explain({ query: { group: "g1" } })).made > 0)
  await rejects(db.explain({}, () => {}), "INVALID_ARGUMENT")
  await rejects(db.explain({ query: { n: { $gtt: 1 } } }), "UNKNOWN_OPERATOR")
})

test("declared indexes are there from the start and never dropped; others come when a query recurs", async (t) => {
  const db = await crowd(t, { indexes: ["n", "deep.at"] })
  const kept = (field) => db.status().indexes.find((one) => one.field === field)
  await db.map({ query: { group: "g1", n: 8 } })
  assert.deepEqual([kept("n").declared, kept("n").sorted, kept("n").entries], [true, true, NODES])
  assert.equal(kept("deep.at").entries, NODES)
  for (let i = 0; i < 100; i++) await db.map({ query: { "deep.list.0.x": i } })
  assert.deepEqual([kept("deep.list.0.x").declared, kept("deep.list.0.x").sorted], [false, true])
  assert.equal((await db.explain({ query: { "deep.list.0.x": 5 } })).way, "range")
  await db.clear()
  assert.deepEqual(db.status().indexes.map(({ field }) => field).sort(), ["deep.at", "n"])
})

test("an index is of a field", async (t) => {
  const db = await openDb(t)
  for (const field of ["", 5, undefined, "id", "timestamp", "timestamp.physical"]) await rejects(db.index(field), "INVALID_ARGUMENT")
  await db.index("value.id")
  for (const indexes of ["n", [""], [5], {}]) await rejects(openDb(t, { indexes }), "INVALID_ARGUMENT")
})

test("what was read through once is read as it is now", async (t) => {
  const db = await openDb(t)
  const texts = ["one", "two", "o".repeat(80), "three", "", "öne"]
  const now = Array.from({ length: 300 }, (_, i) => texts[i % texts.length])
  await db.batch((tx) => { now.forEach((text, i) => tx.put({ text }, `n${i}`)) })
  const agree = async () => {
    for (const [query, holds] of [[{ $contains: "o" }, (s) => s.includes("o")], [{ $endsWith: "e" }, (s) => s.endsWith("e")], [{ $like: "%n_" }, (s) => /n.$/s.test(s)], [{ $regex: "o" }, (s) => s.includes("o")], [{ $text: "one" }, (s) => s.replace("ö", "o").includes("one")]]) {
      const { results } = await db.map({ query: { text: query } })
      assert.deepEqual(results.map(({ id }) => id).sort(), now.flatMap((s, i) => typeof s === "string" && holds(s) ? [`n${i}`] : []).sort(), JSON.stringify(query))
    }
  }
  for (let round = 0; round < 40; round++) {
    await agree()
    for (let i = round; i < now.length; i += 30) {
      now[i] = round % 5 === 4 ? round : `${texts[(i + round) % texts.length]}${round}`
      await db.put({ text: now[i] }, `n${i}`)
    }
    if (round % 7 === 3) { await db.remove(`n${round}`); now[round] = round }
    now.push("none")
    await db.put({ text: "none" }, `n${now.length - 1}`)
  }
  await db.clear()
  now.fill(0)
  await agree()
})

test("an order follows what changed any number of times between two queries, went, and came back", async (t) => {
  const kept = await openDb(t, { indexes: ["v"] }), plain = await openDb(t)
  const values = [1, 1.5, -3, 2 ** 53, 9007199254740992n, -9007199254740993n, 9007199254740991n, "a", "seven77", "eight888", "eight889", null, true, new Date(1), [1, 2], { a: 1 }, undefined]
  let seed = 7
  const random = (/** @type {number} */ below) => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16) % below
  for (const db of [kept, plain]) await db.batch((tx) => { for (let i = 0; i < NODES; i++) tx.put({ v: values[i % values.length], n: 0 }, `n${i}`) })
  for (let round = 0; round < 150; round++) {
    for (let i = random(40); i > 0; i--) {
      const id = `n${random(NODES)}`, value = { v: values[random(values.length)], n: round }
      const away = random(5) === 0
      for (const db of [kept, plain]) await (away ? db.remove(id) : db.put(value, id))
    }
    if (round === 100) for (const db of [kept, plain]) { await db.clear(); await db.batch((tx) => { for (let i = 0; i < NODES; i++) tx.put({ v: values[i % 5] }, `n${i}`) }) }
    const literal = values[random(values.length - 1)]
    for (const options of [{ field: "v", $limit: 500 }, { field: "v", order: "desc", $limit: 7 }, { query: { v: literal } }, { query: { v: { $gte: literal } }, $count: true }]) {
      const [ours, theirs] = [await kept.map(options), await plain.map(options)]
      assert.equal(ours.count, theirs.count)
      assert.deepEqual(ours.results?.map((/** @type {any} */ node) => node.id), theirs.results?.map((/** @type {any} */ node) => node.id))
    }
  }
})
