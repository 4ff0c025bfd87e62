// WebKitGTK, for what it has: the core, the stores but OPFS, tabs. It has no RTCPeerConnection.
import { expect, test } from "@playwright/test"
import { startSite } from "./storage_site.js"
import { hasWebkit, startWebkit } from "./webkit_browser.js"

test.skip(!hasWebkit, "WebKitGTK with its driver, and Xvfb, are not on this machine")

let site
let browser
test.beforeAll(async () => {
  site = await startSite()
  browser = await startWebkit()
})
test.afterAll(async () => {
  await browser?.close()
  await site?.close()
})

/** @param {string} which */
async function open(which) {
  await browser.open(site.address(which))
  await expect.poll(() => browser.evaluate(() => globalThis.ready === true)).toBe(true)
}

for (const kind of ["indexeddb", "localstorage", "memory"]) {
  test(`the ${kind} store passes the acceptance suite`, async () => {
    await open("storage")
    const { passed, failed } = await browser.evaluate((which) => globalThis.weft.accept(which), kind)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(15)
  })
}

test("without handles of OPFS the best store is IndexedDB, and that is said", async () => {
  await open("api-module")
  const { storage, asked } = await browser.evaluate(async () => {
    const db = await globalThis.api.weft("best")
    await db.put({ name: "Ada" }, "ada")
    await db.flush()
    const { storage } = await db.status()
    await db.destroy()
    return { storage, asked: await globalThis.api.weft("asked", { storage: "opfs" }).catch((error) => error.code) }
  })
  expect(storage).toMatchObject({ kind: "indexeddb", reason: "this host has no OPFS that is safe", state: "owner", pending: 0, full: false, error: null })
  expect(asked).toBe("STORAGE_UNAVAILABLE")
})

for (const [how, options] of [["", {}], [", encrypted", { password: "correct horse" }], [", in localStorage", { storage: "localstorage" }]]) {
  test(`what was flushed is there after a reload: values of every kind, links, what queries find${how}`, async () => {
    await open("api-module")
    await browser.evaluate(async (given) => {
      const db = await globalThis.api.weft("reload", given)
      await db.put({ text: "Zoë 😀", n: -1.5, big: 2n ** 63n, date: new Date(7), bytes: new Uint8Array([1, 2]) }, "a")
      await db.put({ n: 5, text: "plain" }, "b")
      await db.link("a", "b", { label: "knows" })
      await db.flush()
    }, options)
    await open("api-module")
    const found = await browser.evaluate(async (given) => {
      const { weft } = globalThis.api
      const wrong = given.password ? await weft("reload", { password: "other" }).catch((error) => error.code) : null
      const db = await weft("reload", given)
      const ids = async (query) => (await db.map({ query })).results.map(({ id }) => id)
      const { value, edges } = (await db.get("a")).result
      const outcome = {
        kinds: [value.text, value.n, String(value.big), value.date.getTime(), [...value.bytes]], edges, wrong,
        range: await ids({ n: { $gt: 0 } }), text: await ids({ text: { $text: "zoe" } }), regex: await ids({ text: /^pl/ }), edge: await ids({ text: "Zoë 😀", $edge: { n: 5 } }),
      }
      await db.destroy()
      return outcome
    }, options)
    expect(found).toEqual({
      kinds: ["Zoë 😀", -1.5, String(2n ** 63n), 7, [1, 2]], edges: ["b"], wrong: options.password ? "WRONG_PASSWORD" : null,
      range: ["b"], text: ["a"], regex: ["b"], edge: ["b"],
    })
  })
}

test("two tabs are one database, and the second owns the store when the first is closed", async () => {
  const first = await browser.firstTab()
  await open("api-module")
  const openHere = async () => {
    globalThis.db = await globalThis.api.weft("two tabs")
    return (await globalThis.db.status()).storage.state
  }
  expect(await browser.evaluate(openHere)).toBe("owner")
  await browser.evaluate(() => globalThis.db.put({ from: "first" }, "one").then(() => globalThis.db.flush()))
  const second = await browser.newTab()
  await open("api-module")
  expect(await browser.evaluate(openHere)).toBe("follower")
  expect(await browser.evaluate(async () => {
    await globalThis.db.put({ from: "second" }, "two")
    await globalThis.db.flush()
    return (await globalThis.db.get("one")).result.value
  })).toEqual({ from: "first" })
  await browser.turnTo(first)
  await expect.poll(() => browser.evaluate(async () => (await globalThis.db.get("two")).result?.value)).toEqual({ from: "second" })
  await browser.closeTab()
  await browser.turnTo(second)
  await expect.poll(() => browser.evaluate(async () => (await globalThis.db.status()).storage.state)).toBe("owner")
  await browser.evaluate(() => globalThis.db.put({ from: "owner" }, "three").then(() => globalThis.db.flush()))
  await open("api-module")
  expect(await browser.evaluate(async () => {
    const db = await globalThis.api.weft("two tabs")
    const ids = (await db.map()).results.map(({ id }) => id)
    await db.destroy()
    return ids
  })).toEqual(["one", "two", "three"])
})
test("peers are asked for in vain, and that is told", async () => {
  await open("api-module")
  const error = await browser.evaluate(() => globalThis.api.weft("peers", { rtc: true, relayUrls: ["ws://127.0.0.1:9/"] }).catch(({ code, message }) => ({ code, message })))
  expect(error).toEqual({ code: "RTC_UNAVAILABLE", message: expect.stringContaining("RTCPeerConnection") })
})
