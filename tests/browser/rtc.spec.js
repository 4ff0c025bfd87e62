// The mesh and the room between real browsers: same engine both ways, and Chromium with Firefox.
import { chromium, expect, firefox, test } from "@playwright/test"
import { chromiumOptions, firefoxChannel, firefoxOptions } from "../../scripts/browsers.mjs"
import { startHub } from "./rtc_hub.js"

const MB = 1024 * 1024
let hub
/** The other engine, for mixed pairs. */
let other

test.beforeAll(async ({ browserName }) => {
  hub = await startHub()
  other = browserName === "chromium" ? await firefox.launch({ ...firefoxChannel(), ...firefoxOptions() }) : await chromium.launch(chromiumOptions())
})
test.afterAll(async () => {
  await other.close()
  await hub.close()
})

/** A page of its own context, in a browser, as peer `name`. */
async function openPeer(browser, name, options) {
  const page = await (await browser.newContext()).newPage()
  await page.goto(hub.url(name, options))
  return page
}
const ids = (page) => page.evaluate(() => globalThis.peer.ids())
const events = (page) => page.evaluate(() => globalThis.peer.events)
const connected = (page, ...others) => expect.poll(() => ids(page)).toEqual(others)
const closeAll = (...pages) => Promise.all(pages.map((page) => page.context().close()))

async function meet(browserA, browserB) {
  const a = await openPeer(browserA, "a")
  const b = await openPeer(browserB, "b")
  await Promise.all([connected(a, "b"), connected(b, "a")])
  return [a, b]
}

/** Sends both ways at once, large and small, and compares what arrives. */
async function exchange([a, b]) {
  await Promise.all([a.evaluate((size) => globalThis.peer.send("b", size), 10 * MB), b.evaluate((size) => globalThis.peer.send("a", size), 3 * MB)])
  await a.evaluate(() => globalThis.peer.send("b", 5))
  for (const [page, sizes] of [[b, [10 * MB, 5]], [a, [3 * MB]]]) {
    await expect.poll(() => page.evaluate(() => globalThis.peer.received.length)).toBe(sizes.length)
    const [got, expected] = await page.evaluate((lengths) => [globalThis.peer.received.map(({ length, sum }) => ({ length, sum })), lengths.map(globalThis.peer.expected)], sizes)
    expect(got).toEqual(expected)
  }
}

test("two pages of one engine meet by dialing each other at once, and exchange large messages", async ({ browser }) => {
  const pages = await meet(browser, browser)
  await exchange(pages)
  const stats = await pages[0].evaluate(() => globalThis.peer.mesh.status())
  console.log(`connected after ${Math.round(stats.peers[0].openedAfterMs)} ms, glare ${stats.counters.glare}`)
  expect(await events(pages[0])).toEqual(["open b"])
  await closeAll(...pages)
})

test("this engine and the other meet and exchange large messages", async ({ browser }) => {
  const pages = await meet(browser, other)
  await exchange(pages)
  const stats = await pages[0].evaluate(() => globalThis.peer.mesh.status())
  console.log(`connected after ${Math.round(stats.peers[0].openedAfterMs)} ms, glare ${stats.counters.glare}`)
  await closeAll(...pages)
})

test("channels of the room carry values, files and progress between the engines", async ({ browser }) => {
  const [a, b] = await meet(browser, other)
  await b.evaluate(() => {
    globalThis.got = []
    globalThis.progress = []
    const channel = globalThis.peer.room.channel("files")
    channel.on("message", (data, from, meta) => globalThis.got.push([data instanceof Uint8Array ? data.length : data, from, meta]))
    channel.on("progress", (fraction) => globalThis.progress.push(fraction))
  })
  const sent = await a.evaluate(async () => {
    const fractions = []
    const channel = globalThis.peer.room.channel("files")
    await channel.send({ hello: "wörld" }, "b")
    await channel.send(new Blob([new Uint8Array(20_000_000)]), null, { name: "big.bin" }, (fraction) => fractions.push(fraction))
    return fractions.at(-1)
  })
  expect(sent).toBe(1)
  await expect.poll(() => b.evaluate(() => globalThis.got)).toEqual([[{ hello: "wörld" }, "a", undefined], [20_000_000, "a", { name: "big.bin" }]])
  expect(await b.evaluate(() => globalThis.progress.length)).toBeGreaterThan(100)
  expect(await a.evaluate(() => globalThis.peer.room.ping("b"))).toBeLessThan(5_000)
  await closeAll(a, b)
})

test("a page that goes away without a word over the signalling is gone for the other at once", async ({ browser }) => {
  const [a, b] = await meet(browser, other)
  await a.goto("about:blank")
  await expect.poll(() => events(b), { timeout: 8_000 }).toContain("close a lost") // silence would take ten seconds
  await closeAll(a, b)
})

// The goodbye races the page's end: when it loses, the closing link tells the same, under the other name.
test("a page that says goodbye while it is left is gone for the other at once, by its link alone", async ({ browser }) => {
  const [a, b] = await meet(browser, other)
  await a.evaluate(() => addEventListener("pagehide", () => globalThis.peer.mesh.leave()))
  await a.goto("about:blank")
  await expect.poll(() => events(b), { timeout: 8_000 }).toEqual(["open a", expect.stringMatching(/^close a (left|lost)$/)])
  await closeAll(a, b)
})

test("leaving is known to the other at once", async ({ browser }) => {
  const [a, b] = await meet(browser, other)
  await a.evaluate(() => globalThis.peer.room.leave())
  await expect.poll(() => events(b)).toEqual(["open a", "close a left"])
  expect(await ids(a)).toEqual([])
  await closeAll(a, b)
})

test("a page that is killed is noticed by its silence", async ({ browser }) => {
  const a = await openPeer(browser, "a")
  const b = await openPeer(other, "b", { limits: { idleMs: 500, deadMs: 2_000, tickMs: 100 } })
  await Promise.all([connected(a, "b"), connected(b, "a")])
  await a.context().close()
  await expect.poll(() => events(b), { timeout: 6_000 }).toContain("close a lost")
  await closeAll(b)
})

test("iceServers and turnConfig reach the connections", async ({ browser }) => {
  const rtc = { iceServers: [{ urls: "stun:127.0.0.1:3478" }], turnConfig: { urls: "turn:127.0.0.1:3478", username: "u", credential: "p" } }
  const a = await openPeer(browser, "a", { rtc })
  const b = await openPeer(browser, "b", { rtc })
  await connected(a, "b")
  const { iceServers } = await a.evaluate(() => JSON.parse(JSON.stringify(globalThis.peer.room.getPeers().b.getConfiguration())))
  expect(iceServers.flatMap(({ urls }) => urls)).toEqual(["stun:127.0.0.1:3478", "turn:127.0.0.1:3478"])
  await closeAll(a, b)
})

test("a page that reloads under a new id is accepted at once", async ({ browser }) => {
  const [a, b] = await meet(browser, browser)
  await b.goto(hub.url("c"))
  await expect.poll(() => ids(a)).toContain("c")
  await expect.poll(() => ids(a)).toEqual(["c"])
  await closeAll(a, b)
})

test("a page whose script hangs is noticed while its connection still says connected, and accepted again", async ({ browser }) => {
  const limits = { idleMs: 500, deadMs: 2_000, tickMs: 100 }
  const a = await openPeer(browser, "a", { limits })
  const b = await openPeer(other, "b")
  await Promise.all([connected(a, "b"), connected(b, "a")])
  await a.evaluate(() => {
    const { mesh, room } = globalThis.peer
    const connection = room.getPeers().b
    mesh.on("status", () => { globalThis.said ??= mesh.peers().length === 0 ? globalThis.before : undefined })
    setInterval(() => { globalThis.before = connection.connectionState === "closed" ? globalThis.before : connection.connectionState }, 20)
  })
  const hang = b.evaluate(() => {
    const end = Date.now() + 6_000
    while (Date.now() < end);
  })
  await expect.poll(() => events(a)).toContain("close b lost")
  expect(await a.evaluate(() => globalThis.said)).toBe("connected")
  await hang
  await Promise.all([connected(a, "b"), connected(b, "a")])
  await closeAll(a, b)
})

test("six pages of both engines form a full mesh", async ({ browser }) => {
  const names = [..."abcdef"]
  const pages = await Promise.all(names.map((name, index) => openPeer(index % 2 ? other : browser, name)))
  await Promise.all(pages.map((page, index) => connected(page, ...names.filter((name) => name !== names[index]))))
  for (const page of pages) await page.evaluate(() => globalThis.peer.ids().forEach((id) => globalThis.peer.send(id, 1_000)))
  for (const page of pages) await expect.poll(() => page.evaluate(() => globalThis.peer.received.length)).toBe(5)
  await closeAll(...pages)
})

test("servers the browser does not take are refused when the mesh is made", async ({ browser }) => {
  const page = await (await browser.newContext()).newPage()
  await page.addInitScript(() => {
    const Real = globalThis.RTCPeerConnection
    // As Firefox does for blocked ports; Chromium takes any.
    globalThis.RTCPeerConnection = function (configuration) {
      if (JSON.stringify(configuration).includes(":9\"")) throw new DOMException("uses a port that is blocked")
      return new Real(configuration)
    }
  })
  const failed = page.waitForEvent("pageerror")
  await page.goto(hub.url("a", { rtc: { iceServers: [{ urls: "stun:127.0.0.1:9" }] } }))
  expect((await failed).message).toContain("rtc.iceServers")
  await closeAll(page)
})

test("without RTCPeerConnection the mesh says so", async ({ browser }) => {
  const page = await (await browser.newContext()).newPage()
  await page.addInitScript(() => delete globalThis.RTCPeerConnection)
  const failed = page.waitForEvent("pageerror")
  await page.goto(hub.url("a"))
  expect((await failed).message).toContain("no RTCPeerConnection")
  await closeAll(page)
})
