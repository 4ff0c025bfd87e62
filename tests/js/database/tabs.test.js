// Tabs of one browser with the whole database: what a follower's flush waits for.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"

import { createMemoryStorage } from "../../../js/storage/memory.js"
import { createTabs } from "../../../js/tabs/tabs.js"
import { createFakeBrowser, until as soon } from "../tabs/fake_browser.js"
import { nextTask, openDb, rejects, until } from "./open.js"

/** What a test puts in place of the browser's own is taken back. @type {(() => void)[]} */
const undo = []
afterEach(() => { for (const step of undo.splice(0).reverse()) step() })

/** @param {string} name @param {unknown} value */
function pretend(name, value) {
  const genuine = Object.getOwnPropertyDescriptor(globalThis, name)
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  undo.push(() => { if (genuine) Object.defineProperty(globalThis, name, genuine); else delete /** @type {any} */ (globalThis)[name] })
}

/** Databases of one browser, on one store. @param {import("node:test").TestContext} t */
function browserOf(t) {
  const browser = createFakeBrowser()
  const storage = { kind: "test", reason: "a test's", ...createMemoryStorage() }
  return {
    browser,
    /** @param {object} [options] */
    async open(options = {}) {
      const { BroadcastChannel, locks } = browser.openTab()
      pretend("BroadcastChannel", BroadcastChannel)
      pretend("navigator", { locks })
      return openDb(t, options, { storage })
    },
  }
}

test("a follower's flush ends while every tab goes on writing", async (t) => {
  const { open } = browserOf(t)
  const tabs = [await open(), await open(), await open()]
  assert.deepEqual(tabs.map((db) => db.status().storage.state), ["owner", "follower", "follower"])
  let stop = false
  // Nothing ever rests, and no two fingerprints are found equal.
  const writing = tabs.map(async (db, tab) => {
    for (let i = 0; !stop; i++) {
      db.put({ i }, `t${tab} ${i}`)
      await nextTask()
    }
  })
  try {
    for (let turn = 0; turn < 5; turn++) {
      await Promise.all(tabs.map((db) => Promise.race([db.flush(), new Promise((_, fail) => setTimeout(fail, 2000, new Error("a flush waits for rest")).unref())])))
    }
  } finally {
    stop = true
    await Promise.all(writing)
  }
  await until(() => new Set(tabs.map((db) => db.status().fingerprint)).size === 1, "they are equal")
})

test("a tab whose messages the owner refuses is never told that it is safe", async (t) => {
  const { browser, open } = browserOf(t)
  const owner = await open()
  const stranger = createTabs({ name: "test", protocol: 1, ...browser.openTab() })
  t.after(() => stranger.close())
  stranger.on("bytes", () => {})
  await soon(() => stranger.list().length === 1, "they know each other")
  const [{ id }] = stranger.list()
  stranger.send(id, new Uint8Array([1, 2, 3]))
  await rejects(stranger.request(id, "journal", { device: false }), "STORAGE_UNAVAILABLE")
  await rejects(stranger.request(id, "journal", { device: true }), "STORAGE_UNAVAILABLE")
  assert.equal(owner.status().storage.state, "owner")
})
