import assert from "node:assert/strict"
import { test } from "node:test"

import { createMemoryStorage } from "../../../js/storage/memory.js"
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

/** What is told of progress, and how many tasks of others came through meanwhile. @param {(options: object) => Promise<any>} run */
async function watched(run) {
  const told = []
  let turns = 0
  let over = false
  const count = () => { if (!over) { turns++; setImmediate(count) } }
  setImmediate(count)
  const result = await run({ onProgress: (progress) => told.push(progress) })
  over = true
  for (let i = 1; i < told.length; i++) assert.ok(told[i].done > told[i - 1].done && told[i].total === told[0].total, JSON.stringify(told))
  assert.equal(told[0].done, 0)
  assert.equal(told.at(-1).done, told.at(-1).total)
  return { result, told, turns }
}

async function large(t) {
  const db = await openDb(t)
  await db.batch((tx) => {
    for (let i = 0; i < 100_000; i++) tx.put({ name: `person ${i * 7919 % 100_003}`, age: i % 90, city: `city ${i % 31}`, text: "x".repeat(i % 50) }, `n${i}`)
  })
  return db
}

test("100,000 nodes go out and in with progress, a slice a task, while others go on", async (t) => {
  const db = await large(t)
  const out = await watched(async (options) => {
    const exporting = db.export(options)
    await db.put({ late: true }, "late")
    return exporting
  })
  assert.ok(out.told.length > 15 && out.turns > 30, `${out.told.length} told, ${out.turns} turns`)
  assert.equal(out.told[0].total, 100_000, "operations, of the moment of the call")
  const other = await openDb(t)
  await other.put({ mine: true }, "own")
  let seen = 0
  const into = await watched(async (options) => {
    const importing = other.import(out.result, options)
    // Writes and reads go on, and nothing of it shows before all does.
    for (let i = 0; i < 20; i++) {
      await other.put({ i }, `meanwhile ${i}`)
      seen = Math.max(seen, other.status().nodes)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await importing
  })
  assert.ok(into.told.length > 15 && into.turns > 30, `${into.told.length} told, ${into.turns} turns`)
  assert.equal(into.told[0].total, out.result.length)
  assert.ok(seen <= 21, `${seen} nodes were seen before it was whole`)
  assert.equal(other.status().nodes, 100_021)
  assert.equal((await other.get("late")).result, null)
  await other.import(await db.export())
  await db.import(await other.export())
  assert.equal(db.status().fingerprint, other.status().fingerprint)
})

test("an import that close interrupts changes nothing, an export then rejects too", async (t) => {
  const db = await large(t)
  const bytes = await db.export()
  const storage = createMemoryStorage()
  const choice = { kind: "test", reason: "a test", open: storage.open }
  for (const tasks of [1, 5, 20, 60, 90]) {
    const other = await openDb(t, {}, { storage: choice })
    await other.put({ mine: true }, "own")
    const importing = other.import(bytes).then(() => "whole", (error) => error.code)
    const exporting = other.export({ onProgress: () => {} }).then(() => "whole", (error) => error.code)
    for (let i = 0; i < tasks; i++) await new Promise((resolve) => setImmediate(resolve))
    await other.close()
    const outcome = await importing
    assert.ok(["whole", "CLOSED"].includes(outcome) && ["whole", "CLOSED"].includes(await exporting))
    const again = await openDb(t, {}, { storage: choice })
    assert.equal(again.status().nodes, outcome === "whole" ? 100_001 : 1, `after ${tasks} tasks: ${outcome}`)
    assert.deepEqual((await again.get("own")).result.value, { mine: true })
    await again.destroy()
  }
})

test("a large file that is broken is refused after a while, and nothing was changed", async (t) => {
  const db = await large(t)
  const bytes = await db.export()
  const other = await openDb(t)
  await other.put(1, "own")
  const before = other.status().fingerprint
  const cut = bytes.slice(0, bytes.length - 100), turned = bytes.slice()
  turned[bytes.length >> 1] ^= 1
  for (const bad of [cut, turned]) await assert.rejects(other.import(bad), (error) => ["MALFORMED", "TOO_LARGE"].includes(error.code))
  assert.equal(other.status().fingerprint, before)
  await other.import(bytes)
  assert.equal(other.status().nodes, 100_001)
})

test("a middleware judges a large import in one batch, and may refuse it", async (t) => {
  const db = await large(t)
  const bytes = await db.export()
  const other = await openDb(t)
  const modes = []
  other.use(async (operations, previous, { mode }) => { modes.push([mode, operations.length]); return operations.filter(({ id }) => id !== "n5") })
  const { told } = await watched((options) => other.import(bytes, options))
  assert.deepEqual(modes, [["import", 100_000]])
  assert.equal(other.status().nodes, 99_999)
  assert.ok(told.length > 5)
})

test("options of export and import are checked", async (t) => {
  const db = await openDb(t)
  await rejects(db.export({ onProgress: 1 }), "INVALID_ARGUMENT", "options.onProgress")
  await rejects(db.import(await db.export(), { progress: () => {} }), "INVALID_ARGUMENT", "options.progress")
  const { told } = await watched((options) => db.export(options))
  assert.deepEqual(told, [{ done: 0, total: 0 }])
})
