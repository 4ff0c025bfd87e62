// Peers that join the room properly and then misbehave: the page goes on working, the graph stays what it was, other
// peers stay in sync, and the hostile one is counted, refused and kept away. One pair of honest pages for all of it.
import { join } from "node:path"
import { expect, test } from "@playwright/test"
import { root } from "../../scripts/process.mjs"
import { startRelay } from "../../scripts/relay.mjs"
import { serve } from "../../scripts/serve.mjs"
import { attacks, harmless } from "./hostile_attacks.js"
import { startHostile } from "./hostile_peer.js"

const room = `hostile-${process.pid}`
let site, relay, hostile
/** Honest pages: the victim, and one that must stay in sync with it. */
let victim, other

test.beforeAll(async ({ browser }) => {
  site = await serve({ folders: { "/dist/": join(root, "dist"), "/tests/": join(root, "tests") } })
  relay = await startRelay()
  hostile = startHostile()
  const { world, lasting } = await hostile.forge()
  victim = await openPage(browser)
  other = await openPage(browser)
  for (const file of [world, lasting]) await victim.evaluate((bytes) => globalThis.db.import(Uint8Array.from(bytes)), [...file])
  await inSync()
})
test.afterAll(async () => {
  await hostile?.end()
  await Promise.all([victim, other].map((page) => page?.context().close()))
  await relay?.close()
  await site?.close()
})

async function openPage(browser) {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${site.url}tests/browser/pages/api-module.html`)
  await page.waitForFunction(() => globalThis.ready)
  await page.evaluate(async ([name, url]) => {
    globalThis.db = await globalThis.api.weft(name, { storage: "memory", tabs: false, proveAfter: 100, rtc: { relayUrls: [url], iceServers: [] } })
  }, [room, relay.url])
  return page
}

const selfId = (page) => page.evaluate(() => globalThis.db.selfId)
const status = (page) => page.evaluate(() => ({ ...globalThis.db.status(), peers: globalThis.db.sync.status().peers, refused: globalThis.db.sync.status().refused }))
/** Everything in the graph but what the honest pages write meanwhile. */
const picture = (page) => page.evaluate(() => globalThis.db.map().then(({ results }) => JSON.stringify(results.filter(({ id }) => !id.startsWith("own")))))

/** The two honest pages are proved equal, and their exported bytes are the same. */
async function inSync() {
  const id = await selfId(other)
  await expect.poll(async () => {
    const [here, there] = await Promise.all([status(victim), status(other)])
    return [here.peers.find((peer) => peer.id === id)?.state, here.fingerprint === there.fingerprint]
  }).toEqual(["proved", true])
  const [here, there] = await Promise.all([victim, other].map((page) => page.evaluate(() => globalThis.db.export().then((bytes) => bytes.join()))))
  expect(here).toBe(there)
}

/** Lets the page live: tasks that tick, and every few of them a write that is read back. Its longest wait is kept. */
const startBeat = () => victim.evaluate(() => {
  const beat = globalThis.beat = { ticks: 0, writes: 0, wrong: 0, longestMs: 0, over: false }
  const { port1, port2 } = new MessageChannel()
  let [last, wrote] = [performance.now(), 0]
  async function write() {
    const n = beat.writes
    await globalThis.db.put({ n }, "own")
    if ((await globalThis.db.get("own")).result?.value.n !== n) beat.wrong++
    beat.writes++
  }
  port1.onmessage = async () => {
    const now = performance.now()
    beat.ticks++
    beat.longestMs = Math.max(beat.longestMs, now - last)
    last = now
    if (now - wrote > 5) {
      wrote = now
      await write()
    }
    if (!beat.over) port2.postMessage(null)
  }
  port2.postMessage(null)
})
const beat = () => victim.evaluate(() => ({ ...globalThis.beat }))
const stopBeat = () => victim.evaluate(() => { globalThis.beat.over = true; return { ...globalThis.beat } })
/** The page does its own work meanwhile. */
async function stillBeats() {
  const { writes } = await beat()
  await expect.poll(async () => (await beat()).writes).toBeGreaterThan(writes)
}

for (const attack of Object.keys(attacks).filter((name) => !harmless.has(name))) {
  test(`a peer that sends ${attack} is counted, refused and kept away`, async () => {
    const before = await status(victim)
    const graph = await picture(victim)
    const id = await selfId(victim)
    const peers = []
    await startBeat()
    for (let wave = 0, waves = await hostile.waves(attack); wave < waves; wave++) {
      const peer = await hostile.join({ room, relayUrl: relay.url, victim: id })
      peers.push(peer)
      const writing = hostile.write(wave)
      await stillBeats()
      const written = await writing
      await expect.poll(async () => (await status(victim)).rtc.exiled.map(({ peerId }) => peerId), `exiled after ${written}`).toContain(peer)
    }
    const { longestMs, ticks, writes, wrong } = await stopBeat()
    expect(wrong).toBe(0)

    // They call again and are not answered; nobody but the honest page is there.
    const { rtc: { counters } } = await status(victim)
    await expect.poll(async () => (await status(victim)).rtc.counters.refused).toBeGreaterThan(counters.refused)
    const after = await status(victim)
    expect(after.rtc.counters.exiled - before.rtc.counters.exiled).toBe(peers.length)
    expect(after.peers.map((peer) => peer.id)).toEqual([await selfId(other)])
    await hostile.leave()

    expect(await picture(victim)).toBe(graph)
    await other.evaluate((text) => globalThis.db.put({ text }, "own too"), attack)
    await inSync()
    expect((await victim.evaluate(() => globalThis.db.get("own too"))).result.value.text).toBe(attack)
    expect(await picture(other)).toBe(graph)
    const why = after.rtc.exiled.filter(({ peerId }) => peers.includes(peerId)).map(({ message }) => message)
    if (attack.startsWith("one stamp")) expect(after.conflicts).toBeGreaterThan(before.conflicts)
    console.log(`${attack}: ${ticks} ticks, ${writes} writes, longest gap ${Math.round(longestMs)} ms; ${[...new Set(why)].join(" | ")}; ${JSON.stringify(after.refused)}`)
  })
}

test("a message that is begun and never ended costs what arrived of it, and nobody anything else", async () => {
  const graph = await picture(victim)
  const id = await selfId(victim)
  await hostile.waves("a message that never ends")
  const peer = await hostile.join({ room, relayUrl: relay.url, victim: id })
  await hostile.write(0)
  await startBeat()
  await stillBeats()
  expect((await stopBeat()).wrong).toBe(0)
  const { rtc, peers } = await status(victim)
  expect(rtc.exiled.map((one) => one.peerId)).not.toContain(peer)
  expect(peers.map((one) => one.id)).toContain(peer)
  await inSync()
  expect(await picture(victim)).toBe(graph)
  await hostile.leave()
  await expect.poll(async () => (await status(victim)).peers.length).toBe(1)
})
