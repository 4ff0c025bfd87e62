// Two pages over a relay and WebRTC on this machine: how long until they are joined, how long a change takes.
import { startRelay } from "../../scripts/relay.mjs"
import { median } from "./world.js"

const JOINS = 5
const PUTS = 200
const BATCH = 1000
const BATCHES = 50

/**
 * @param {import("@playwright/test").Browser} browser
 * @param {string} url
 */
export async function measurePeers(browser, url) {
  const relay = await startRelay()
  try {
    const options = { rtc: { relayUrls: [relay.url] }, tabs: false, storage: "memory" }
    const waiting = await openPage(browser, url)
    await waiting.evaluate(async (given) => {
      const scope = /** @type {any} */ (globalThis)
      scope.db = await scope.weft("bench-peers", given)
      await scope.db.map({ query: { from: "other" } }, (/** @type {any} */ { id, value }) => { if (value) void scope.db.put({ from: "here", of: id }, `answer-${id}`) })
    }, options)
    const joins = []
    for (let i = 0; i < JOINS; i++) {
      const page = await openPage(browser, url)
      joins.push(await page.evaluate(join, options))
      if (i < JOINS - 1) await page.context().close()
      else {
        const trips = await page.evaluate(roundTrips, PUTS)
        const single = await page.evaluate(updates, { batches: 1, each: 1 })
        const bulk = await page.evaluate(updates, { batches: BATCHES, each: BATCH })
        await page.context().close()
        await waiting.context().close()
        return [
          { name: "join a waiting peer, from the call of weft() to an equal graph", value: `${median(joins).toFixed(0)} ms (median of ${JOINS})` },
          { name: "bytes on the data channel for one field of a node of eight", value: `${single.bytes}` },
          { name: `... and for each of ${BATCH.toLocaleString("en")} such updates in a batch`, value: (bulk.bytes / bulk.operations).toFixed(1) },
          { name: "updates of one field, replicated to another page", value: `${Math.round(bulk.operations / bulk.ms)}k/s (${BATCHES} batches of ${BATCH.toLocaleString("en")}, until the other page answered)` },
          { name: "put to callback on another peer", value: `${(median(trips) / 2).toFixed(2)} ms (half of a round trip, median of ${PUTS})` },
        ]
      }
    }
  } finally {
    await relay.close()
  }
}

const NEW_PAGES = 3
const NEW_PAGE_NODES = [10_000, 100_000]

/** @param {import("@playwright/test").Browser} browser @param {string} url */
export async function measureNewPage(browser, url) {
  const rows = []
  for (const nodes of NEW_PAGE_NODES) rows.push(...await measureNewPageOf(browser, url, nodes))
  return rows
}

/**
 * A page that holds nothing meets one that holds nodes: how long, and for how long either page stood still.
 * @param {import("@playwright/test").Browser} browser
 * @param {string} url
 * @param {number} count
 */
async function measureNewPageOf(browser, url, count) {
  const relay = await startRelay()
  try {
    const options = { rtc: { relayUrls: [relay.url] }, tabs: false, storage: "memory" }
    const giver = await openPage(browser, url)
    await giver.evaluate(fill, { options, nodes: count })
    const runs = []
    for (let i = 0; i < NEW_PAGES; i++) {
      const taker = await openPage(browser, url)
      await giver.evaluate(() => { const scope = /** @type {any} */ (globalThis); scope.longestBlock = scope.watchBlocks() })
      const run = await taker.evaluate(take, { options, nodes: count })
      runs.push({ ...run, giverBlock: await giver.evaluate(() => /** @type {any} */ (globalThis).longestBlock()) })
      await taker.context().close()
    }
    await giver.context().close()
    const middle = (/** @type {(run: any) => number} */ part) => `${median(runs.map(part)).toFixed(0)} ms`
    const nodes = count.toLocaleString("en")
    return [
      { name: `a new page has ${nodes} nodes, from the opened connection to an equal graph`, value: `${middle(run => run.equal)} (median of ${NEW_PAGES})` },
      { name: `${nodes}: from the call of weft()`, value: middle(run => run.all) },
      { name: `${nodes}: the longest time that the page which gives stood still`, value: middle(run => run.giverBlock) },
      { name: `${nodes}: and the page which takes`, value: middle(run => run.takerBlock) },
    ]
  } finally {
    await relay.close()
  }
}

/** @param {import("@playwright/test").Browser} browser @param {string} url */
async function openPage(browser, url) {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(60_000)
  await page.goto(url)
  await page.waitForFunction(() => "bench" in globalThis)
  return page
}

/** In the page. @param {any} options */
async function join(options) {
  const scope = /** @type {any} */ (globalThis)
  const start = performance.now()
  scope.db = await scope.weft("bench-peers", options)
  await new Promise((resolve) => {
    const proved = () => scope.db.sync.status().peers.some((/** @type {any} */ peer) => peer.state === "proved")
    if (proved()) resolve(undefined)
    else scope.db.sync.on("change", () => { if (proved()) resolve(undefined) })
  })
  return performance.now() - start
}

/** In the page. @param {number} count @returns {Promise<number[]>} */
async function roundTrips(count) {
  const scope = /** @type {any} */ (globalThis)
  const trips = []
  for (let i = 0; i < count; i++) {
    const id = `ping-${i}`
    const start = performance.now()
    await new Promise((resolve) => {
      void scope.db.get(`answer-${id}`, (/** @type {any} */ node) => { if (node) resolve(undefined) })
      void scope.db.put({ from: "other", i }, id)
    })
    trips.push(performance.now() - start)
  }
  return trips
}

/**
 * In the page: updates one field of nodes that both pages hold, then waits until the other has answered what came last.
 * A message that fits into a frame has one byte more on the channel, a longer one a few for each frame: at most one in a thousand.
 * @param {{ batches: number, each: number }} given
 */
async function updates({ batches, each }) {
  const { db, person } = /** @type {any} */ (globalThis)
  const answered = (/** @type {string} */ id) => new Promise((resolve) => {
    void db.get(`answer-${id}`, (/** @type {any} */ node) => { if (node) resolve(undefined) })
    void db.put({ from: "other", id }, id)
  })
  const values = Array.from({ length: each }, (_, i) => person(i))
  const write = (/** @type {number} */ score) => db.batch((/** @type {any} */ tx) => { for (let i = 0; i < each; i++) tx.put({ ...values[i], score }, `person-${i}`) })
  const live = () => db.sync.status().peers[0].sent.live ?? { bytes: 0, messages: 0, operations: 0 }
  const run = `${batches}-${each}`
  await write(-1)
  await answered(`ready-${run}`)
  const before = live()
  const start = performance.now()
  for (let n = 0; n < batches; n++) await write(n)
  while (live().operations < before.operations + batches * each) await new Promise(resolve => setTimeout(resolve))
  const after = live()
  await answered(`done-${run}`)
  const messages = after.messages - before.messages
  return { ms: performance.now() - start, bytes: after.bytes - before.bytes + messages, operations: after.operations - before.operations }
}

/** In the page. @param {{ options: any, nodes: number }} given */
async function fill({ options, nodes }) {
  const scope = /** @type {any} */ (globalThis)
  scope.db = await scope.weft("bench-new", options)
  await scope.db.batch((/** @type {any} */ tx) => { for (let i = 0; i < nodes; i++) tx.put(scope.person(i), `person-${i}`) })
}

/** In the page. @param {{ options: any, nodes: number }} given */
async function take({ options, nodes }) {
  const scope = /** @type {any} */ (globalThis)
  const start = performance.now()
  scope.db = await scope.weft("bench-new", options)
  let connected = start
  scope.db.room.on("peer:join", () => { connected = performance.now() })
  const longestBlock = scope.watchBlocks()
  await new Promise((resolve) => {
    const proved = () => scope.db.sync.status().count >= nodes && scope.db.sync.status().peers.some((/** @type {any} */ peer) => peer.state === "proved")
    if (proved()) resolve(undefined)
    else scope.db.sync.on("change", () => { if (proved()) resolve(undefined) })
  })
  const end = performance.now()
  return { all: end - start, equal: end - connected, takerBlock: longestBlock() }
}
