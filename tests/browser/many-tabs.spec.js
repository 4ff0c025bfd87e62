/**
 * Twenty tabs, opened at once on one database, write and flush all the time and end in any order: closed, or their
 * process killed (SIGKILL). While any is left another owns the store within a second, every flush ends though nothing
 * rests, and what remains is equal and holds all that any of them was promised. So does the store afterwards, each
 * operation once.
 *
 * `npm run kill -- --tabs N` plays more than the one turn of `npm test`.
 */
import { expect, test } from "@playwright/test"
import { createProfile, startSite } from "./storage_site.js"
import { startTabWatch } from "./tab_watch.js"

const times = Number(process.env.WEFT_KILL_TABS ?? 1)
const count = 20
const left = 3
const takeOverMs = 1000

let site
test.beforeAll(async () => { site = await startSite() })
test.afterAll(() => site.close())

/** What the tabs tell, kept where no kill reaches. */
function createRecord() {
  const record = { safe: new Array(count).fill(0), owners: [], lag: 0 }
  return {
    record,
    told({ tab, safe = 0, owner, lag = 0 }) {
      record.lag = Math.max(record.lag, lag)
      record.safe[tab] = Math.max(record.safe[tab], safe)
      if (owner) record.owners.push({ tab, at: owner })
    },
  }
}

/** Pages first, so that the twenty databases open at once. */
async function openTabs(context, watch) {
  const pages = await Promise.all(Array.from({ length: count }, async () => site.open(await context.newPage(), "many-tabs")))
  await Promise.all(pages.map((page, tab) => page.evaluate(([number, url]) => globalThis.work(number, url), [tab, watch.url])))
  return pages
}

const pick = (list) => list[Math.floor(Math.random() * list.length)]

/** A process of the browser that shows pages dies, and the tabs in it with it. (One that was kept for later shows none.) @returns when */
async function killOne(profile, { gone, settled }) {
  for (const before = gone.size; ;) {
    const at = Date.now()
    process.kill(pick(profile.contentProcesses()), "SIGKILL")
    if (!await expect.poll(() => gone.size, { intervals: [5], timeout: 1000 }).toBeGreaterThan(before).then(() => true, () => false)) continue
    await settled()
    return at
  }
}

async function closeOne(page, tab, { gone }) {
  await page.close()
  await expect.poll(() => gone.has(tab), { intervals: [5] }).toBe(true)
}

/** @returns how long each took who came to own the store after another */
async function endAllBut(rest, { profile, pages, watch, record }) {
  const { gone, alive } = watch
  const waits = []
  let killed = 0
  while (alive().length > rest) {
    const owner = record.owners.at(-1).tab
    let ended = null
    if (Math.random() < 0.5 && alive().length > count / 2) { // a process may show several
      ended = await killOne(profile, watch)
      killed++
    } else {
      const tab = alive().includes(owner) && Math.random() < 0.5 ? owner : pick(alive())
      await closeOne(pages[tab], tab, watch)
    }
    if (!gone.has(owner)) continue
    await expect.poll(() => gone.has(record.owners.at(-1).tab), { message: `an owner after tab ${owner}`, intervals: [5] }).toBe(false)
    waits.push(Math.max(0, record.owners.at(-1).at - (ended ?? gone.get(owner))))
  }
  return { waits, killed }
}

async function play(browserName) {
  const profile = createProfile(browserName)
  const watch = await startTabWatch()
  try {
    const context = await profile.open()
    const { record, told } = createRecord()
    await context.exposeFunction("told", told)
    const began = Date.now()
    const pages = await openTabs(context, watch)
    const opened = Date.now()
    await expect.poll(() => Math.min(...record.safe), { message: "every tab is promised something", timeout: 20_000 }).toBeGreaterThan(0)
    const { waits, killed } = await endAllBut(left, { profile, pages, watch, record })
    const ended = Date.now()
    const { lag } = record
    const alive = watch.alive()
    expect(alive.length, "tabs left").toBeGreaterThan(0)
    await Promise.all(alive.map(async (tab) => { record.safe[tab] = await pages[tab].evaluate(() => globalThis.rest()) }))
    const fingerprints = () => Promise.all(alive.map((tab) => pages[tab].evaluate(() => globalThis.db.status().fingerprint)))
    await expect.poll(async () => new Set(await fingerprints()).size).toBe(1)
    const [fingerprint] = await fingerprints()
    await pages[alive[0]].evaluate(() => globalThis.db.flush())
    await complete(pages[alive[0]], record.safe, "in the tabs that are left")
    const over = new Promise((resolve) => context.once("close", resolve))
    profile.kill()
    await over
    await lookAgain(profile, record.safe, fingerprint)
    const promised = record.safe.reduce((sum, mark) => sum + mark, 0)
    console.log(`${browserName}: ${promised} writes of ${count} tabs were promised and are there once; ${killed} processes killed, ${waits.length} new owners after ${waits.join(", ")} ms (timers up to ${Math.round(lag)} ms late); opened in ${opened - began} ms, ended in ${ended - opened}, all in ${Date.now() - began}`)
    expect(Math.max(0, ...waits), `a new owner, while timers were up to ${Math.round(lag)} ms late`).toBeLessThan(takeOverMs + lag)
  } finally {
    profile.remove()
    await watch.close()
  }
}

/** The store, by itself and in a tab that opens it. */
async function lookAgain(profile, safe, fingerprint) {
  const context = await profile.open()
  const page = await site.open(await context.newPage(), "many-tabs")
  const { operations, twice } = await page.evaluate(() => globalThis.inStore())
  expect(twice, "written twice").toEqual([])
  await page.evaluate(async () => { globalThis.db = await globalThis.weft("many") })
  await complete(page, safe, "in the store")
  const { count: nodes, ...status } = await page.evaluate(async () => ({ ...globalThis.db.status(), count: (await globalThis.db.map()).results.length }))
  expect(status.fingerprint).toBe(fingerprint)
  expect(status.notices).toEqual([])
  expect(operations, "one operation a node").toBe(nodes)
  await context.close()
}

async function complete(page, safe, where) {
  const ids = new Set(await page.evaluate(async () => (await globalThis.db.map()).results.map(({ id }) => id)))
  for (const [tab, mark] of safe.entries()) {
    for (let i = 0; i < mark; i++) expect(ids.has(`t${tab} ${i}`), `${where}: write ${i} of the ${mark} that tab ${tab} was promised`).toBe(true)
  }
}

for (let turn = 1; turn <= times; turn++) {
  test(`twenty tabs that write and end in any order lose nothing that was promised${times > 1 ? `, turn ${turn}` : ""}`, async ({ browserName }) => {
    test.setTimeout(180_000)
    await play(browserName)
  })
}
