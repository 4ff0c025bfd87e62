// The mesh on real peer connections (node-datachannel), with the signalling in memory.
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { after, afterEach, test } from "node:test"
import { fileURLToPath } from "node:url"
import { createMesh } from "../../../js/rtc/mesh.js"
import { CountedPeerConnection, createHub, endLibrary, idOf, nameOf, noneLeft, until } from "./support.js"

/** @type {(() => void)[]} */
const cleanups = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  await noneLeft()
})
after(endLibrary)

/** @param {any} signal @param {Partial<import("../../../js/rtc/limits.js").RtcLimits>} [limits] */
function meshOn(signal, limits = {}) {
  const mesh = createMesh({ signal, RTCPeerConnection: CountedPeerConnection, rtcConfig: { iceServers: [] }, limits: { tickMs: 50, ...limits } })
  cleanups.push(() => mesh.close())
  const events = /** @type {string[]} */ ([])
  const got = /** @type {Uint8Array[]} */ ([])
  mesh.on("open", ({ id }) => events.push(`open ${nameOf(id)}`))
  mesh.on("close", ({ id }, { code }) => events.push(`close ${nameOf(id)} ${code}`))
  mesh.on("bytes", (_peer, bytes) => got.push(bytes))
  return { mesh, events, got, signal, count: () => mesh.peers().length }
}
const connected = (/** @type {ReturnType<typeof meshOn>[]} */ ...all) => until(() => all.every((one) => one.count() === all.length - 1), "everyone connected")
const bytes = (/** @type {number} */ length, seed = 31) => new Uint8Array(length).map((_, index) => index * seed)

test("two that hear of each other at the same moment end with one healthy connection", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name))))
  await connected(a, b)
  const counters = [a, b].map(({ mesh }) => mesh.status().counters)
  assert.deepEqual(counters.map(({ dialed }) => dialed), [1, 1], "both dialed")
  assert.deepEqual(counters.map(({ glare }) => glare), [1, 0], "the lesser id gave way")
  assert.deepEqual([a.events.length, b.events.length], [1, 1])
  a.mesh.peers()[0].send(Uint8Array.of(1))
  b.mesh.peers()[0].send(Uint8Array.of(2))
  await until(() => a.got.length === 1 && b.got.length === 1, "both directions")
})

test("one that only listens is dialed by the one that hears of it", async () => {
  const hub = createHub()
  const waiting = meshOn(hub.join(idOf("b")))
  const joining = meshOn(hub.join(idOf("a"), { announce: "others" }))
  await connected(waiting, joining)
  assert.equal(joining.mesh.status().counters.dialed, 0)
})

test("signalling that delays, repeats and reorders everything still makes one connection a pair", async () => {
  let seed = 7
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  let onTheWay = 0
  const hub = createHub({
    route(_from, _to, _message, deliver) {
      for (const delayMs of [random() * 200, ...(random() < 0.5 ? [random() * 1_000] : [])]) {
        onTheWay++
        setTimeout(() => (onTheWay--, deliver()), delayMs)
      }
    },
  })
  const all = ["a", "b", "c", "d"].map((name) => meshOn(hub.join(idOf(name))))
  await connected(...all)
  await until(() => onTheWay === 0, "every late repetition to arrive")
  for (const { events } of all) assert.deepEqual(events.filter((event) => event.startsWith("close")), [])
})

test("a lost offer is sent again, a lost answer too, within the same attempt", async () => {
  for (const lost of ["offer", "answer"]) {
    let dropped = 0
    const hub = createHub({ route: (_from, _to, { type }, deliver) => (type === lost && dropped++ === 0 ? undefined : queueMicrotask(deliver)) })
    const waiting = meshOn(hub.join(idOf("a")), { offerAgainMs: 100 })
    const joining = meshOn(hub.join(idOf("b"), { announce: "others" }))
    await connected(waiting, joining)
    assert.equal(waiting.mesh.status().counters.dialed, 1, lost)
  }
})

test("an attempt without an answer times out and is repeated while the peer is heard of", async () => {
  let offers = 0
  const hub = createHub({ route: (_from, _to, { type }, deliver) => (type === "offer" && ++offers <= 2 ? undefined : queueMicrotask(deliver)) })
  const a = meshOn(hub.join(idOf("a")), { dialTimeoutMs: 150, retryFirstMs: 50, offerAgainMs: 10_000 })
  const b = meshOn(hub.join(idOf("b"), { announce: "others" }), { dialTimeoutMs: 150 })
  await until(() => a.mesh.status().counters.timedOut >= 2, "two timeouts")
  assert.match(a.mesh.status().failures[0].message, /no connection within/)
  a.mesh.close()
  b.mesh.close()
  assert.equal(a.count() + b.count(), 0)
})

test("an answer and candidates of another call change nothing", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name))))
  await connected(a, b)
  const stale = a.mesh.status().counters.stale
  const { message } = /** @type {any} */ (hub.sent.find(({ message: { type } }) => type === "answer"))
  hub.inject(idOf("b"), idOf("a"), { ...message, call: 9 })
  hub.inject(idOf("b"), idOf("a"), message)
  hub.inject(idOf("b"), idOf("a"), { type: "candidates", call: 1, dialed: false, candidates: [] })
  assert.equal(a.mesh.status().counters.stale, stale + 3)
  hub.inject(idOf("b"), idOf("a"), { type: "offer", call: -1, sdp: 5 })
  hub.inject(idOf("b"), idOf("a"), null)
  assert.equal(a.mesh.status().counters.refused, 2)
  await a.mesh.peers()[0].ping()
  assert.deepEqual(a.events, ["open b"])
})

test("an offer of nonsense fails that attempt and nothing else", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name))))
  await connected(a, b)
  hub.inject(idOf("x"), idOf("a"), { type: "offer", call: 1, sdp: "nonsense", candidates: [] })
  await until(() => a.mesh.status().failures.length === 1, "the failure to be noted")
  assert.equal(a.mesh.status().failures[0].peerId, idOf("x"))
  assert.deepEqual(a.events, ["open b"])
})

test("a peer that reloads comes with a new id and is accepted at once; its goodbye ends the old link", async () => {
  const hub = createHub()
  const a = meshOn(hub.join(idOf("a")))
  const old = meshOn(hub.join(idOf("b")))
  await connected(a, old)
  await old.mesh.leave()
  const fresh = meshOn(hub.join(idOf("c")))
  await connected(a, fresh)
  assert.deepEqual(a.events, ["open b", "close b left", "open c"])
})

test("leaving is told over the link itself, when the signalling is gone", async () => {
  const hub = createHub()
  const a = meshOn(hub.join(idOf("a")))
  const signal = /** @type {any} */ (hub.join(idOf("b")))
  const b = meshOn(signal)
  await connected(a, b)
  signal.vanish()
  signal.closed = true
  await b.mesh.leave()
  await until(() => a.count() === 0, "the leaving to be heard of")
  assert.deepEqual(a.events, ["open b", "close b left"])
  assert.deepEqual(a.mesh.status().peers, [], "nobody is dialed again")
})

test("a goodbye that comes after the connection fell makes that no failure", async () => {
  const hub = createHub()
  const a = meshOn(hub.join(idOf("a")), { retryFirstMs: 60_000 })
  const b = meshOn(hub.join(idOf("b")), { retryFirstMs: 60_000 })
  await connected(a, b)
  b.mesh.peers()[0].connection.close()
  await until(() => a.mesh.status().failures.length === 1, "the loss to be noted")
  b.mesh.close()
  assert.deepEqual(a.mesh.status().failures, [])
})

test("when one side alone drops the link, it is made anew with the next call number", async () => {
  const hub = createHub()
  const a = meshOn(hub.join(idOf("a")), { retryFirstMs: 20 })
  const b = meshOn(hub.join(idOf("b")), { retryFirstMs: 20 })
  await connected(a, b)
  b.mesh.peers()[0].connection.close()
  await until(() => a.events.length >= 3 && b.events.length >= 3, "both to open again")
  assert.deepEqual(a.events.slice(0, 3), ["open b", "close b lost", "open b"])
  assert.ok(a.mesh.peers()[0].stats().call >= 2)
})

test("64 MB go through whole while small messages and pings keep working", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name))))
  await connected(a, b)
  const large = bytes(64 * 1024 * 1024)
  const [peer] = a.mesh.peers()
  assert.ok(peer.send(large))
  assert.ok(peer.send(bytes(10)))
  assert.ok(peer.bufferedAmount > 32 * 1024 * 1024, "most of it waits here, not in the channel")
  assert.ok((await peer.ping()) < 5_000)
  await until(() => b.got.length === 2, "both messages", 30_000)
  assert.equal(Buffer.compare(b.got[0], large), 0)
  assert.deepEqual(b.got[1], bytes(10))
})

test("a message above the bound closes the link at its sender and is never half received", async () => {
  const hub = createHub()
  const a = meshOn(hub.join(idOf("a")), { maxMessageBytes: 1_000, retryFirstMs: 5_000 })
  const b = meshOn(hub.join(idOf("b")), { retryFirstMs: 5_000 })
  await connected(a, b)
  assert.equal(a.mesh.peers()[0].send(bytes(1_001)), false)
  assert.deepEqual(a.events, ["open b", "close b overflow"])
  await until(() => b.events.length === 2, "the other side to notice")
  assert.deepEqual(b.got, [])
})

test("a hostile frame closes that peer with a reason; the others stay", async () => {
  const hub = createHub()
  const all = ["a", "b", "c"].map((name) => meshOn(hub.join(idOf(name)), { retryFirstMs: 5_000, maxMessageBytes: name === "a" ? 1_000 : 100_000 }))
  await connected(...all)
  const [a, b, c] = all
  b.mesh.peer(idOf("a"))?.send(bytes(5_000))
  await until(() => a.events.some((event) => event.startsWith("close")), "the link to close")
  assert.equal(a.events.at(-1), "close b refused")
  assert.match(/** @type {any} */ (a.mesh.status().failures.at(-1)).message, /5000 bytes/)
  c.mesh.peer(idOf("a"))?.send(bytes(10))
  await until(() => a.got.length === 1, "the other link to work")
})

test("whoever was let go for what it sent stays away for a while, twice as long the next time; others go on", async () => {
  const hub = createHub()
  const limits = { retryFirstMs: 10, exileFirstMs: 300 }
  const [a, b, c] = ["a", "b", "c"].map((name) => meshOn(hub.join(idOf(name)), limits))
  await connected(a, b, c)
  const lengths = []
  for (const times of [1, 2]) {
    await until(() => a.count() === 2, "b to be there")
    a.mesh.peer(idOf("b"))?.refuse("it says so")
    const [exiled] = a.mesh.status().exiled
    assert.deepEqual([exiled.peerId, exiled.message, exiled.times], [idOf("b"), "it says so", times])
    lengths.push(Math.round(exiled.until - (a.mesh.status().failures.at(-1)?.at ?? 0)))
    const refused = a.mesh.status().counters.refused
    await until(() => a.mesh.status().counters.refused > refused, "its call to be ignored")
    hub.announce(idOf("b"), idOf("a"))
    assert.equal(a.count(), 1)
    assert.equal(a.mesh.status().exiled.length, 1)
    await until(() => a.mesh.status().exiled.length === 0, "the exile to end")
    hub.announce(idOf("b"), idOf("a"))
  }
  assert.deepEqual(lengths.map((ms) => Math.round(ms / 100)), [3, 6], `exiled for ${lengths} ms`)
  assert.equal(a.mesh.status().counters.exiled, 2)
  assert.equal(c.events.length, 2, "c saw nothing of it")
})

test("garbage on one user channel after the other ends the link", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name)), { maxRefusals: 3 }))
  await connected(a, b)
  const { connection } = b.mesh.peers()[0]
  for (let n = 0; n < 4; n++) {
    const channel = connection.createDataChannel(`weft:${n}`)
    channel.addEventListener("open", () => channel.send(Uint8Array.of(99)))
  }
  await until(() => a.count() === 0, "the link to end")
  assert.equal(a.mesh.status().exiled[0]?.peerId, idOf("b"))
})

test("pings without end are no pastime", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name)), { controlBurst: 50, controlsPerSecond: 1, retryFirstMs: 60_000 }))
  await connected(a, b)
  for (let n = 0; n < 60; n++) b.mesh.peers()[0]?.ping().catch(() => {})
  await until(() => a.count() === 0, "the link to end")
  assert.match(a.mesh.status().exiled[0].message, /control frames/)
})

test("an honest peer that has much to say in small messages is told to hold, and is believed all the same", async () => {
  const hub = createHub()
  const [a, b] = ["a", "b"].map((name) => meshOn(hub.join(idOf(name))))
  await connected(a, b)
  const count = 25_000
  const [peer] = b.mesh.peers()
  for (let n = 0; n < count; n++) assert.ok(peer.send(new Uint8Array(40).fill(n)))
  await until(() => a.got.length === count, "all of it to arrive", 30_000)
  assert.deepEqual(a.got.map((message) => message[0]).filter((byte, n) => byte !== (n & 255)), [])
  assert.deepEqual([a.events, a.mesh.status().exiled], [["open b"], []])
})

test("a full mesh of twelve", async () => {
  const hub = createHub()
  const all = [..."abcdefghijkl"].map((name) => meshOn(hub.join(idOf(name))))
  await until(() => all.every((one) => one.count() === 11), "everyone connected", 30_000)
  for (const { mesh } of all) for (const peer of mesh.peers()) peer.send(Uint8Array.of(1))
  await until(() => all.every(({ got }) => got.length === 11), "everyone heard by everyone")
})

test("peers beyond the bound are refused and counted", async () => {
  const hub = createHub()
  const a = meshOn(hub.join(idOf("a")), { maxPeers: 1 })
  const b = meshOn(hub.join(idOf("b")))
  await connected(a, b)
  const c = meshOn(hub.join(idOf("c")))
  await until(() => a.mesh.status().counters.refused > 0 && c.count() === 1, "the refusal")
  assert.equal(a.count(), 1)
})

/** A peer in a process of its own, so that it can be stopped as a frozen page is. @param {Partial<import("../../../js/rtc/limits.js").RtcLimits>} limits */
function otherProcess(limits) {
  const selfId = idOf("z")
  const child = fork(fileURLToPath(new URL("./peer_process.js", import.meta.url)), [selfId, JSON.stringify(limits)])
  cleanups.push(() => child.kill("SIGKILL"))
  /** @type {Map<string, (...args: any[]) => void>} */
  const listeners = new Map()
  child.on("message", (/** @type {any} */ { name, args }) => listeners.get(name)?.(selfId, ...args))
  const signal = {
    selfId: idOf("a"),
    on: (/** @type {string} */ name, /** @type {any} */ listener) => (listeners.set(name, listener), () => listeners.delete(name)),
    send: (/** @type {string} */ _to, /** @type {object} */ message) => child.connected && child.send({ message }),
    start() {},
    status: () => ({}),
    close() {},
  }
  return { child, signal }
}
const quick = { idleMs: 300, deadMs: 1_000, tickMs: 50, retryFirstMs: 60_000 }

test("a peer that froze is noticed although the connection still says connected", async () => {
  const { child, signal } = otherProcess(quick)
  const a = meshOn(signal, quick)
  await until(() => a.count() === 1, "connected")
  const [{ connection }] = a.mesh.peers()
  child.kill("SIGSTOP")
  const began = performance.now()
  let said = ""
  a.mesh.on("close", () => { said = connection.connectionState })
  connection.addEventListener("connectionstatechange", () => { said ||= connection.connectionState })
  await until(() => a.count() === 0, "the frozen peer to be noticed")
  const tookMs = performance.now() - began
  assert.ok(tookMs > 700 && tookMs < 3_000, `noticed after ${tookMs} ms`)
  assert.deepEqual(a.events, ["open z", "close z lost"])
})

test("a peer too busy to answer for longer than the limit lives while a transfer makes progress", async () => {
  const { child, signal } = otherProcess({ ...quick, idleMs: 60_000, deadMs: 600_000 })
  const a = meshOn(signal, { ...quick, pingTimeoutMs: 60_000 })
  await until(() => a.count() === 1, "connected")
  const [peer] = a.mesh.peers()
  // The other side's script is blocked for 2.5 s, two and a half times the limit; its network goes on.
  child.send({ block: 2_500 })
  let done = false
  const feed = () => {
    // Kept as a slow line would keep it: always something under way, never all of it gone.
    if (a.count() === 0 || done) return
    if (peer.bufferedAmount < 8_000_000) peer.send(bytes(1_000_000))
    setTimeout(feed, 20)
  }
  feed()
  child.on("message", (/** @type {any} */ { unblocked }) => { done ||= Boolean(unblocked) })
  await until(() => done || a.count() === 0, "the block to end")
  assert.deepEqual(a.events, ["open z"])
})
