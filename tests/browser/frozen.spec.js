/**
 * An owner of the store that answers nobody, with the whole package: frozen by the browser, or stopped where it stands
 * (SIGSTOP for its process, what a phone does to apps in the background). Another tab takes over within a second or so,
 * and when it comes to itself it follows: nothing is lost, and the store has everything once.
 */
import { readFileSync } from "node:fs"
import { expect, test } from "@playwright/test"
import { createProfile, startSite } from "./storage_site.js"

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())

async function openTab(context, options = {}) {
  const page = await site.open(await context.newPage(), "tabs-core")
  await page.evaluate(async (given) => { globalThis.db = await globalThis.weft("frozen", given) }, options)
  return page
}
const put = (page, id) => page.evaluate((key) => globalThis.db.put({ id: key }, key), id)
const flush = (page) => page.evaluate(() => globalThis.db.flush())
const state = (page) => page.evaluate(() => globalThis.db.status().storage.state)
const ids = (page) => page.evaluate(async () => (await globalThis.db.map()).results.map(({ id }) => id).sort())
/** Writes, and says how long it took to own the store. */
const writeAndOwn = (page, id) => page.evaluate(async (key) => {
  const began = performance.now()
  globalThis.db.put({ id: key }, key)
  while (globalThis.db.status().storage.state !== "owner") await new Promise((resolve) => setTimeout(resolve, 5))
  const ms = performance.now() - began
  await globalThis.db.flush()
  return { ms: Math.round(ms), flushed: Math.round(performance.now() - began) }
}, id)

test("a page that hears that it will be frozen gives the store up, and follows when it goes on", async ({ context }) => {
  const [a, b] = [await openTab(context), await openTab(context)]
  await put(a, "by a")
  await a.evaluate(() => document.dispatchEvent(new Event("freeze"))) // no browser here can be told to freeze a page
  const took = await writeAndOwn(b, "while a is frozen")
  console.log(`frozen: another tab owned the store after ${took.ms} ms, and had flushed after ${took.flushed} ms`)
  await a.evaluate(() => document.dispatchEvent(new Event("resume")))
  await expect.poll(() => state(a)).toBe("follower")
  await put(a, "by a again")
  await flush(a)
  for (const page of [a, b]) await expect.poll(() => ids(page)).toEqual(["by a", "by a again", "while a is frozen"])
})

for (const [how, options] of [["opfs", { storage: "opfs" }], ["indexeddb", { storage: "indexeddb" }], ["indexeddb, encrypted", { storage: "indexeddb", password: "correct horse" }]]) {
  test(`another tab takes over from an owner whose process is stopped (${how})`, async ({ browserName }) => {
    const profile = createProfile(browserName)
    const stopped = []
    try {
      const context = await profile.open()
      const a = await openTab(context, options)
      const pid = await processOf(a, profile)
      let b = await openTab(context, options)
      while (await processOf(b, profile) === pid) b = await openTab(context, options)
      await put(a, "by a")
      await flush(a)
      expect([await state(a), await state(b)]).toEqual(["owner", "follower"])
      await a.evaluate(() => { globalThis.db.put({ id: "under way" }, "under way") })
      stopped.push(pid)
      process.kill(pid, "SIGSTOP")
      const took = await writeAndOwn(b, "while a is stopped")
      console.log(`${how}: another tab owned the store after ${took.ms} ms, and had flushed after ${took.flushed} ms`)
      expect(took.ms).toBeLessThan(5000)
      process.kill(stopped.pop(), "SIGCONT")
      await expect.poll(() => state(a)).toBe("follower")
      await put(a, "by a again")
      await flush(a)
      const all = ["by a", "by a again", "under way", "while a is stopped"]
      for (const page of [a, b]) await expect.poll(() => ids(page)).toEqual(all)
      for (const page of [a, b]) await page.evaluate(() => globalThis.db.close())
      const later = await openTab(context, options)
      expect(await ids(later)).toEqual(all)
      expect(await later.evaluate(() => globalThis.db.status().notices)).toEqual([])
    } finally {
      for (const pid of stopped) process.kill(pid, "SIGCONT")
      profile.remove()
    }
  })
}

/** The process that shows a page: the one that works while the page does, and no other. */
async function processOf(page, profile) {
  for (;;) {
    const before = new Map(profile.contentProcesses().map((pid) => [pid, ticks(pid)]))
    await page.evaluate(() => { for (const end = performance.now() + 400; performance.now() < end;); })
    const [first, second] = [...before].map(([pid, at]) => ({ pid, worked: ticks(pid) - at })).sort((x, y) => y.worked - x.worked)
    if (first.worked > 5 && first.worked > 4 * (second?.worked ?? 0)) return first.pid
  }
}

/** Of processor time in user mode. @param {number} pid */
function ticks(pid) {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ")[11])
}
