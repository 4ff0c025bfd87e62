import assert from "node:assert/strict"
import { test } from "node:test"

import { createGuarded } from "../../../js/host/guarded.js"
import { readMapCall } from "../../../js/database/queries.js"
import { openBoth, rejects } from "../database/open.js"

const json = (query) => readMapCall([{ query }]).json
const SLOW = "^(a+)+$"
const HELD = `${"a".repeat(40)}b` // a thread for hours

async function open(t, deadlineMs) {
  const { host, db } = await openBoth(t)
  const guarded = createGuarded({ replica: host.replica, deadlineMs })
  t.after(() => guarded.close())
  const map = async (query) => (await guarded.run(() => host.replica.map(json(query)))).map(({ id }) => id)
  return { host, db, guarded, map }
}

test("a query from elsewhere finds what the application's own finds", async (t) => {
  const { host, db, map } = await open(t, 10_000)
  await db.batch((tx) => { for (const name of ["ada", "bob", "cid", "ada", "é"]) tx.put({ name, age: name.length }) })
  for (const query of [
    { name: /^a/ }, { name: { $regex: "B", $flags: "i" } }, { $or: [{ name: /^c/g }, { $and: [{ age: 3 }, { name: /b/y }] }] }, { $nor: [{ name: /a/ }, { name: /b/ }] },
    { name: { $regex: "." , $gt: "b" } }, { name: "bob" }, { name: { $text: "e" } },
  ]) {
    const own = (await db.map({ query })).results.map(({ id }) => id)
    assert.deepEqual(await map(query), own)
    assert.deepEqual((await host.guarded(() => host.replica.map(json(query)))).map(({ id }) => id), own)
  }
})

test("a match that does not end is ended, and says where it stood", async (t) => {
  const { db, map } = await open(t, 300)
  await db.put({ name: HELD }, "n")
  await rejects(map({ $or: [{ age: 5 }, { name: { $regex: SLOW } }] }), "QUERY_TIMEOUT", "query.$or[1].name.$regex")
  assert.deepEqual(await map({ name: /b$/ }), ["n"], "the next one has a worker of its own")
})

test("what is wrong with a query from elsewhere is told as always; it cannot be live", async (t) => {
  const { host, map, guarded } = await open(t, 1000)
  await rejects(map({ name: { $gtt: 1 } }), "UNKNOWN_OPERATOR", "query.name.$gtt")
  await rejects(map({ name: { $regex: "(" } }), "INVALID_QUERY", "query.name.$regex")
  await rejects(guarded.run(() => host.replica.subscribe(json({}))), "NOT_SUPPORTED_YET")
})

test("closing ends what runs", async (t) => {
  const { db, map, guarded } = await open(t, 60_000)
  await db.put({ name: "a" }, "n")
  await map({ name: /a/ })
  guarded.close()
  await rejects(map({ name: /a/ }), "CLOSED")
})
