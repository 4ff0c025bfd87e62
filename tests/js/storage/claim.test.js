// Tabs that choose a store for one database at one moment.
import assert from "node:assert/strict"
import { test } from "node:test"
import { chooseStorage } from "../../../js/storage/choose.js"
import { createClaim } from "../../../js/storage/claim.js"
import { createFakeBrowser } from "../tabs/fake_browser.js"
import { fakeLocalStorage } from "./fake_local_storage.js"

/** Holds no database yet. `made` counts those that were made. @param {boolean} refuses */
function fakeIndexedDB(refuses = false) {
  const factory = {
    made: 0,
    open(/** @type {string} */ _name, /** @type {number | undefined} */ version) {
      const request = /** @type {any} */ ({ error: new DOMException("no", "InvalidStateError"), result: { close() {} } })
      const opens = version !== undefined && !refuses
      if (opens) factory.made++
      setImmediate(() => (opens ? request.onsuccess() : request.onerror()))
      return request
    },
  }
  return factory
}

/** Tabs of one browser, each with an IndexedDB that may be refused. */
function createHosts(/** @type {boolean[]} */ ...refuses) {
  const browser = createFakeBrowser()
  const localStorage = fakeLocalStorage()
  const tabs = refuses.map((refused) => {
    const indexedDB = fakeIndexedDB(refused)
    const claim = createClaim("db", browser.openTab().locks)
    return { indexedDB, claim, host: /** @type {any} */ ({ localStorage, indexedDB, claim, openLimitMs: 1000 }) }
  })
  return { browser, tabs, end: () => Promise.all(tabs.map(({ claim }) => claim.close())) }
}

/** @param {any} host @param {unknown} [wanted] @returns {Promise<string>} the kind, or the code of its refusal */
async function outcome(host, wanted) {
  const choice = await chooseStorage(wanted, host)
  return choice.open("db").then(() => choice.kind, (error) => error.code)
}

test("of tabs that come at one moment and are refused differently the first decides, and the others have the same", async () => {
  const { browser, tabs: [poor, ...rich], end } = createHosts(true, false, false)
  assert.deepEqual(await Promise.all([poor, ...rich].map(({ host }) => outcome(host))), ["localstorage", "localstorage", "localstorage"])
  assert.deepEqual(rich.map(({ indexedDB }) => indexedDB.made), [0, 0], "nothing is left of another store")
  await end()
  assert.deepEqual(browser.leftovers().locks, [])
})

test("who cannot have the store of the first is told, and the first goes on", async () => {
  const { tabs: [first, second], end } = createHosts(false, true)
  assert.deepEqual(await Promise.all([outcome(first.host), outcome(second.host)]), ["indexeddb", "STORAGE_UNAVAILABLE"])
  assert.deepEqual(await first.claim.inUse(), ["indexeddb"])
  assert.equal(second.claim.kind, undefined)
  await end()
})

test("of two that name different stores at one moment the first has its own, and the other makes nothing", async () => {
  const { tabs: [first, second], end } = createHosts(false, false)
  assert.deepEqual(await Promise.all([outcome(first.host, "localstorage"), outcome(second.host, "indexeddb")]), ["localstorage", "INVALID_ARGUMENT"])
  assert.equal(second.indexedDB.made, 0)
  await end()
})

test("a tab that hangs in its turn does not hold the others for ever", async () => {
  const browser = createFakeBrowser()
  const frozen = createClaim("db", browser.openTab().locks)
  void frozen.inTurn(() => new Promise(() => {}))
  const claim = createClaim("db", browser.openTab().locks, 20)
  assert.equal(await outcome({ localStorage: fakeLocalStorage(), indexedDB: fakeIndexedDB(), claim }), "indexeddb")
  await claim.close()
})

test("what fails in a turn is told, and the next has its turn", async () => {
  const browser = createFakeBrowser()
  const [one, other] = [createClaim("db", browser.openTab().locks), createClaim("db", browser.openTab().locks)]
  const failing = one.inTurn(async () => { throw new Error("no") })
  const next = other.inTurn(async () => "done")
  await assert.rejects(failing, { message: "no" })
  assert.equal(await next, "done")
  assert.deepEqual(browser.leftovers().locks, [])
})
