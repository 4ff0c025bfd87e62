// Tabs of one browser with the whole package and rtc off: equal graphs, one store, and nothing acknowledged is lost.
import { expect, test } from "@playwright/test"
import { createProfile, startSite } from "./storage_site.js"

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())

async function openTab(context, options = {}) {
  const page = await site.open(await context.newPage(), "tabs-core")
  await page.evaluate(async (given) => { globalThis.db = await globalThis.weft("tabs", given) }, options)
  return page
}

const put = (page, id, value) => page.evaluate(([key, what]) => globalThis.db.put(what, key), [id, value])
const flush = (page) => page.evaluate(() => globalThis.db.flush())
const storage = (page) => page.evaluate(() => globalThis.db.status().storage)
const graph = (page) => page.evaluate(async () => {
  const { results } = await globalThis.db.map({ field: "id" })
  return Object.fromEntries(results.map(({ id, value }) => [id, value]))
})
const picture = (page) => page.evaluate(async () => Array.from(await globalThis.db.export()).join())
async function equal(pages) {
  await expect.poll(async () => new Set(await Promise.all(pages.map(picture))).size).toBe(1)
}

test("what is put in any tab is in all of them, and in the store", async ({ context }) => {
  const pages = [await openTab(context), await openTab(context), await openTab(context)]
  expect(await Promise.all(pages.map(async (page) => (await storage(page)).state))).toEqual(["owner", "follower", "follower"])
  for (const [i, page] of pages.entries()) await put(page, `n${i}`, { from: i })
  await equal(pages)
  expect(await graph(pages[0])).toEqual({ n0: { from: 0 }, n1: { from: 1 }, n2: { from: 2 } })
  await Promise.all(pages.map(flush))
  for (const page of pages) expect((await storage(page)).pending).toBe(0)
  for (const page of pages) await page.close()
  const later = await openTab(context)
  expect(Object.keys(await graph(later))).toEqual(["n0", "n1", "n2"])
})

test("a tab that writes before it has met the others is heard and kept", async ({ context }) => {
  const a = await openTab(context)
  await put(a, "first", 1)
  const b = await site.open(await context.newPage(), "tabs-core")
  await b.evaluate(async () => {
    globalThis.db = await globalThis.weft("tabs")
    for (let i = 0; i < 500; i++) globalThis.db.put({ i }, `early${i}`)
    await globalThis.db.flush()
  })
  await equal([a, b])
  await b.close()
  await a.close()
  const c = await openTab(context)
  expect(Object.keys(await graph(c))).toHaveLength(501)
})

test("tabs follow one another as owners, and the store has what each of them wrote", async ({ context }) => {
  const a = await openTab(context)
  await put(a, "a", { by: "a" })
  const b = await openTab(context)
  const c = await openTab(context)
  await equal([a, b, c])
  await put(b, "b", { by: "b" })
  await a.close()
  await expect.poll(async () => (await storage(b)).state).toBe("owner")
  await put(c, "c", { by: "c" })
  await put(c, "a", { by: "c" })
  await flush(c)
  await equal([b, c])
  await b.close()
  await expect.poll(async () => (await storage(c)).state).toBe("owner")
  await put(c, "last", { by: "c" })
  await flush(c)
  await c.close()
  const d = await openTab(context)
  expect(await graph(d)).toEqual({ a: { by: "c" }, b: { by: "b" }, c: { by: "c" }, last: { by: "c" } })
})

test("tabs that open at one moment and are refused different stores have one, with what each of them wrote", async ({ context }) => {
  const pages = [await context.newPage(), await context.newPage(), await context.newPage()]
  await pages[0].addInitScript(() => {
    globalThis.Worker = class extends Worker {
      constructor(...given) {
        if (globalThis.refused++ < 1) throw new Error("refused")
        super(...given)
      }
    }
  })
  await pages[1].addInitScript(() => {
    const { postMessage } = Worker.prototype
    Worker.prototype.postMessage = function (...given) { setTimeout(() => postMessage.apply(this, given), 100) }
  })
  for (const page of pages) await site.open(page, "tabs-core")
  for (let round = 0; round < 6; round++) {
    const open = async (page, i) => page.evaluate(async ([name, number]) => {
      globalThis.refused = 0
      globalThis.db = await globalThis.weft(name)
      await globalThis.db.put({ number }, `from ${number}`)
      return globalThis.db.status().storage.kind
    }, [`round ${round}`, i])
    const order = [0, 1, 2].map((i) => (i + round) % 3)
    const kinds = await Promise.all(order.map((i) => open(pages[i], i)))
    expect(new Set(kinds).size, kinds.join()).toBe(1)
    await equal(pages)
    await flush(pages[2])
    for (const page of pages) await page.evaluate(() => globalThis.db.close())
    await pages[2].evaluate(async (name) => { globalThis.db = await globalThis.weft(name) }, `round ${round}`)
    expect((await storage(pages[2])).kind).toBe(kinds[0])
    expect(Object.keys(await graph(pages[2]))).toEqual(["from 0", "from 1", "from 2"])
    await pages[2].evaluate(() => globalThis.db.close())
  }
})

test("a tab whose Worker does not start lets another own the store", async ({ context }) => {
  const first = await openTab(context, { storage: "opfs" })
  await put(first, "first", 1)
  await flush(first)
  const a = await context.newPage()
  await a.addInitScript(() => {
    const Real = globalThis.Worker
    globalThis.Worker = class extends Real { constructor(_, options) { super("/nothing-is-here.js", options) } }
  })
  await site.open(a, "tabs-core")
  await a.evaluate(async () => { globalThis.db = await globalThis.weft("tabs") })
  await first.evaluate(() => globalThis.db.close())
  await expect.poll(() => a.evaluate(async () => (await navigator.locks.query()).held.some(({ name }) => name.startsWith("weft:owner:")))).toBe(true)
  const b = await openTab(context)
  await put(b, "b", 2)
  await put(a, "a", 3)
  await expect.poll(async () => [(await storage(a)).state, (await storage(b)).state], { timeout: 20_000 }).toEqual(["follower", "owner"])
  await Promise.all([a, b].map(flush))
  await equal([a, b])
  for (const page of [a, b]) await page.evaluate(() => globalThis.db.close())
  expect(await graph(await openTab(context))).toEqual({ first: 1, b: 2, a: 3 })
})

test("a thousand awaited puts in a follower are safe when flush says so, also from SIGKILL", async ({ browserName }) => {
  const profile = createProfile(browserName)
  try {
    let context = await profile.open()
    await openTab(context)
    const b = await openTab(context)
    await b.exposeFunction("acknowledged", () => profile.kill())
    const ended = new Promise((resolve) => context.once("close", resolve))
    b.evaluate(async () => {
      for (let i = 0; i < 1000; i++) await globalThis.db.put({ i, text: `value ${i}` }, `n${i}`)
      await globalThis.db.flush()
      globalThis.acknowledged()
    }).catch(() => {}) // the browser dies under it
    await ended
    context = await profile.open()
    const page = await openTab(context)
    const nodes = await graph(page)
    expect(Object.keys(nodes)).toHaveLength(1000)
    expect(nodes.n999).toEqual({ i: 999, text: "value 999" })
    await context.close()
  } finally {
    profile.remove()
  }
})

test("a page that leaves and returns is equal again", async ({ context }) => {
  const [a, b] = [await openTab(context), await openTab(context)]
  await put(a, "before", 1)
  await a.evaluate(() => globalThis.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })))
  await expect.poll(async () => (await storage(b)).state).toBe("owner")
  await put(b, "meanwhile", 2)
  await a.evaluate(() => globalThis.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })))
  await equal([a, b])
  await put(a, "after", 3)
  await flush(a)
  await equal([a, b])
  expect(await graph(b)).toEqual({ after: 3, before: 1, meanwhile: 2 })
})

test("beside a tab with another version of weft a tab says what is the matter, and saves once that one is closed", async ({ context }) => {
  const other = await site.open(await context.newPage(), "tabs-core")
  await other.evaluate(async () => {
    const { createTabs } = await import("/js/tabs/tabs.js")
    const { createOwnership } = await import("/js/storage/owner.js")
    globalThis.ownership = createOwnership({ name: "tabs" })
    await globalThis.ownership.ready
    globalThis.tabs = createTabs({ name: "tabs", protocol: 2, info: { rtc: false, owner: true } })
    globalThis.tabs.on("bytes", () => {})
  })
  const page = await openTab(context)
  await put(page, "kept", 1)
  const notices = () => page.evaluate(() => globalThis.db.status().notices.map(({ code, message }) => `${code}: ${message}`))
  await expect.poll(notices).toEqual([expect.stringMatching(/^UNSUPPORTED_VERSION: another tab .* protocol 2, this one 1.*reload the older one$/)])
  expect(await other.evaluate(() => globalThis.tabs.stranger)).toBe(1)
  expect((await storage(page)).pending).toBeGreaterThan(0)
  expect(await page.evaluate(() => globalThis.db.flush().catch(({ code }) => code))).toBe("UNSUPPORTED_VERSION")
  await other.close()
  await flush(page)
  expect((await storage(page)).pending).toBe(0)
})
