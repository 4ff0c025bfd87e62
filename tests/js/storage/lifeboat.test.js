// What a page that leaves puts into localStorage, and what of it goes into the file.
import assert from "node:assert/strict"
import { test } from "node:test"

import { createLifeboats, missingOf } from "../../../js/storage/lifeboat.js"
import { createFiles } from "../../../js/storage/opfs-files.js"
import { createFakeFolder } from "../../faults/fake_folder.js"
import { pattern } from "./acceptance.js"
import { fakeLocalStorage } from "./fake_local_storage.js"

const place = { store: 7, epoch: 3, frames: 2 }
const payloads = [0, 1, 2, 3].map((i) => pattern(20 + i, 100 * i))
const boat = { key: "boat", place, replaced: null, payloads }
const before = [pattern(5), pattern(6)]

test("what is in the file is not missing, wherever others wrote between; the rest is, from the first that is not there", () => {
  for (let there = 0; there <= payloads.length; there++) {
    const inFile = [...before, ...payloads.slice(0, there).flatMap((payload) => [pattern(9, 3), payload])]
    assert.deepEqual(missingOf(boat, place, inFile), payloads.slice(there), `${there} there`)
  }
  assert.deepEqual(missingOf(boat, place, [...payloads, ...before]), payloads, "what stands before its place is another's")
})

test("a boat of another store, of a later file or of one that somebody replaced is stale", () => {
  assert.deepEqual(missingOf(boat, { store: 8, epoch: 3 }, []), [])
  assert.deepEqual(missingOf(boat, { store: 7, epoch: 2 }, []), [])
  assert.deepEqual(missingOf(boat, { store: 7, epoch: 4 }, []), [])
})

test("behind a replace of its own: only what came later when it is done, all when it is not", () => {
  const replaced = { ...boat, replaced: 3 }
  assert.deepEqual(missingOf(replaced, { store: 7, epoch: 3 }, [...before, payloads[0]]), payloads.slice(1))
  assert.deepEqual(missingOf(replaced, { store: 7, epoch: 4 }, []), payloads.slice(3))
  assert.deepEqual(missingOf(replaced, { store: 7, epoch: 4 }, [payloads[3]]), [])
})

test("a boat is found by others until it is recalled or cleared, and comes back as it was", () => {
  const storage = fakeLocalStorage()
  const ours = createLifeboats("db", storage)
  const others = createLifeboats("db", storage)
  ours.launch({ place, replaced: null, appends: [payloads.slice(0, 1)] })
  ours.launch({ place, replaced: 1, appends: payloads.map((payload) => [payload]) })
  assert.deepEqual(ours.list(), [])
  assert.deepEqual(createLifeboats("another", storage).list(), [])
  const [found] = others.list()
  assert.deepEqual({ ...found, key: "" }, { key: "", place, replaced: 1, payloads })
  ours.recall()
  assert.equal(storage.length, 0)
  ours.launch({ place, replaced: null, appends: [payloads] })
  others.clear(others.list())
  assert.equal(storage.length, 0)
})

test("what is too much is left behind from where it was, and what is damaged is no boat", () => {
  const storage = fakeLocalStorage()
  const others = createLifeboats("db", storage)
  createLifeboats("db", storage).launch({ place, replaced: null, appends: [[pattern(10)], [pattern(10), pattern(3_000_000)], [pattern(10)]] })
  assert.deepEqual(others.list()[0].payloads, [pattern(10)])
  const key = storage.key(0) ?? ""
  storage.setItem(key, `${storage.getItem(key)?.slice(0, -1)}x`)
  assert.deepEqual(others.list(), [])
  assert.equal(storage.length, 0)
})

test("rescued once: a second time, and what the page's own Worker still wrote, change nothing", async () => {
  const folder = createFakeFolder()
  const page = createFiles(folder, { askForFile() {}, fenced() {} })
  const begun = await page.begin()
  assert.ok(begun)
  await page.append(payloads[0])
  await page.append(payloads[1])
  page.release()
  const left = { key: "boat", place: begun, replaced: null, payloads }
  const next = createFiles(folder, { askForFile() {}, fenced() {} })
  const whole = new Uint8Array(Buffer.concat(payloads))
  assert.deepEqual(await next.read([left]), whole)
  await next.rescue([left])
  await next.rescue([left])
  assert.deepEqual(await next.read(), whole)
  await next.replace([pattern(10)])
  await next.rescue([left])
  assert.deepEqual(await next.read(), pattern(10))
})
