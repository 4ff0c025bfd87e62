// Two pages that meet again and again through the public API: each way of syncing is taken for the right reason, and its
// cost is what it should be. They part by closing their databases, and come back with what their stores kept.
import { join } from "node:path"
import { expect, test } from "@playwright/test"
import { root } from "../../scripts/process.mjs"
import { startRelay } from "../../scripts/relay.mjs"
import { serve } from "../../scripts/serve.mjs"

const NODES = 300
const WINDOW = 50
let site, relay
test.beforeAll(async () => {
  site = await serve({ folders: { "/dist/": join(root, "dist"), "/tests/": join(root, "tests") } })
  relay = await startRelay()
})
test.afterAll(() => Promise.all([site.close(), relay.close()]))

/** Two pages with stores of their own, and what they do. */
async function twoPages(browser) {
  const pages = await Promise.all([1, 2].map(async () => (await browser.newContext()).newPage()))
  const name = `modes-${Math.random().toString(36).slice(2)}`
  for (const page of pages) {
    await page.goto(`${site.url}tests/browser/pages/api-module.html`)
    await page.waitForFunction(() => globalThis.ready)
  }
  const open = (page, options) => page.evaluate(async ([given, rest]) => { globalThis.db = await globalThis.api.weft(given, { tabs: false, ...rest }) }, [name, { oplogSize: WINDOW, ...options }])
  const close = () => Promise.all(pages.map((page) => page.evaluate(async () => { await globalThis.db.close(); globalThis.db = undefined })))
  const rtc = { relayUrls: [relay.url], iceServers: [] }
  const look = (page) => page.evaluate(() => ({ ...globalThis.db.sync.status().peers[0], ...globalThis.db.status(), replica: null }))
  const [a, b] = pages
  return {
    a, b,
    /** Opens both without peers and runs `work` in one or the other. */
    async apart(...works) {
      await Promise.all(pages.map((page) => open(page)))
      for (const [page, work, argument] of works) await page.evaluate(work, argument)
      await close()
    },
    /** Both are proved equal; what each says of the other. */
    async meet(options = {}, [first, second] = [a, b]) {
      await open(first, { rtc, ...options })
      await open(second, { rtc, ...options })
      await expect.poll(async () => (await Promise.all(pages.map(look))).map(({ state }) => state)).toEqual(["proved", "proved"])
      const [here, there] = await Promise.all(pages.map(look))
      expect(here.fingerprint).toBe(there.fingerprint)
      await close()
      return [here, there]
    },
    end: () => Promise.all(pages.map((page) => page.context().close())),
  }
}

/** In the page: writes `count` nodes from number `from` on. */
const write = ({ from, count, text }) => globalThis.db.batch((tx) => { for (let n = from; n < from + count; n++) tx.put({ n, text: `${text} ${n} ${Math.sqrt(n)}` }, `n${n}`) })
/** Operations that went over the wire one way, by the kind of message that brought them. */
const carried = ({ sent }) => Object.fromEntries(Object.entries(sent).filter(([, { operations }]) => operations > 0).map(([kind, { operations }]) => [kind, operations]))
/** Operations that went in a full state, of however many parts. */
const carriedWhole = (side) => (carried(side).full ?? 0) + (carried(side).part ?? 0)
const kinds = ({ sent }) => Object.entries(sent).filter(([, { messages }]) => messages > 0).map(([kind]) => kind).sort()
const bytes = ({ sent }) => Object.values(sent).reduce((sum, kind) => sum + kind.bytes, 0)

test("an empty page gets the full state; equal ones exchange a handshake; what is recent comes as a delta; the rest by reconciliation", async ({ browser }) => {
  const { a, b, apart, meet, end } = await twoPages(browser)
  await apart([a, write, { from: 0, count: NODES, text: "first" }])
  const [whole] = await meet()
  expect([whole.mode, carriedWhole(whole)]).toEqual(["syncReceive", NODES])

  const [same, again] = await meet()
  expect([same.mode, again.mode]).toEqual(["inSync", "inSync"])
  expect([kinds(same), kinds(again)]).toEqual([["sync"], ["sync"]])
  expect(same.sent.sync.messages + again.sent.sync.messages).toBeLessThanOrEqual(3)
  console.log(`in sync: ${same.sent.sync.messages + again.sent.sync.messages} messages, ${bytes(same) + bytes(again)} bytes; full state: ${bytes(whole)} bytes`)

  await apart([b, write, { from: 5, count: 10, text: "recent" }])
  const [stale, recent] = await meet()
  expect([stale.mode, recent.mode, carried(recent), carried(stale)]).toEqual(["deltaSync", "deltaSync", { delta: 10 }, {}])
  expect(bytes(recent)).toBeLessThan(bytes(whole) / 4)

  // Each writes more than its window holds, and nothing that the other knows another version of.
  await apart([a, write, { from: 20, count: 60, text: "a's" }], [b, write, { from: 100, count: 60, text: "b's" }])
  const [mine, yours] = await meet()
  expect([mine.mode, yours.mode, mine.rounds + yours.rounds > 0]).toEqual(["reconcile", "reconcile", true])
  const both = [carried(mine), carried(yours)].flatMap((way) => Object.entries(way)).sort()
  expect(both).toEqual([["back", 60], ["difference", 60]])
  expect(mine.fullInPlaceOfReconcile + yours.fullInPlaceOfReconcile).toBe(0)
  console.log(`delta of 10: ${bytes(recent) + bytes(stale)} bytes; reconciliation of 60 and 60: ${bytes(mine) + bytes(yours)} bytes, ${mine.rounds + yours.rounds} range messages`)
  await end()
})

test("both wrote a little apart: a delta does not suffice, and reconciliation follows in the same meeting", async ({ browser }) => {
  const { a, b, apart, meet, end } = await twoPages(browser)
  await apart([a, write, { from: 0, count: NODES, text: "first" }])
  await meet()
  await apart([a, write, { from: 0, count: 5, text: "a's" }], [b, write, { from: 100, count: 5, text: "b's" }])
  const [mine, yours] = await meet()
  expect([mine.mode, yours.mode]).toEqual(["reconcile", "reconcile"])
  expect(carried(yours).delta + (carried(mine).difference ?? carried(mine).back)).toBe(10)
  await end()
})

test("without reconciliation a full state stands in for it, is counted, and merges", async ({ browser }) => {
  const { a, b, apart, meet, end } = await twoPages(browser)
  await apart([a, write, { from: 0, count: NODES, text: "first" }])
  await meet({ reconcile: false })
  await apart([a, write, { from: 0, count: 60, text: "a's" }], [b, write, { from: 100, count: 60, text: "b's" }])
  const [mine, yours] = await meet({ reconcile: false })
  expect([mine.mode, yours.mode, mine.rounds + yours.rounds]).toEqual(["reconcile", "reconcile", 0])
  expect(mine.fullInPlaceOfReconcile + yours.fullInPlaceOfReconcile).toBeGreaterThan(0)
  const [full] = [mine, yours].map(carriedWhole).filter((count) => count > 0)
  expect(full).toBe(NODES + 60) // each node that was written again has what its writer first said of it, and what changed
  await end()
})

test('fullState: "replace" discards what the one that is behind had for itself; "merge" keeps it', async ({ browser }) => {
  for (const fullState of ["replace", "merge"]) {
    const { a, b, apart, meet, end } = await twoPages(browser)
    await apart([b, write, { from: 1000, count: 10, text: "b's own" }], [a, write, { from: 0, count: NODES, text: "first" }])
    const [mine, yours] = await meet({ fullState })
    expect([mine.mode, yours.mode, carriedWhole(mine)]).toEqual(["syncReceive", "syncReceive", NODES])
    expect([mine.nodes, carried(yours).back ?? 0]).toEqual(fullState === "merge" ? [NODES + 10, 10] : [NODES, 0])
    await end()
  }
})

test("while 20,000 nodes are applied the page goes on: it takes turns, reads and writes, and sees all of them at once", async ({ browser }) => {
  const pages = await twoPages(browser)
  const { a, b } = pages
  await pages.apart([a, write, { from: 0, count: 20_000, text: "node" }])
  await b.evaluate(() => {
    const { port1, port2 } = new MessageChannel()
    const seen = globalThis.seen = { beats: 0, counts: new Set(), read: 0 }
    port1.onmessage = () => {
      port2.postMessage(0)
      const status = globalThis.db?.sync.status()
      if (!status?.peers[0]?.applying) return
      seen.beats++
      seen.counts.add(status.count)
      if (seen.beats === 1) void globalThis.db.put({ written: true }, "during")
      if (seen.beats === 2) void globalThis.db.get("during").then(({ result }) => { seen.read = result.value.written })
    }
    port2.postMessage(0)
  })
  const [here, there] = await pages.meet({}, [a, b])
  const seen = await b.evaluate(() => ({ ...globalThis.seen, counts: [...globalThis.seen.counts].sort() }))
  const operationsAtOnce = 4096
  expect(seen.beats).toBeGreaterThanOrEqual(Math.floor(20_000 / operationsAtOnce))
  expect(seen.counts).toEqual([0, 1])          // what was written meanwhile, and nothing of what is being applied
  expect(seen.read).toBe(true)
  expect([here.nodes, there.nodes]).toEqual([20_001, 20_001])
  await pages.end()
})
