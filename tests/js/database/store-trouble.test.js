// The store under the whole database: reading that fails midway, and a page that is hidden.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"

import { WeftError } from "../../../js/errors.js"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { createFakeBrowser } from "../tabs/fake_browser.js"
import { nextTask, openDb, picture, rejects, until } from "./open.js"

/** What a test puts in place of the browser's own is taken back. @type {(() => void)[]} */
const undo = []
afterEach(() => { for (const step of undo.splice(0)) step() })

/** @param {string} name @param {unknown} value */
function pretend(name, value) {
  const genuine = Object.getOwnPropertyDescriptor(globalThis, name)
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  undo.push(() => { if (genuine) Object.defineProperty(globalThis, name, genuine); else delete /** @type {any} */ (globalThis)[name] })
}

/** A device whose reading can fail after some rows and a half, and which tells how often it was flushed. */
function device() {
  const { open } = createMemoryStorage()
  const control = { readsRows: Infinity, failed: 0, flushes: 0 }
  return {
    control,
    storage: {
      kind: "test", reason: "a test's",
      /** @param {string} name */
      async open(name) {
        const store = await open(name)
        return {
          ...store,
          async *read() {
            let rows = 0
            for await (const row of store.read()) {
              if (rows++ < control.readsRows) {
                yield row
                continue
              }
              yield row.subarray(0, row.length / 2)
              control.failed++
              throw new WeftError("STORAGE_FAILED", "the test's store fails midway")
            }
          },
          async flush() { control.flushes++; await store.flush() },
        }
      },
    },
  }
}

/** Records enough to fail between. @param {any} db */
async function fill(db) {
  for (let i = 0; i < 20; i++) {
    await db.put({ i, text: "x".repeat(50) }, `n${i}`)
    await nextTask()
  }
}

test("a store that fails midway through reading refuses to open; opened again it has everything", async (t) => {
  const disk = device()
  const first = await openDb(t, {}, disk)
  await fill(first)
  const before = await picture(first)
  await first.close()
  disk.control.readsRows = 7
  await rejects(openDb(t, {}, disk), "STORAGE_FAILED")
  assert.equal(disk.control.failed, 1)
  disk.control.readsRows = Infinity
  const again = await openDb(t, {}, disk)
  assert.deepEqual(await picture(again), before)
})

test("a take-over that fails midway through reading leaves nothing half read: the next try has everything", async (t) => {
  const tab = createFakeBrowser().openTab()
  pretend("navigator", { locks: tab.locks })
  const disk = device()
  const owner = await openDb(t, { tabs: true }, disk)
  await fill(owner)
  const follower = await openDb(t, { tabs: true }, disk)
  await until(() => follower.status().fingerprint === owner.status().fingerprint, "the tabs to be equal")
  assert.equal(follower.status().storage.state, "follower")
  disk.control.readsRows = 7
  await owner.close()
  await until(() => disk.control.failed > 0 && follower.status().storage.state === "broken", "the take-over to fail")
  disk.control.readsRows = Infinity
  await follower.put("later", "mine")
  await follower.flush()
  assert.equal(follower.status().storage.state, "owner")
  const before = await picture(follower)
  assert.equal(before.results.length, 21)
  await follower.close()
  const again = await openDb(t, { tabs: true }, disk)
  assert.deepEqual(await picture(again), before)
})

test("a hidden page flushes what was written, at once", async (t) => {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" })
  pretend("window", Object.assign(new EventTarget(), { document }))
  const disk = device()
  const db = await openDb(t, { saveDelay: 60_000 }, disk)
  await db.put(1, "n")
  document.dispatchEvent(new Event("visibilitychange"))
  await nextTask()
  assert.equal(disk.control.flushes, 0, "shown, it is in no hurry")
  await db.put(2, "n")
  void db.put(3, "n") // in the very task in which it is hidden
  document.visibilityState = "hidden"
  document.dispatchEvent(new Event("visibilitychange"))
  await until(() => disk.control.flushes > 0 && db.status().storage.pending === 0, "the flush")
  assert.equal(disk.control.flushes, 1)
  const other = await openDb(t, {}, disk)
  assert.equal((await other.get("n")).result.value, 3)
})
