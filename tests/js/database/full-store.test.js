// A store without room: new things are refused, what is there stays usable and equal to the disk, and removing mends it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { createLocalStorageStorage } from "../../../js/storage/localstorage.js"
import { fakeLocalStorage } from "../storage/fake_local_storage.js"
import { nextTask, openDb, picture, rejects, until } from "./open.js"

/** @param {number} limitBytes */
function smallDisk(limitBytes) {
  const { open } = createLocalStorageStorage({ localStorage: fakeLocalStorage(), limitBytes })
  return { storage: { kind: "localstorage", reason: "a test's", open } }
}

/** Puts until it is refused; the ids that were taken. */
async function fill(db) {
  for (let i = 0; i < 10_000; i++) {
    try {
      await db.put({ i, text: Math.random().toString(36).repeat(20) }, `n${i}`)
    } catch (error) {
      assert.equal(error.code, "STORE_FULL")
      return i
    }
    await nextTask()
  }
  throw new Error("it was never full")
}

test("a full store refuses what is new, lets what is removed make room, and holds what the graph holds", async (t) => {
  const disk = smallDisk(60_000)
  const db = await openDb(t, {}, disk)
  const heard = []
  db.on("notice", ({ code, details }) => heard.push([code, details.full]))
  const taken = await fill(db)
  assert.ok(taken > 50)
  assert.equal(db.status().storage.full, true)
  await rejects(db.link("n1", "n2"), "STORE_FULL")
  await rejects(db.batch((tx) => { tx.remove("n1"); tx.put(1, "new") }), "STORE_FULL")
  await rejects(db.flush(), "STORE_FULL")
  assert.equal((await db.get("n1")).result.value.i, 1, "nothing of a refused batch was done")
  assert.equal((await db.get("new")).result, null)
  assert.equal((await db.map({ query: { i: { $lt: 10 } } })).results.length, 10, "reading goes on")

  await db.batch((tx) => { for (let i = 0; i < 40; i++) tx.remove(`n${i}`) })
  await until(() => !db.status().storage.full, "there is room again")
  await db.put({ after: true }, "after")
  await db.flush()
  assert.equal(db.status().storage.pending, 0)
  assert.deepEqual(heard, [["STORE_FULL", true], ["STORE_FULL", false]])
  const before = await picture(db)
  await db.close()
  const again = await openDb(t, {}, disk)
  assert.deepEqual(await picture(again), before)
})

test("a strict write that has no room rejects", async (t) => {
  const db = await openDb(t, { durability: "strict" }, smallDisk(60_000))
  await fill(db)
  assert.equal(db.status().storage.full, true)
  await db.clear()
  await until(() => !db.status().storage.full, "there is room again")
  await db.put(1, "n")
  assert.equal(db.status().storage.pending, 0)
})

test("a small store is made anew before history fills it", async (t) => {
  const db = await openDb(t, {}, smallDisk(200_000))
  for (let i = 0; i < 2000; i++) {
    await db.put({ i, text: Math.random().toString(36).repeat(20) }, `n${i % 10}`)
    await nextTask()
  }
  const { full, bytes, snapshotBytes, flushedAt } = db.status().storage
  assert.equal(full, false)
  assert.ok(bytes < 200_000 && snapshotBytes <= bytes)
  assert.ok(flushedAt === null || flushedAt > 0)
})
