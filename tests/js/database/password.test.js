// A database that is kept encrypted, from the user's side.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"

import { createMemoryStorage } from "../../../js/storage/memory.js"
import { readAll } from "../storage/acceptance.js"
import { createFakeBrowser } from "../tabs/fake_browser.js"
import { openDb, picture, rejects, until } from "./open.js"

/** What a test puts in place of the browser's own is taken back. @type {(() => void)[]} */
const undo = []
afterEach(() => { for (const step of undo.splice(0)) step() })

/** A device on which a database is found again, and its bytes. */
function device() {
  const disk = createMemoryStorage()
  return {
    overrides: { storage: { kind: "test", reason: "a test's", open: disk.open }, passwordRounds: 1000 },
    async bytes() {
      const store = await disk.open("test")
      const { whole } = await readAll(store)
      await store.close()
      return Buffer.from(whole)
    },
    /** @param {Uint8Array} bytes */
    async put(bytes) {
      const store = await disk.open("test")
      await store.replace([bytes])
      await store.close()
    },
  }
}

/** Each tab of a browser has locks of its own to ask. */
function pretendTabs() {
  const tab = createFakeBrowser().openTab()
  const genuine = Object.getOwnPropertyDescriptor(globalThis, "navigator")
  Object.defineProperty(globalThis, "navigator", { value: { locks: tab.locks }, configurable: true, writable: true })
  undo.push(() => { if (genuine) Object.defineProperty(globalThis, "navigator", genuine) })
}

test("what is kept under a password opens with it alone, and says so", async (t) => {
  const { overrides, bytes } = device()
  const first = await openDb(t, { password: "open sesame" }, overrides)
  assert.equal(first.status().storage.encrypted, true)
  await first.put({ text: "the secret text" }, "secret id")
  await first.flush()
  for (let i = 0; i < 50; i++) await first.put({ i }, `n${i}`)
  await first.link("secret id", "n1")
  const before = await picture(first)
  await first.close()
  const kept = await bytes()
  for (const word of ["secret", "sesame", "text"]) assert.equal(kept.indexOf(word), -1, word)
  await rejects(openDb(t, { password: "Open sesame" }, overrides), "WRONG_PASSWORD", "options.password")
  await rejects(openDb(t, {}, overrides), "PASSWORD_REQUIRED", "options.password")
  assert.deepEqual(await bytes(), kept)
  const again = await openDb(t, { password: "open sesame" }, overrides)
  assert.deepEqual(await picture(again), before)
})

test("a database without a password is not opened with one, unless it is set first; and it can be taken away", async (t) => {
  const { overrides, bytes } = device()
  const plain = await openDb(t, {}, overrides)
  assert.equal(plain.status().storage.encrypted, false)
  await plain.put("plain text", "n")
  await plain.flush()
  await rejects(openDb(t, { password: "x" }, overrides), "WRONG_PASSWORD")
  await plain.changePassword(null, "x")
  assert.equal(plain.status().storage.encrypted, true)
  assert.equal((await bytes()).indexOf("plain"), -1)
  await plain.put("more text", "m")
  await plain.close()
  const sealed = await openDb(t, { password: "x" }, overrides)
  assert.equal((await sealed.get("m")).result.value, "more text")
  await sealed.changePassword("x", null)
  await sealed.close()
  assert.ok((await bytes()).indexOf("plain") > 0)
  assert.equal((await (await openDb(t, {}, overrides)).get("n")).result.value, "plain text")
})

test("the password is changed by who knows it, and then it is the only one", async (t) => {
  const { overrides, bytes } = device()
  const db = await openDb(t, { password: "one" }, overrides)
  await db.put(1, "n")
  await db.flush()
  const kept = await bytes()
  await rejects(db.changePassword("uno", "two"), "WRONG_PASSWORD", "old")
  await rejects(db.changePassword(null, "two"), "PASSWORD_REQUIRED", "old")
  for (const bad of ["", 5, undefined, {}]) {
    await rejects(db.changePassword("one", bad), "INVALID_ARGUMENT", "next")
    await rejects(db.changePassword(bad, "two"), "INVALID_ARGUMENT", "old")
  }
  assert.deepEqual(await bytes(), kept)
  // Two at once: one after the other, the second with a password that is not it any more.
  const both = await Promise.allSettled([db.changePassword("one", "two"), db.changePassword("one", "three")])
  assert.deepEqual(both.map(({ reason }) => reason?.code), [undefined, "WRONG_PASSWORD"])
  await db.put(2, "n")
  await db.close()
  await rejects(openDb(t, { password: "one" }, overrides), "WRONG_PASSWORD")
  const again = await openDb(t, { password: "two" }, overrides)
  assert.equal((await again.get("n")).result.value, 2)
  await again.close()
  await rejects(again.changePassword("two", "x"), "CLOSED")
})

test("in a change that fails the old password stays", async (t) => {
  const { overrides } = device()
  const { open } = overrides.storage
  let fails = false
  overrides.storage.open = async (name) => {
    const store = await open(name)
    return { ...store, replace: (chunks) => fails ? Promise.reject(Object.assign(new Error("full"), { code: "STORAGE_FAILED" })) : store.replace(chunks) }
  }
  const db = await openDb(t, { password: "one" }, overrides)
  await db.put(1, "n")
  await db.flush()
  fails = true
  await assert.rejects(db.changePassword("one", "two"), /full/)
  fails = false
  await db.put(2, "n")
  await db.close()
  const again = await openDb(t, { password: "one" }, overrides)
  assert.equal((await again.get("n")).result.value, 2)
})

test("a tab that follows changes it for all, and follows the owner with the new one", async (t) => {
  pretendTabs()
  const { overrides } = device()
  const owner = await openDb(t, { tabs: true, password: "one" }, overrides)
  await owner.put(1, "n")
  const follower = await openDb(t, { tabs: true, password: "one" }, overrides)
  const third = await openDb(t, { tabs: true, password: "one" }, overrides)
  await until(() => [follower, third].every((db) => db.status().tabs.tabs === 2 && db.status().fingerprint === owner.status().fingerprint), "the tabs to be equal")
  assert.equal(follower.status().storage.state, "follower")
  await rejects(follower.changePassword("uno", "two"), "WRONG_PASSWORD")
  await follower.changePassword("one", "two")
  await follower.put(2, "m")
  await owner.close()
  await until(() => [follower, third].some((db) => db.status().storage.state === "owner"), "a take-over")
  await third.put(3, "o")
  await third.flush()
  await follower.close()
  await third.close()
  await rejects(openDb(t, { password: "one" }, overrides), "WRONG_PASSWORD")
  const again = await openDb(t, { password: "two" }, overrides)
  assert.deepEqual((await again.map()).results.map(({ value }) => value).sort(), [1, 2, 3])
})

test("an encrypted store whose end was not written whole opens, tells so and is made whole", async (t) => {
  const { overrides, bytes, put } = device()
  const first = await openDb(t, { password: "x" }, overrides)
  for (let i = 0; i < 20; i++) {
    await first.put({ i }, `n${i}`)
    await first.flush() // or they share a frame
  }
  await first.close()
  const whole = await bytes()
  await put(whole.subarray(0, whole.byteLength - 5))
  const again = await openDb(t, { password: "x" }, overrides)
  assert.equal((await again.map()).results.length, 19)
  assert.deepEqual(again.status().notices.map(({ code }) => code), ["CORRUPT_STORE"])
  await again.put("more", "m")
  await again.close()
  const third = await openDb(t, { password: "x" }, overrides)
  assert.equal((await third.map()).results.length, 20)
  assert.deepEqual(third.status().notices, [])
  await third.close()
  const spoiled = await bytes()
  spoiled[100] ^= 1
  await put(spoiled)
  await rejects(openDb(t, { password: "x" }, overrides), "CORRUPT_STORE")
  assert.deepEqual(await bytes(), spoiled)
})
