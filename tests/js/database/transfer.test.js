import assert from "node:assert/strict"
import { test } from "node:test"

import { openDb, picture, rejects } from "./open.js"

async function filled(t) {
  const db = await openDb(t)
  await db.batch((tx) => {
    for (let i = 0; i < 50; i++) tx.put({ i, text: `text ${i}` }, `n${i}`)
    for (let i = 0; i < 50; i++) tx.link(`n${i}`, `n${(i * 7) % 50}`, { label: "next", value: i })
  })
  await db.put({ i: 1, more: new Date(5) }, "n1")
  await db.remove("n2")
  return db
}

test("export and import: equal graphs, equal bytes", async (t) => {
  const db = await filled(t)
  const bytes = await db.export()
  const other = await openDb(t)
  await other.import(bytes)
  assert.deepEqual(await picture(other), await picture(db))
  assert.deepEqual(await other.export(), bytes)
  await other.import(bytes)
  assert.deepEqual(await other.export(), bytes)
})

test("import unites", async (t) => {
  const db = await filled(t)
  const other = await openDb(t)
  await other.put({ mine: true }, "own")
  await other.import(await db.export())
  assert.deepEqual((await other.get("own")).result.value, { mine: true })
  assert.equal((await other.map()).results.length, 50)
})

test("import does not bring back what was removed, restore does", async (t) => {
  const db = await filled(t)
  const before = await db.export()
  await db.remove("n5")
  await db.put({ i: "changed" }, "n6")
  await db.import(before)
  assert.equal((await db.get("n5")).result, null)
  assert.ok(await db.restore(before) > 0)
  assert.deepEqual((await db.get("n5")).result.value, { i: 5, text: "text 5" })
  assert.deepEqual((await db.get("n6")).result.value, { i: 6, text: "text 6" })
  assert.deepEqual((await db.links("n5")).map(({ target, value }) => [target, value]), [["n35", 5]])
  assert.equal(await db.restore(before), 0, "what is there already is not written")
})

test("import and restore fire events", async (t) => {
  const bytes = await (await filled(t)).export()
  const other = await openDb(t)
  let added = 0
  await other.map(({ action }) => { if (action === "added") added++ })
  await other.import(bytes)
  assert.equal(added, 49)
})

test("bad bytes are refused whole", async (t) => {
  const db = await filled(t)
  const bytes = await db.export()
  const other = await openDb(t)
  await other.put(1, "own")
  const before = await picture(other)
  const changed = (at, byte) => { const copy = bytes.slice(); copy[at] = byte; return copy }
  const bad = [
    [undefined, "INVALID_ARGUMENT"], [null, "INVALID_ARGUMENT"], ["text", "INVALID_ARGUMENT"], [[1, 2], "INVALID_ARGUMENT"],
    [new ArrayBuffer(5), "INVALID_ARGUMENT"], [new Float32Array(4), "INVALID_ARGUMENT"],
    [new Uint8Array(0), "MALFORMED"], [new Uint8Array(3), "MALFORMED"], [new Uint8Array(1000).fill(0xff), "MALFORMED"],
    [changed(0, 0), "MALFORMED"], [changed(4, 99), "UNSUPPORTED_VERSION"], [Uint8Array.of(...bytes, 0), "MALFORMED"],
  ]
  for (let length = 0; length < bytes.length; length += 7) bad.push([bytes.subarray(0, length), "MALFORMED"])
  for (const [input, code] of bad) {
    await rejects(other.import(input), code)
    await rejects(other.restore(input), code)
    assert.deepEqual(await picture(other), before)
  }
})

test("bytes with a flipped bit are refused or give a graph, and never break the database", async (t) => {
  const bytes = await (await filled(t)).export()
  const other = await openDb(t)
  for (let at = 0; at < bytes.length; at += 3) {
    const copy = bytes.slice()
    copy[at] ^= 1 << at % 8
    await other.import(copy).catch((error) => assert.ok(["MALFORMED", "UNSUPPORTED_VERSION", "TOO_LARGE", "INVALID_ID"].includes(error.code), `${error.code} ${error.stack}`))
  }
  await other.put(1, "still here")
  assert.equal((await other.get("still here")).result.value, 1)
})
