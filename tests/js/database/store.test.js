import assert from "node:assert/strict"
import { test } from "node:test"

import { WeftError } from "../../../js/errors.js"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { nextTask, openDb, picture, rejects, until } from "./open.js"

/** A device that outlives the databases on it, as disks do. */
function device() {
  const { open } = createMemoryStorage()
  return { storage: { kind: "test", reason: "a test's", open } }
}

/** Three records. */
async function write(db) {
  await nextTask()
  await db.batch((tx) => { for (let i = 0; i < 100; i++) tx.put({ i, date: new Date(i) }, `n${i}`) })
  await nextTask()
  for (let i = 0; i < 100; i += 3) await db.put({ i, more: "x" }, `n${i}`)
  await nextTask()
  await db.link("n1", "n2", { label: "l", value: 1 })
  await db.remove("n7")
  await db.put({ again: true }, "n7")
  await db.remove("n9")
}

test("what was written is there after a reopen, fingerprint and all", async (t) => {
  const disk = device()
  const db = await openDb(t, {}, disk)
  await write(db)
  const before = await picture(db)
  await db.close()
  const again = await openDb(t, {}, disk)
  assert.deepEqual(await picture(again), before)
  assert.equal(again.status().storage.state, "owner")
  assert.notEqual(again.status().replica, db.status().replica)
  await again.put({ more: 1 }, "later")
  await again.close()
  const third = await openDb(t, {}, disk)
  assert.deepEqual((await third.get("later")).result.value, { more: 1 })
})

test("new stamps are above those on the disk, whatever the wall clock says", async (t) => {
  const disk = device()
  const db = await openDb(t, {}, disk)
  await db.put(1, "n")
  const { timestamp } = (await db.get("n")).result
  await db.close()
  const again = await openDb(t, {}, { ...disk, now: () => 1000 })
  await again.put(2, "n")
  const later = (await again.get("n")).result.timestamp
  assert.ok(later.physical > timestamp.physical || (later.physical === timestamp.physical && later.logical > timestamp.logical))
})

test("flush resolves once nothing is pending", async (t) => {
  const db = await openDb(t, {}, device())
  db.put(1, "n")
  await db.flush()
  assert.equal(db.status().storage.pending, 0)
  await db.put(2, "n")
  await until(() => db.status().storage.pending === 0, "records go out by themselves")
})

test("strict durability: a write waits for the flush", async (t) => {
  let flushes = 0
  const disk = device()
  const { open } = disk.storage
  disk.storage.open = async (name) => {
    const store = await open(name)
    return { ...store, flush: async () => { flushes++; await store.flush() } }
  }
  const db = await openDb(t, { durability: "strict" }, disk)
  for (const write of [() => db.put(1, "n"), () => db.link("n", "n"), () => db.unlink("n", "n"), () => db.batch((tx) => tx.put(2, "m")), () => db.remove("m"), () => db.clear()]) {
    const before = flushes
    await write()
    assert.ok(flushes > before, String(write))
    assert.equal(db.status().storage.pending, 0)
  }
})

test("a store that fails rejects strict writes and flush, and the graph goes on", async (t) => {
  const disk = device()
  const { open } = disk.storage
  let failing = false
  disk.storage.open = async (name) => {
    const store = await open(name)
    const guard = (method) => async (...args) => {
      if (failing) throw new WeftError("STORAGE_FAILED", "full")
      return store[method](...args)
    }
    return { ...store, append: guard("append"), flush: guard("flush"), replace: guard("replace") }
  }
  const db = await openDb(t, { durability: "strict" }, disk)
  await db.put(1, "n")
  failing = true
  await rejects(db.put(2, "n"), "STORAGE_FAILED")
  await rejects(db.flush(), "STORAGE_FAILED")
  assert.equal((await db.get("n")).result.value, 2)
  assert.equal(db.status().storage.error.code, "STORAGE_FAILED")
  failing = false
  await db.flush()
  assert.equal(db.status().storage.pending, 0)
})

test("a torn end is cut off with a notice; writing goes on behind it", async (t) => {
  const disk = device()
  const db = await openDb(t, {}, disk)
  await write(db)
  await nextTask()
  await db.put("last", "last")
  await db.close()
  const store = await disk.storage.open("test")
  const rows = []
  for await (const row of store.read()) rows.push(row)
  rows[rows.length - 1] = rows.at(-1).slice(0, -3)
  await store.replace(rows)
  await store.close()
  const again = await openDb(t, {}, disk)
  assert.equal((await again.get("n1")).result.value.i, 1)
  assert.equal((await again.get("last")).result, null)
  assert.ok(again.status().notices.some(({ code }) => code === "CORRUPT_STORE"))
  await again.put(5, "after")
  await again.close()
  const third = await openDb(t, {}, disk)
  assert.equal((await third.get("after")).result.value, 5)
  assert.deepEqual(third.status().notices, [])
})

test("a journal that is damaged elsewhere rejects with CORRUPT_STORE and is left as it is", async (t) => {
  const disk = device()
  const db = await openDb(t, {}, disk)
  await write(db)
  await db.close()
  const store = await disk.storage.open("test")
  const rows = []
  for await (const row of store.read()) rows.push(row.slice())
  rows[0][Math.floor(rows[0].length / 3)] ^= 0x55
  await store.replace(rows)
  await rejects(openDb(t, {}, disk), "CORRUPT_STORE")
  const still = []
  for await (const row of store.read()) still.push(row)
  assert.deepEqual(Buffer.concat(still), Buffer.concat(rows))
  await store.close()
})

test("a foreign file is refused", async (t) => {
  const disk = device()
  const store = await disk.storage.open("test")
  await store.append([new TextEncoder().encode("this is not a journal at all, and it is long enough to be seen as such")])
  await store.close()
  await rejects(openDb(t, {}, disk), "CORRUPT_STORE")
})

test("the journal is made anew when it has grown", async (t) => {
  const db = await openDb(t, {}, device())
  const text = "x".repeat(100_000)
  for (let i = 0; i < 80; i++) {
    await db.put({ text, i }, "n")
    if (i % 8 === 0) await db.put({ text: `${text}${i}` }, "n")
    if (i % 10 === 0) await db.flush()
  }
  await db.flush()
  await until(() => db.status().storage.bytes < 3_000_000, "the journal shrinks")
  assert.equal((await db.get("n")).result.value.i, 79)
})

test("what is called once close was called is refused, what was called before is kept", async (t) => {
  const disk = device()
  const db = await openDb(t, {}, disk)
  const before = db.put(1, "before")
  const closing = db.close()
  await rejects(db.put(1, "after"), "CLOSED")
  await rejects(db.get("before"), "CLOSED")
  await rejects(db.batch((tx) => tx.put(1, "after")), "CLOSED")
  assert.equal(await before, "before")
  await closing
  const again = await openDb(t, {}, disk)
  assert.deepEqual((await again.map()).results.map(({ id }) => id), ["before"])
})

test("destroy forgets this machine's copy", async (t) => {
  const disk = device()
  const db = await openDb(t, {}, disk)
  await db.put(1, "n")
  await db.destroy()
  await rejects(db.get("n"), "CLOSED")
  const again = await openDb(t, {}, disk)
  assert.equal((await again.get("n")).result, null)
})

test("what the core still holds back is pending too, from the very write on", async (t) => {
  const db = await openDb(t, {}, { storage: { kind: "test", reason: "a test's", open: createMemoryStorage().open } })
  assert.equal(db.status().storage.pending, 0)
  void db.put(1, "a")
  assert.ok(db.status().storage.pending > 0)
  await until(() => db.status().storage.pending === 0, "the first to be safe")
  await db.put(2, "b")
  await db.put(3, "c") // within the task: held back until its end
  assert.ok(db.status().storage.pending > 0)
  await until(() => db.status().storage.pending === 0, "the others to be safe")
})
