// Encryption at rest in real browsers: the sealed store over each kind, the whole database, tabs, and kills.
import { expect, test } from "@playwright/test"
import { createProfile, startSite } from "./storage_site.js"

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())

for (const kind of ["opfs", "indexeddb", "localstorage", "memory"]) {
  test(`sealed over the ${kind} store, the acceptance suite passes`, async ({ page }) => {
    await site.open(page)
    const { passed, failed } = await page.evaluate((which) => {
      const { createIndexedDbStorage, createLocalStorageStorage, createMemoryStorage, createOpfsStorage, createVault, lateAppend, runAcceptance, sealStorage } = globalThis.weft
      const below = {
        opfs: () => createOpfsStorage(),
        indexeddb: () => createIndexedDbStorage(),
        localstorage: () => createLocalStorageStorage({ limitBytes: 4_000_000 }),
        memory: () => createMemoryStorage(),
      }
      return runAcceptance(sealStorage(below[which](), createVault("secret")), async () => localStorage.clear(), [lateAppend])
    }, kind)
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(15)
  })
}

async function openTab(context, name, options) {
  const page = await site.open(await context.newPage(), "tabs-core")
  await page.evaluate(async ([which, given]) => { globalThis.db = await globalThis.weft(which, given) }, [name, options])
  return page
}

const values = (page) => page.evaluate(async () => (await globalThis.db.map({ field: "id" })).results.map(({ value }) => value))
const storage = (page) => page.evaluate(() => globalThis.db.status().storage)
const refused = (page, name, options) => page.evaluate(([which, given]) => globalThis.weft(which, given).then((db) => db.close(), ({ code, path }) => `${code} ${path}`), [name, options])

/** Whether a text stands anywhere in the store's files. */
const onDisk = (page, name, text) => page.evaluate(async ([which, word]) => {
  const { folderName } = await import("/js/storage/opfs-folder.js")
  const folder = await (await (await navigator.storage.getDirectory()).getDirectoryHandle("weft")).getDirectoryHandle(await folderName(which))
  const texts = []
  for await (const handle of folder.values()) texts.push(new TextDecoder("latin1").decode(await (await handle.getFile()).arrayBuffer()))
  if (!texts.some((file) => file.startsWith("weftopfs"))) throw new Error("there is no file of the store")
  return texts.some((file) => file.includes(word))
}, [name, text])

test("a database is encrypted with its password, in every tab, through a change and a change of owner", async ({ context }) => {
  const a = await openTab(context, "sealed", { password: "one" })
  await a.evaluate(() => globalThis.db.put("the quick brown fox", "a"))
  await a.evaluate(() => globalThis.db.flush())
  expect(await storage(a)).toMatchObject({ encrypted: true, pending: 0 })
  expect(await onDisk(a, "sealed", "quick")).toBe(false)
  const b = await openTab(context, "sealed", { password: "one" })
  const c = await openTab(context, "sealed", { password: "one" })
  expect(await refused(c, "sealed", { password: "two" })).toBe("WRONG_PASSWORD options.password")
  expect(await refused(c, "sealed", {})).toBe("PASSWORD_REQUIRED options.password")
  await b.evaluate(() => globalThis.db.put("jumps over", "b"))
  await b.evaluate(() => globalThis.db.changePassword("one", "two"))
  await a.close()
  await expect.poll(async () => [(await storage(b)).state, (await storage(c)).state].includes("owner")).toBe(true)
  await c.evaluate(async () => { await globalThis.db.put("the lazy dog", "c"); await globalThis.db.flush() })
  expect(await refused(c, "sealed", { password: "one" })).toBe("WRONG_PASSWORD options.password")
  await b.close()
  await c.close()
  const d = await openTab(context, "sealed", { password: "two" })
  expect(await values(d)).toEqual(["the quick brown fox", "jumps over", "the lazy dog"])
  expect(await onDisk(d, "sealed", "lazy")).toBe(false)
})

test("what is pending 0 in an encrypted database survives SIGKILL of the browser; how soon that is", async ({ browserName }) => {
  const profile = createProfile(browserName)
  try {
    let context = await profile.open()
    const page = await openTab(context, "killed", { password: "one" })
    const ended = new Promise((resolve) => context.once("close", resolve))
    await page.exposeFunction("acknowledged", (ms) => { console.log(`pending 0 after ${ms} ms (median of 30)`); profile.kill() })
    page.evaluate(async () => {
      const { db } = globalThis
      await db.put(0, "first")
      await db.flush()
      const times = []
      for (let i = 0; i < 30; i++) {
        const began = performance.now()
        await db.put({ i }, `n${i}`)
        while (db.status().storage.pending > 0) await new Promise((resolve) => setTimeout(resolve))
        times.push(performance.now() - began)
      }
      globalThis.acknowledged(times.sort((a, b) => a - b)[15].toFixed(1))
    }).catch(() => {}) // the browser dies under it
    await ended
    context = await profile.open()
    const again = await openTab(context, "killed", { password: "one" })
    expect((await values(again)).length).toBe(31)
    await context.close()
  } finally {
    profile.remove()
  }
})

test("a page that goes elsewhere right after a write: what it had kept is whole", async ({ context }) => {
  const page = await openTab(context, "leaving", { password: "one" })
  await page.evaluate(async () => { await globalThis.db.put(1, "a"); await globalThis.db.flush() })
  await page.evaluate(() => { globalThis.db.put(2, "b"); location.href = "about:blank" })
  await page.waitForURL("about:blank")
  const later = await openTab(context, "leaving", { password: "one" })
  const kept = await values(later)
  console.log(`the write in the page's last task is ${kept.length === 2 ? "kept" : "not kept"}`)
  expect(kept[0]).toBe(1)
  expect((await storage(later)).error).toBe(null)
})

test("opening an encrypted database of 10,000 nodes", async ({ context }) => {
  const page = await openTab(context, "big", { password: "one" })
  await page.evaluate(async () => {
    const { db } = globalThis
    for (let i = 0; i < 10_000; i++) {
      void db.put({ i, text: "x".repeat(50) }, `n${i}`)
      if (i % 50 === 49) await new Promise((resolve) => setTimeout(resolve)) // in many frames
    }
    await db.close()
  })
  const times = []
  for (let i = 0; i < 3; i++) {
    times.push(await page.evaluate(async () => {
      const began = performance.now()
      const db = await globalThis.weft("big", { password: "one" })
      const ms = performance.now() - began
      if ((await db.map()).results.length !== 10_000) throw new Error("not all is there")
      await db.close()
      return Math.round(ms)
    }))
  }
  console.log(`opened in ${times.join(", ")} ms`)
})
