import assert from "node:assert/strict"
import { test } from "node:test"

import { openDb, rejects } from "./open.js"

const ids = ({ results }) => results.map(({ id }) => id)

async function people(t) {
  const db = await openDb(t)
  await db.batch((tx) => {
    tx.put({ name: "Ada", age: 36, tags: ["math"], born: new Date(1000), home: { city: "London" } }, "ada")
    tx.put({ name: "Bob", age: 20, tags: [], big: 5n, key: new Uint8Array([1, 2]) }, "bob")
    tx.put({ name: "Cid", age: NaN, none: null }, "cid")
    tx.put("not a map", "text")
  })
  return db
}

test("map takes its arguments in any order and shape", async (t) => {
  const db = await people(t)
  const all = ["ada", "bob", "cid", "text"]
  assert.deepEqual(ids(await db.map()), all)
  assert.deepEqual(ids(await db.map(undefined)), all)
  assert.deepEqual(ids(await db.map({})), all)
  assert.deepEqual(ids(await db.map({ query: { age: { $gt: 1 } } })), ["ada", "bob"])
  assert.deepEqual(ids(await db.map({ query: { age: { $gt: 1 } } }, { field: "age", order: "asc" })), ["bob", "ada"])
  const noop = () => {}
  for (const args of [[noop, { query: { name: "Ada" } }], [{ query: { name: "Ada" } }, noop], [noop, { query: { name: "Ada" } }, { $limit: 5 }]]) {
    const { results, unsubscribe } = await db.map(...args)
    assert.deepEqual(results.map(({ id }) => id), ["ada"])
    unsubscribe()
  }
  const { results } = await db.map({ query: { name: "Ada" } })
  assert.deepEqual(Object.keys(results[0]), ["id", "value", "edges", "timestamp"])
})

test("values that JSON cannot say can be asked for", async (t) => {
  const db = await people(t)
  assert.deepEqual(ids(await db.map({ query: { born: new Date(1000) } })), ["ada"])
  assert.deepEqual(ids(await db.map({ query: { born: { $lt: new Date(2000) } } })), ["ada"])
  assert.deepEqual(ids(await db.map({ query: { big: 5n } })), ["bob"])
  assert.deepEqual(ids(await db.map({ query: { key: new Uint8Array([1, 2]) } })), ["bob"])
  assert.deepEqual(ids(await db.map({ query: { age: NaN } })), ["cid"])
  assert.deepEqual(ids(await db.map({ query: { age: { $lt: Infinity, $gt: -Infinity } } })), ["ada", "bob"])
  assert.deepEqual(ids(await db.map({ query: { none: { $exists: true } } })), ["cid"])
  assert.deepEqual(ids(await db.map({ query: { "home.city": "London" } })), ["ada"])
  assert.deepEqual(ids(await db.map({ query: { id: { $startsWith: "b" } } })), ["bob"])
  assert.deepEqual(ids(await db.map({ query: { $or: [{ name: "Bob" }, { tags: "math" }] } })), ["ada", "bob"])
})

test("pages", async (t) => {
  const db = await people(t)
  assert.deepEqual(ids(await db.map({ $limit: 2 })), ["ada", "bob"])
  assert.deepEqual(ids(await db.map({ $after: "bob", $limit: 1 })), ["cid"])
  assert.deepEqual(ids(await db.map({ $before: "bob" })), ["ada"])
  assert.deepEqual(ids(await db.map({ $skip: 3 })), ["text"])
  await rejects(db.map({ $after: "nobody" }), "CURSOR_NOT_FOUND")
})

const circle = {}
circle.$and = [circle]
const deep = (depth) => { let query = { a: 1 }; for (let i = 0; i < depth; i++) query = { $and: [query] }; return query }

const BAD = [
  [[5], "INVALID_ARGUMENT"], [["x"], "INVALID_ARGUMENT"], [[null], "INVALID_ARGUMENT"], [[[]], "INVALID_ARGUMENT"],
  [[() => {}, () => {}], "INVALID_ARGUMENT"], [[{ realtime: 1 }], "INVALID_ARGUMENT", "realtime"],
  [[{ query: { age: { $gtt: 1 } } }], "UNKNOWN_OPERATOR", "query.age.$gtt"],
  [[{ query: { $or: [{ a: 1 }, { age: { $nope: 1 } }] } }], "UNKNOWN_OPERATOR", "query.$or[1].age.$nope"],
  [[{ query: { role: undefined } }], "INVALID_QUERY"],
  [[{ query: { a: () => {} } }], "INVALID_QUERY", "query.a"], [[{ query: { a: Symbol("s") } }], "INVALID_QUERY", "query.a"],
  [[{ query: { a: new Map() } }], "INVALID_QUERY", "query.a"], [[{ query: { a: [new Date(NaN)] } }], "INVALID_QUERY", "query.a[0]"],
  [[{ query: 5 }], "INVALID_QUERY"], [[{ query: "x" }], "INVALID_QUERY"], [[{ query: [1] }], "INVALID_QUERY"],
  [[{ query: circle }], "TOO_DEEP"], [[{ query: deep(40) }], "TOO_DEEP"],
  [[{ query: { a: "x".repeat(2 << 20) } }], "TOO_LARGE"],
  [[{ query: { a: "\ud800" } }], "INVALID_QUERY"],
  [[{ $limit: -1 }], "INVALID_QUERY"], [[{ $limit: "2" }], "INVALID_QUERY"], [[{ order: "up", field: "a" }], "INVALID_QUERY"], [[{ field: 5 }], "INVALID_QUERY"],
  [[{ nonsense: 1 }], "INVALID_QUERY"], [[{ $after: 5 }], "INVALID_QUERY"],
  [[{ query: { name: { $regex: "(" } } }], "INVALID_QUERY", "query.name.$regex"], [[{ query: { name: { $regex: "a", $flags: "x" } } }], "INVALID_QUERY", "query.name.$regex"],
  [[{ query: { name: [/a/] } }], "INVALID_QUERY", "query.name[0].$regex"], [[{ query: { $edge: 1 } }], "INVALID_QUERY"],
  [[{ $count: 1 }], "INVALID_QUERY", "$count"], [[{ $select: "a" }], "INVALID_QUERY", "$select"],
]

for (const [args, code, path] of BAD) {
  const name = args.map((arg) => { try { return JSON.stringify(arg)?.slice(0, 60) ?? String(arg) } catch { return "a circle" } }).join(", ")
  test(`bad query: ${name}`, async (t) => {
    const db = await openDb(t)
    await db.put({ role: "admin" }, "n")
    await rejects(db.map(...args), code, path)
    await rejects(db.map(...args, ...(args.length > 1 ? [] : [() => assert.fail("called")])), code, path)
  })
}
