// Tabs of one browser: they find each other, one owns the store, and another follows when it closes, crashes or leaves.
import { chromium, expect, test } from "@playwright/test"
import { chromiumOptions } from "../../scripts/browsers.mjs"
import { createProfile, startSite } from "./storage_site.js"

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())

/** A tab with the database "db" open. */
async function openTab(context) {
  const page = await site.open(await context.newPage())
  await page.evaluate(async () => { globalThis.db = await globalThis.weft.openReplica("db") })
  return page
}

async function openTabs(context, count) {
  const pages = []
  for (let i = 0; i < count; i++) pages.push(await openTab(context))
  for (const page of pages) await expect.poll(() => page.evaluate(() => globalThis.db.tabs.list().length)).toBe(count - 1)
  return pages
}

const add = (page, ...words) => page.evaluate((some) => globalThis.db.add(...some), words)
const flush = (page) => page.evaluate(() => globalThis.db.journal.flush())
const words = (page) => page.evaluate(() => globalThis.db.words())
const state = (page) => page.evaluate(() => globalThis.db.journal.state)
const onDisk = (page) => page.evaluate(async () => {
  const store = await globalThis.weft.createIndexedDbStorage().open("db")
  const found = await globalThis.weft.wordsIn(store)
  await store.close()
  return [...new Set(found)].sort()
})
/** Waits inside the page, so that the time is the page's own. */
const becomesOwner = (page) => page.evaluate(() => new Promise((resolve) => {
  const began = performance.now()
  if (globalThis.db.journal.state === "owner") return resolve(0)
  globalThis.db.journal.on("state", (next) => { if (next === "owner") resolve(performance.now() - began) })
}))

test("three tabs stay equal, one of them keeps the store for all", async ({ context }) => {
  const [a, b, c] = await openTabs(context, 3)
  expect([await state(a), await state(b), await state(c)]).toEqual(["owner", "follower", "follower"])
  await add(a, "from a")
  await add(b, "from b")
  await add(c, "from c")
  for (const page of [a, b, c]) await expect.poll(() => words(page)).toEqual(["from a", "from b", "from c"])
  await Promise.all([a, b, c].map(flush))
  for (const page of [a, b, c]) expect(await page.evaluate(() => globalThis.db.journal.pending)).toBe(0)
  expect(await onDisk(c)).toEqual(["from a", "from b", "from c"])
})

test("a write is with the other tab within milliseconds, and safe soon after", async ({ context }) => {
  const [, b] = await openTabs(context, 2)
  const times = await b.evaluate(async () => {
    const samples = []
    for (let i = 0; i < 30; i++) {
      const began = performance.now()
      globalThis.db.add(`word ${i}`)
      await globalThis.db.journal.flush()
      samples.push(performance.now() - began)
    }
    return samples.sort((x, y) => x - y)
  })
  console.log(`a follower's flush: median ${times[15].toFixed(1)} ms, worst ${times[29].toFixed(1)} ms`)
  expect(times[15]).toBeLessThan(200)
})

for (const how of ["is closed", "goes elsewhere", "crashes"]) {
  test(`the next tab owns the store within a second when the owner ${how}, and nothing is lost`, async ({ context: given, browserName }) => {
    // In Firefox as Playwright starts it the whole browser would quit with the process.
    const profile = how === "crashes" ? createProfile(browserName) : null
    try {
      const [a, b, c] = await openTabs(profile ? await profile.open() : given, 3)
      await add(a, "kept by a")
      await flush(a)
      const pid = await profile?.processOf(a)
      await add(c, "from c")
      const took = becomesOwner(b)
      if (how === "is closed") await a.close()
      else if (how === "goes elsewhere") await a.goto("about:blank")
      else process.kill(pid, "SIGKILL")
      const ms = await took
      console.log(`${how}: another tab owned the store after ${Math.round(ms)} ms`)
      expect(ms).toBeLessThan(1000)
      expect(await state(c)).toBe("follower")
      await add(c, "later")
      await flush(c)
      expect(await onDisk(b)).toEqual(["from c", "kept by a", "later"])
      for (const page of [b, c]) await expect.poll(() => page.evaluate(() => globalThis.db.tabs.list().length)).toBe(1)
    } finally {
      profile?.remove()
    }
  })
}

test("what a follower flushed survives SIGKILL of the browser", async ({ browserName }) => {
  const profile = createProfile(browserName)
  try {
    let context = await profile.open()
    const [a, b] = await openTabs(context, 2)
    await b.exposeFunction("acknowledged", () => profile.kill())
    const ended = new Promise((resolve) => context.once("close", resolve))
    await add(a, "owner's")
    b.evaluate(async () => {
      for (let i = 0; i < 50; i++) globalThis.db.add(`follower's ${i}`)
      await globalThis.db.journal.flush()
      globalThis.acknowledged()
    }).catch(() => {}) // the browser dies under it
    await ended
    context = await profile.open()
    const page = await openTab(context)
    const found = await words(page)
    expect(found.filter((word) => word.startsWith("follower's"))).toHaveLength(50)
    expect(await state(page)).toBe("owner")
    await context.close()
  } finally {
    profile.remove()
  }
})

test("a page that comes back from the back/forward cache joins again", async ({ browserName }) => {
  test.skip(browserName !== "chromium", "Firefox under automation does not cache pages")
  // Playwright turns the cache off.
  const browser = await chromium.launch({ ...chromiumOptions(), ignoreDefaultArgs: ["--disable-back-forward-cache"] })
  const [a, b] = await openTabs(await browser.newContext(), 2)
  // Playwright loses its hold on a page that comes from the cache, so the page acts by itself and the other tab tells.
  await a.evaluate(() => {
    globalThis.addEventListener("pageshow", async ({ persisted }) => {
      if (!persisted) return
      globalThis.db.add("after")
      await globalThis.db.journal.flush()
      globalThis.db.add(`${globalThis.db.journal.state} with ${globalThis.db.words().length} words`)
    })
  })
  await add(a, "before")
  await a.goto(`${new URL(a.url()).origin}/js/errors.js`)
  await expect.poll(() => state(b)).toBe("owner")
  await add(b, "meanwhile")
  await flush(b)
  a.evaluate(() => globalThis.history.back()).catch(() => {}) // the page goes away under it
  await expect.poll(() => onDisk(b)).toEqual(["after", "before", "follower with 3 words", "meanwhile"])
  await browser.close()
})

test("a page that leaves and returns joins again", async ({ context }) => {
  // The events alone, for browsers that cache no page under automation.
  const [a, b] = await openTabs(context, 2)
  await add(a, "before")
  await a.evaluate(() => globalThis.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })))
  await expect.poll(() => state(b)).toBe("owner")
  expect(await state(a)).toBe("suspended")
  await expect.poll(() => b.evaluate(() => globalThis.db.tabs.list().length)).toBe(0)
  await add(b, "meanwhile")
  await a.evaluate(() => globalThis.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })))
  await expect.poll(() => words(a)).toEqual(["before", "meanwhile"])
  await add(a, "after")
  await flush(a)
  expect(await onDisk(b)).toEqual(["after", "before", "meanwhile"])
})

test("close leaves no lock, and the next open finds everything", async ({ context }) => {
  const [a] = await openTabs(context, 1)
  await add(a, "one")
  await a.evaluate(() => globalThis.db.close())
  const left = await a.evaluate(async () => {
    const { held, pending } = await navigator.locks.query()
    return [...held, ...pending].map(({ name }) => name)
  })
  expect(left).toEqual([])
  const b = await openTab(context)
  expect(await words(b)).toEqual(["one"])
  expect(await state(b)).toBe("owner")
})

test("destroy forgets the store under the other tabs' feet, and they say so", async ({ context }) => {
  const [a, b] = await openTabs(context, 2)
  await add(b, "one")
  await flush(b)
  await b.evaluate(() => globalThis.db.journal.destroy())
  await expect.poll(() => state(a)).toBe("lost")
  expect(await onDisk(b)).toEqual([])
})
