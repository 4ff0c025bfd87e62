import assert from "node:assert/strict"
import { test } from "node:test"
import { chooseStorage } from "../../../js/storage/choose.js"
import { fakeLocalStorage } from "./fake_local_storage.js"

test("without IndexedDB the best there is is memory, and it says why", async () => {
  const choice = await chooseStorage(undefined, { indexedDB: undefined })
  assert.equal(choice.kind, "memory")
  assert.match(choice.reason, /IndexedDB/)
  const store = await choice.open("db")
  await store.append([new Uint8Array(3)])
  assert.equal(store.bytes(), 3)
})

test("memory that was asked for is given", async () => {
  assert.deepEqual({ ...await chooseStorage("memory"), open: null }, { kind: "memory", reason: "asked for", open: null })
})

test("what is not there is refused by its code", async () => {
  for (const kind of ["opfs", "localstorage"]) {
    await assert.rejects(async () => (await chooseStorage(kind)).open("db"), { code: "STORAGE_UNAVAILABLE" })
  }
  await assert.rejects(chooseStorage("indexeddb", { indexedDB: undefined }), { code: "STORAGE_UNAVAILABLE" })
  for (const bad of ["", "disk", 5, null, {}]) await assert.rejects(chooseStorage(bad), { code: "INVALID_ARGUMENT" })
})

/** An IndexedDB whose open ends as told: the refusal of a private window, or no answer at all. */
function brokenIndexedDB(/** @type {"error" | "silence"} */ how) {
  return /** @type {any} */ ({
    open() {
      const request = /** @type {any} */ ({ error: new DOMException("no", "InvalidStateError") })
      if (how === "error") queueMicrotask(() => request.onerror())
      return request
    },
  })
}

for (const how of /** @type {const} */ (["error", "silence"])) {
  test(`an IndexedDB that answers with ${how} falls back to memory, and says so`, async () => {
    const choice = await chooseStorage(undefined, { indexedDB: brokenIndexedDB(how), openLimitMs: 20 })
    assert.equal(choice.kind, "indexeddb")
    const store = await choice.open("db")
    assert.equal(choice.kind, "memory")
    assert.match(choice.reason, /IndexedDB/)
    await store.close()
  })

  test(`an IndexedDB that was asked for and answers with ${how} is an error`, async () => {
    const choice = await chooseStorage("indexeddb", { indexedDB: brokenIndexedDB(how), openLimitMs: 20 })
    await assert.rejects(choice.open("db"), { code: "STORAGE_UNAVAILABLE" })
  })
}

test("a store that is refused while another tab opens the database goes where that tab has it", async () => {
  /** @type {string[]} */
  let used = []
  /** @type {string[]} */
  const taken = []
  const claim = /** @type {any} */ ({ inTurn: (/** @type {() => unknown} */ run) => run(), drop() {}, inUse: async () => used, take: async (/** @type {string} */ kind) => { taken.push(kind) } })
  const choice = await chooseStorage(undefined, { indexedDB: brokenIndexedDB("silence"), openLimitMs: 20, localStorage: fakeLocalStorage(), claim })
  const opening = choice.open("db")
  used = ["localstorage"]
  const store = await opening
  assert.deepEqual(taken, ["indexeddb", "localstorage"])
  assert.deepEqual([choice.kind, choice.reason], ["localstorage", "other tabs have this database open there"])
  await store.close()
})
