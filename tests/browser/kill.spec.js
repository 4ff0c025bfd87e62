/**
 * Browsers that are killed: real processes ended by SIGKILL at a random moment, 0 to 300 ms into the writing; then the
 * same profile is opened again, and what was promised must be there, nothing in between missing, and the fingerprint be
 * one that was recorded outside for that very number of writes.
 *
 * `npm run kill -- --rounds N` plays more than the ten of `npm test`; WEFT_KILL_SEED repeats a run's choices (not its moments).
 */
import { expect, test } from "@playwright/test"
import { startRelay } from "../../scripts/relay.mjs"
import { createProfile, startSite } from "./storage_site.js"

const rounds = Number(process.env.WEFT_KILL_ROUNDS ?? 10)
const seed = Number(process.env.WEFT_KILL_SEED ?? Date.now() % 1_000_000)
const kinds = process.env.WEFT_KILL_STORAGE?.split(",") ?? [undefined]
const ways = process.env.WEFT_KILL_WAYS?.split(",") ?? ["pending", "flush", "strict", "compaction", "state", "peer"]
const fileNodes = 3000
/** More than is applied in one step. */
const peerNodes = 9000

let site, relay
test.beforeAll(async () => { site = await startSite(); relay = await startRelay() })
test.afterAll(() => Promise.all([site.close(), relay.close()]))

/** @param {number} from */
function numbers(from) {
  let state = from >>> 0
  return (below) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor(state / 2 ** 32 * below) }
}

/** What a page tells, kept where no kill reaches. */
function createRecord() {
  const record = { begun: false, wrote: 0, safe: 0, file: false, coming: false, peer: false, fingerprints: new Map() }
  return {
    record,
    told({ begins, wrote, fingerprint, safe, file, coming, peer }) {
      if (begins) record.begun = true
      if (coming) record.coming = true
      if (peer) record.peer = true
      if (wrote) { record.wrote = wrote; record.fingerprints.set(wrote, fingerprint) }
      if (safe) record.safe = Math.max(record.safe, safe)
      if (file) record.file = true
    },
  }
}

/** A page in a browser that lives on: holds what the killed one gets, and what it wrote meanwhile. */
async function openPeer(browser, plan) {
  const page = await site.open(await (await browser.newContext()).newPage(), "kill")
  return { page, fingerprint: await page.evaluate((given) => globalThis.offer(given), plan) }
}

/** The killed database and its peer come to hold the same: all that either held. */
async function catchUp(profile, plan, peer, found, what) {
  const context = await profile.open()
  const page = await site.open(await context.newPage(), "kill")
  await page.evaluate((given) => globalThis.rejoin(given), plan)
  const fingerprints = () => Promise.all([page, peer.page].map((one) => one.evaluate(() => globalThis.db.status().fingerprint)))
  await expect.poll(async () => { const [one, other] = await fingerprints(); return one !== null && one === other }, `${what}: equal to its peer`).toBe(true)
  const ids = new Set(await page.evaluate(() => globalThis.ids()))
  expect(found.ids.filter((id) => !ids.has(id)), `${what}: lost while it caught up`).toEqual([])
  expect([...ids].filter((id) => id.startsWith(`${plan.round} peer `)).length, `${what}: of the peer's state`).toBe(plan.peerNodes)
  await context.close()
  await peer.page.context().close()
}

/** Writes until the kill. @returns what was promised */
async function write(profile, plan, ms) {
  const context = await profile.open()
  const { record, told } = createRecord()
  const ended = new Promise((resolve) => context.once("close", resolve))
  const page = await context.newPage()
  await page.exposeFunction("told", told)
  await site.open(page, "kill")
  let failed = null
  page.evaluate((given) => globalThis.work(given), plan).catch((error) => { failed = error })
  const first = plan.way === "peer" ? () => record.coming : plan.fresh ? () => record.begun : () => record.wrote > 0
  await expect.poll(() => { if (failed) throw failed; return first() }, { intervals: [1], timeout: 30_000 }).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, ms))
  if (failed) throw failed
  profile.kill()
  await ended
  return record
}

/** Opens it again. */
async function look(profile, plan) {
  const context = await profile.open()
  const page = await site.open(await context.newPage(), "kill")
  const found = await page.evaluate((given) => globalThis.look(given), plan)
  await context.close()
  return found
}

test(`killed ${rounds} times, nothing that was promised is lost`, async ({ browserName, browser }) => {
  test.setTimeout(60_000 + rounds * 60_000)
  const draw = numbers(seed)
  const profile = createProfile(browserName)
  /** What each database held when it was opened last. @type {Map<string, Set<string>>} */
  const known = new Map()
  const tally = { writes: 0, promised: 0, beyond: 0, matched: 0 }
  try {
    for (let round = 0; round < rounds; round++) {
      const way = ways[(round + seed) % ways.length]
      const fresh = draw(4) === 0 || way === "peer" // to one that has something, a peer may send no whole state
      const password = draw(2) === 0 ? "secret" : undefined
      const storage = kinds[draw(kinds.length)]
      const name = `${fresh ? `fresh ${round}` : "kept"} ${password ?? "plain"} ${storage ?? "best"}`
      const ms = draw(301)
      const options = { ...(password && { password }), ...(storage && { storage }), ...(way === "strict" && { durability: "strict" }), ...(way === "peer" && { rtc: { relayUrls: [relay.url], iceServers: [] } }) }
      const plan = { name, way, round: `r${round}`, options, nodes: fileNodes, peerNodes, fresh, waits: draw(2) === 0 }
      const peer = way === "peer" ? await openPeer(browser, plan) : null
      const record = await write(profile, plan, ms)
      const found = await look(profile, plan)
      const what = `seed ${seed}, round ${round}: ${way}${password ? ", encrypted" : ""}${fresh ? ", first start" : ""}, ${found.kind}, killed after ${ms} ms: ${record.wrote} written, ${record.safe} safe`
      const mine = found.ids.filter((id) => /^r\d+ \d+$/.test(id) && id.startsWith(`r${round} `)).length
      console.log(`${what}, ${mine} there${peer ? `, ${fromPeer(found, round)} of the peer's` : ""}, opened in ${Math.round(found.ms)} ms`)
      check(what, { found, record, before: known.get(name) ?? new Set(), mine, round })
      if (peer) {
        // Nothing of its own, and all of its peer's: then it is what the peer was.
        if (mine === 0 && found.ids.length === peerNodes) expect(found.fingerprint, what).toBe(peer.fingerprint)
        await catchUp(profile, plan, peer, found, what)
        tally.matched++
      } else if (record.fingerprints.has(mine) && way !== "state") { expect(found.fingerprint, what).toBe(record.fingerprints.get(mine)); tally.matched++ }
      known.set(name, new Set(found.ids))
      tally.writes += record.wrote
      tally.promised += record.safe
      tally.beyond += mine - record.safe
    }
  } finally {
    profile.remove()
  }
  console.log(`kill: ${browserName}, ${rounds} rounds, seed ${seed}: ${tally.writes} writes told, ${tally.promised} promised and there, ${tally.beyond} more there, ${tally.matched} fingerprints matched`)
})

const fromPeer = ({ ids }, round) => ids.filter((id) => id.startsWith(`r${round} peer `)).length

function check(what, { found, record, before, mine, round }) {
  const ids = new Set(found.ids)
  expect(found.right, `${what}: values`).toBe(true)
  expect(found.notices, `${what}: notices`).toEqual([])
  expect([...before].filter((id) => !ids.has(id)), `${what}: lost of what was there before`).toEqual([])
  expect(mine, `${what}: promised`).toBeGreaterThanOrEqual(record.safe)
  for (let i = 0; i < mine; i++) expect(ids.has(`r${round} ${i}`), `${what}: write ${i} of ${mine} is missing`).toBe(true)
  expect([0, peerNodes], `${what}: a peer's state is there whole or not at all`).toContain(fromPeer(found, round))
  if (record.peer) expect(fromPeer(found, round), `${what}: the peer's state`).toBe(peerNodes)
  if (record.file) expect(found.ids.filter((id) => id.startsWith(`r${round} file `)).length, `${what}: the file`).toBe(fileNodes)
}
