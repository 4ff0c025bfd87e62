import assert from "node:assert/strict"
import { test } from "node:test"
import { createLocalStorageStorage } from "../../../js/storage/localstorage.js"
import { readAll, runAcceptance } from "./acceptance.js"
import { fakeLocalStorage } from "./fake_local_storage.js"

test("the localStorage store passes the acceptance suite", async () => {
  const { passed, failed } = await runAcceptance(createLocalStorageStorage({ localStorage: fakeLocalStorage(), limitBytes: 4_000_000 }))
  assert.deepEqual(failed, [])
  assert.ok(passed > 15)
})

test("what other keys take is not ours: the quota's end is STORE_FULL, and the rows are as they were", async () => {
  const localStorage = fakeLocalStorage(1000)
  const store = await createLocalStorageStorage({ localStorage }).open("db")
  await store.append([new Uint8Array(400)])
  await assert.rejects(store.replace([new Uint8Array(700)]), { code: "STORE_FULL" })
  assert.equal((await readAll(store)).whole.length, 400)
  await assert.rejects(store.append([new Uint8Array(700)]), { code: "STORE_FULL" })
  await assert.rejects(store.append([new Uint8Array(1)]), { code: "STORE_FULL" })
  assert.equal((await readAll(store)).whole.length, 400)
  await store.replace([new Uint8Array(300)])
  await store.append([new Uint8Array(100)])
  assert.equal((await readAll(store)).whole.length, 400)
  await store.destroy()
  assert.equal(localStorage.map.size, 0)
})

test("a replace that was cut short leaves the old rows, and its rest is cleared away", async () => {
  const localStorage = fakeLocalStorage()
  const storage = createLocalStorageStorage({ localStorage })
  const store = await storage.open("db")
  await store.append([new Uint8Array([1, 2, 3])])
  localStorage.setItem("weft:db\n1.0", "half of a newer generation")
  assert.deepEqual([...(await readAll(store)).whole], [1, 2, 3])
  await store.replace([new Uint8Array([4])])
  assert.deepEqual([...(await readAll(await storage.open("db"))).whole], [4])
})

test("localStorage that takes nothing is STORAGE_UNAVAILABLE", async () => {
  await assert.rejects(createLocalStorageStorage({ localStorage: fakeLocalStorage(0) }).open("db"), { code: "STORAGE_UNAVAILABLE" })
  await assert.rejects(createLocalStorageStorage({ localStorage: null }).open("db"), { code: "STORAGE_UNAVAILABLE" })
})
