/**
 * Twenty tabs, opened at once on one database, write all the time and end in any order: closed, crashed, or their
 * process killed. What remains is equal, and holds all that any of them was promised; so does the store afterwards.
 *
 * Not in `npm test` yet: a follower's flush runs into its limit while the other tabs go on writing. The owner answers
 * once the asker's first sync was proved (host/waits.js), which may not come while nothing rests.
 */
import { expect, test } from "@playwright/test"
import { createProfile, startSite } from "./storage_site.js"

const times = Number(process.env.WEFT_KILL_TABS ?? 0)
const count = 20
const left = 3

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())

/** Writes, a few a task, and tells how many are safe, until it is stopped. */
const write = (page, tab) => page.evaluate((number) => {
  globalThis.stop = false
  const { db } = globalThis
  globalThis.done = (async () => {
    for (let i = 0; !globalThis.stop; i++) {
      await db.put({ i }, `t${number} ${i}`)
      globalThis.wrote = i + 1
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (db.status().storage.pending === 0) globalThis.told(number, i + 1)
    }
  })()
}, tab)

/** Ends a tab. @returns whether it did so by itself */
async function end(page, how, context) {
  if (how === "crash") {
    const client = await context.newCDPSession(page)
    const crashed = new Promise((resolve) => page.once("crash", resolve))
    client.send("Page.crash").catch(() => {}) // it does not live to answer
    await crashed
  }
  await page.close()
}

async function play(browserName, turn) {
  const profile = createProfile(browserName)
  try {
    const context = await profile.open()
    const safe = new Array(count).fill(0)
    const crashed = new Set()
    await context.exposeFunction("told", (tab, mark) => { safe[tab] = Math.max(safe[tab], mark) })
    const pages = await Promise.all(Array.from({ length: count }, async (_, tab) => {
      const page = await context.newPage()
      page.on("crash", () => crashed.add(tab))
      await site.open(page, "tabs-core")
      await page.evaluate(async () => { globalThis.db = await globalThis.weft("many") })
      await write(page, tab)
      return page
    }))
    const alive = new Set(pages.keys())
    while (alive.size > left) {
      const order = [...alive]
      const tab = order[Math.floor(Math.random() * order.length)]
      await end(pages[tab], browserName === "chromium" && alive.size % 2 === 0 ? "crash" : "close", context)
      alive.delete(tab)
      for (const other of [...alive]) if (crashed.has(other)) alive.delete(other) // they shared the process
    }
    expect(alive.size, "tabs left").toBeGreaterThan(0)
    const rest = [...alive].map((tab) => pages[tab])
    for (const page of rest) await page.evaluate(async () => { globalThis.stop = true; await globalThis.done; await globalThis.db.flush() })
    for (const tab of alive) safe[tab] = await pages[tab].evaluate(() => globalThis.wrote)
    await expect.poll(async () => new Set(await Promise.all(rest.map((page) => page.evaluate(() => globalThis.db.status().fingerprint)))).size).toBe(1)
    const fingerprint = await rest[0].evaluate(async () => { await globalThis.db.flush(); return globalThis.db.status().fingerprint })
    await complete(rest[0], safe, "in the tabs that are left")
    const ended = new Promise((resolve) => context.once("close", resolve))
    profile.kill()
    await ended
    const again = await profile.open()
    const page = await site.open(await again.newPage(), "tabs-core")
    await page.evaluate(async () => { globalThis.db = await globalThis.weft("many") })
    await complete(page, safe, "in the store")
    expect(await page.evaluate(() => globalThis.db.status().fingerprint)).toBe(fingerprint)
    expect(await page.evaluate(() => globalThis.db.status().notices)).toEqual([])
    await again.close()
    console.log(`${safe.reduce((sum, mark) => sum + mark, 0)} writes of ${count} tabs were promised and are there; ${crashed.size} tabs crashed`)
  } finally {
    profile.remove()
  }
}

async function complete(page, safe, where) {
  const ids = new Set(await page.evaluate(async () => (await globalThis.db.map()).results.map(({ id }) => id)))
  for (const [tab, mark] of safe.entries()) {
    for (let i = 0; i < mark; i++) expect(ids.has(`t${tab} ${i}`), `${where}: write ${i} of the ${mark} that tab ${tab} was promised`).toBe(true)
  }
}

test("twenty tabs that write and end in any order lose nothing that was promised", async ({ browserName }) => {
  test.skip(times === 0, "does not pass yet: with so many tabs a follower's flush() can run into its limit (docs/testing.md); npm run kill -- --tabs N plays it")
  test.setTimeout(180_000 * times)
  for (let turn = 0; turn < times; turn++) await play(browserName, turn)
})
