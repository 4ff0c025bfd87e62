import assert from "node:assert/strict"
import { test } from "node:test"
import { createOwnership } from "../../../js/storage/owner.js"
import { createFakeBrowser, until } from "../tabs/fake_browser.js"

test("one tab owns at a time, the next follows when it lets go or crashes", async () => {
  const browser = createFakeBrowser()
  const tabs = Array.from({ length: 3 }, () => browser.openTab())
  const owners = tabs.map(({ locks }) => createOwnership({ name: "db", locks }))
  assert.deepEqual(await Promise.all(owners.map(({ ready }) => ready)), [true, false, false])
  const holding = () => owners.map(({ isOwner }) => isOwner)
  owners[0].release()
  await until(() => owners[1].isOwner, "the second follows")
  assert.deepEqual(holding(), [false, true, false])
  owners[0].acquire()
  owners[0].acquire()
  tabs[1].crash()
  await until(() => owners[2].isOwner, "the third follows")
  owners[2].close()
  await until(() => owners[0].isOwner, "the first comes again")
  owners[0].close()
  await until(() => browser.leftovers().locks.length === 0, "nothing is left")
})

test("names are apart, and owner is told once each time", async () => {
  const browser = createFakeBrowser()
  const [a, b] = ["a", "b"].map((name) => createOwnership({ name, locks: browser.openTab().locks }))
  let told = 0
  a.on("owner", () => { told += 1 })
  assert.equal(told, 0, "never inside the call")
  assert.deepEqual([await a.ready, await b.ready], [true, true])
  assert.equal(told, 1)
  a.release()
  assert.equal(a.isOwner, false)
  a.acquire()
  await until(() => told === 2, "told again")
  a.close()
  b.close()
})

test("one that stopped waiting is passed over", async () => {
  const browser = createFakeBrowser()
  const [a, b, c] = Array.from({ length: 3 }, () => createOwnership({ name: "db", locks: browser.openTab().locks }))
  await Promise.all([a.ready, b.ready, c.ready])
  b.on("owner", () => assert.fail("it was closed"))
  b.close()
  a.close()
  await until(() => c.isOwner, "the third follows")
  c.close()
})

test("one that lets go before it was answered never owns, and keeps nobody waiting", async () => {
  const browser = createFakeBrowser()
  const a = createOwnership({ name: "db", locks: browser.openTab().locks })
  a.on("owner", () => assert.fail("it let go"))
  const b = createOwnership({ name: "db", locks: browser.openTab().locks })
  a.release()
  assert.equal(await a.ready, false)
  await until(() => b.isOwner, "the other owns")
  assert.equal(a.isOwner, false)
  a.close()
  b.close()
})

test("without Web Locks everyone owns", async () => {
  const owner = createOwnership({ name: "db", locks: null })
  assert.equal(owner.isOwner, false)
  assert.equal(await owner.ready, true)
  assert.equal(owner.isOwner, true)
  owner.close()
  assert.equal(owner.isOwner, false)
})

test("a lock that is refused is told, and ready still ends", async () => {
  const locks = /** @type {any} */ ({ request: async () => { throw new DOMException("no", "SecurityError") } })
  const owner = createOwnership({ name: "db", locks })
  const told = new Promise((resolve) => owner.on("error", resolve))
  assert.equal(await owner.ready, false)
  assert.equal(/** @type {any} */ (await told).name, "SecurityError")
  owner.close()
  assert.throws(() => createOwnership({ name: "" }), { code: "INVALID_ARGUMENT" })
})
