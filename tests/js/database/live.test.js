import assert from "node:assert/strict"
import { test } from "node:test"

import { nextTask, openDb, rejects } from "./open.js"

test("get with a callback: at once, on each change, null when removed", async (t) => {
  const db = await openDb(t)
  const seen = []
  await db.put({ n: 1 }, "n")
  const { result, unsubscribe } = await db.get("n", (node) => { seen.push(node && { value: node.value, edges: node.edges }) })
  assert.deepEqual(result.value, { n: 1 })
  assert.deepEqual(seen, [{ value: { n: 1 }, edges: [] }], "told before the promise resolved")
  await db.put({ n: 2 }, "n")
  await db.put({}, "m")
  await db.link("n", "m")
  await db.remove("n")
  await db.put(null, "n")
  assert.deepEqual(seen.slice(1), [
    { value: { n: 2 }, edges: [] }, { value: { n: 2 }, edges: ["m"] }, null, { value: null, edges: [] },
  ])
  unsubscribe()
  unsubscribe()
  await db.put({ n: 3 }, "n")
  assert.equal(seen.length, 5)
})

test("get with a callback of a node that is not there yet", async (t) => {
  const db = await openDb(t)
  const seen = []
  const { result } = await db.get("n", (node) => { seen.push(node?.value ?? null) })
  assert.equal(result, null)
  assert.deepEqual(seen, [null])
  await db.put(5, "n")
  assert.deepEqual(seen, [null, 5])
})

test("map with a callback: initial, added, updated, removed", async (t) => {
  const db = await openDb(t)
  await db.put({ age: 30 }, "a")
  await db.put({ age: 10 }, "b")
  const seen = []
  const { results, unsubscribe } = await db.map({ query: { age: { $gte: 18 } } }, ({ id, value, action }) => { seen.push([action, id, value]) })
  assert.deepEqual(results.map(({ id }) => id), ["a"])
  await db.put({ age: 20 }, "b")
  await db.put({ age: 31 }, "a")
  await db.put({ age: 5 }, "b")
  await db.remove("a")
  assert.deepEqual(seen, [
    ["initial", "a", { age: 30 }], ["added", "b", { age: 20 }], ["updated", "a", { age: 31 }], ["removed", "b", null], ["removed", "a", null],
  ])
  unsubscribe()
  await db.put({ age: 40 }, "c")
  assert.equal(seen.length, 5)
})

test("realtime: false tells what is there, and no more", async (t) => {
  const db = await openDb(t)
  await db.put(1, "a")
  const seen = []
  await db.map({ realtime: false }, ({ id, action }) => { seen.push(`${action} ${id}`) })
  await nextTask()
  await db.put(1, "b")
  await nextTask()
  assert.deepEqual(seen, ["initial a"])
})

test("the writes of one microtask are one round of events", async (t) => {
  const db = await openDb(t)
  const seen = []
  await db.map((event) => { seen.push([event.action, event.value]) })
  db.put({ n: 1 }, "n")
  db.put({ n: 2 }, "n")
  await db.put({ n: 3 }, "n")
  assert.deepEqual(seen, [["added", { n: 3 }]])
})

test("each callback gets a copy of its own", async (t) => {
  const db = await openDb(t)
  const seen = []
  for (let i = 0; i < 2; i++) await db.map((event) => { seen.push(event.value); event.value.list.push("mine") })
  const { results } = await db.map(() => {})
  assert.equal(results.length, 0)
  await db.put({ list: [] }, "n")
  assert.deepEqual(seen, [{ list: ["mine"] }, { list: ["mine"] }])
  assert.notEqual(seen[0], seen[1])
  assert.deepEqual((await db.get("n")).result.value, { list: [] })
})

test("a callback may write, subscribe and unsubscribe", async (t) => {
  const db = await openDb(t)
  const seen = []
  const live = await db.map(async (event) => {
    seen.push(`${event.action} ${event.id}`)
    if (event.id === "a" && event.action === "added") await db.put(1, "b")
    if (event.id === "b") live.unsubscribe()
  })
  await db.put(1, "a")
  await nextTask()
  await db.put(1, "c")
  assert.deepEqual(seen, ["added a", "added b"])
})

test("a callback that throws stops nothing and is heard of", async (t) => {
  const db = await openDb(t)
  const seen = []
  const reported = []
  globalThis.reportError = (error) => { reported.push(error.message) }
  t.after(() => { delete globalThis.reportError })
  await db.map(() => { throw new Error("mine") })
  await db.map(({ id }) => { seen.push(id) })
  await db.put(1, "a")
  await db.put(1, "b")
  assert.deepEqual(seen, ["a", "b"])
  assert.deepEqual(reported, ["mine", "mine"])
  await rejects(db.map({ query: { $nope: 1 } }, () => {}), "UNKNOWN_OPERATOR")
})

test("a window's events: a node that enters pushes another out", async (t) => {
  const db = await openDb(t)
  for (const n of [1, 2, 3]) await db.put({ n }, `n${n}`)
  const seen = []
  await db.map({ field: "n", order: "desc", $limit: 2 }, ({ id, action }) => { seen.push(`${action} ${id}`) })
  await db.put({ n: 9 }, "n9")
  assert.deepEqual(seen.slice(0, 2), ["initial n3", "initial n2"])
  assert.deepEqual(seen.slice(2).sort(), ["added n9", "removed n2"])
})

test("unsubscribing inside a callback, oneself and others, takes effect at once", async (t) => {
  const db = await openDb(t)
  const seen = []
  const offs = {}
  for (const name of ["first", "second", "third"]) {
    const { unsubscribe } = await db.map(({ id }) => {
      seen.push(`${name} ${id}`)
      if (name === "first") offs.second(), offs.first()
    })
    offs[name] = unsubscribe
  }
  await db.batch((tx) => { tx.put(1, "a"); tx.put(2, "b") })
  assert.deepEqual(seen, ["first a", "third a", "third b"])
  await db.put(3, "c")
  assert.deepEqual(seen.slice(3), ["third c"])
})

test("a live query along links: as they come and go, however far", async (t) => {
  const db = await openDb(t)
  for (const id of ["a", "b", "c", "d"]) await db.put({ id }, id)
  await db.link("b", "c")
  const seen = []
  const { results } = await db.map({ query: { id: "a", $edge: {} } }, ({ id, action }) => { seen.push(`${action} ${id}`) })
  assert.deepEqual(results, [])
  await db.link("a", "b")
  await db.link("c", "d")
  await db.link("a", "d", { label: "near" })
  await db.unlink("b", "c")
  await db.remove("b")
  await db.clear()
  assert.deepEqual(seen, ["added b", "added c", "updated c", "added d", "removed c", "updated b", "removed b", "removed d"])
})

test("a second label between the same nodes changes no edges: no event, but a new way for $edge", async (t) => {
  const db = await openDb(t)
  await db.put({}, "a")
  await db.put({}, "b")
  await db.link("a", "b")
  const seen = []
  await db.map(({ id, action }) => { if (action !== "initial") seen.push(`all: ${action} ${id}`) })
  await db.map({ query: { id: "a", $edge: { $label: "likes" } } }, ({ id, action }) => { seen.push(`likes: ${action} ${id}`) })
  await db.link("a", "b", { label: "likes" })
  await db.unlink("a", "b")
  assert.deepEqual(seen, ["likes: added b"])
})
