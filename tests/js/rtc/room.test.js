// db.room on real peer connections: joining and leaving, channels, progress, ping.
import assert from "node:assert/strict"
import { after, afterEach, test } from "node:test"
import { decode, encode } from "../../../js/codec/index.js"
import { createMesh } from "../../../js/rtc/mesh.js"
import { createRoom } from "../../../js/rtc/room.js"
import { CountedPeerConnection, createHub, endLibrary, idOf, nameOf, noneLeft, until } from "./support.js"

/** @type {(() => void)[]} */
const cleanups = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  await noneLeft()
})
after(endLibrary)

/** @param {string[]} names @param {Partial<import("../../../js/rtc/limits.js").RtcLimits>} [limits] */
async function rooms(names, limits = {}) {
  const hub = createHub()
  const made = names.map((name) => {
    const mesh = createMesh({ signal: hub.join(idOf(name)), RTCPeerConnection: CountedPeerConnection, rtcConfig: { iceServers: [] }, limits: { tickMs: 100, ...limits } })
    const room = createRoom(mesh, { codec: { encode, decode } })
    const events = /** @type {string[]} */ ([])
    for (const event of /** @type {const} */ (["peer:join", "peer:leave"])) room.on(event, (id) => events.push(`${event.slice(5)} ${nameOf(id)}`))
    cleanups.push(() => mesh.close())
    return { mesh, room, events, id: idOf(name) }
  })
  await until(() => made.every(({ room }) => Object.keys(room.getPeers()).length === names.length - 1), "everyone in the room")
  return made
}

/** @param {import("../../../js/rtc/channel.js").Channel} channel */
function listen(channel) {
  const got = /** @type {any[][]} */ ([])
  channel.on("message", (data, peerId, meta) => got.push([data, nameOf(peerId), meta]))
  return got
}

test("joining and leaving is told once, and matches getPeers", async () => {
  const [a, b, c] = await rooms(["a", "b", "c"])
  assert.deepEqual([...a.events].sort(), ["join b", "join c"])
  assert.deepEqual(Object.keys(a.room.getPeers()).sort(), [b.id, c.id])
  assert.equal(Object.values(a.room.getPeers())[0].connectionState, "connected")
  await b.room.leave()
  await until(() => a.events.includes("leave b") && c.events.includes("leave b"), "the leaving to be heard of")
  assert.deepEqual(Object.keys(a.room.getPeers()), [c.id])
  assert.deepEqual(b.room.getPeers(), {})
  assert.throws(() => b.room.channel("chat"), { code: "CLOSED" })
})

test("any value a channel is given arrives as it was, with its sender and meta", async () => {
  const [a, b] = await rooms(["a", "b"])
  const channel = a.room.channel("chat")
  assert.equal(a.room.channel("chat"), channel)
  const got = listen(b.room.channel("chat"))
  const values = ["hello", 0, -1.5, null, true, ["a", { b: [1] }], { text: "grüße", at: new Date(0) }, Uint8Array.of(1, 2, 3), ""]
  for (const value of values) await channel.send(value, null, { n: 1 })
  await until(() => got.length === values.length, "all values")
  assert.deepEqual(got.map(([data]) => data), values)
  assert.ok(got.every(([, from, meta]) => from === "a" && meta.n === 1))
})

test("buffers, views and blobs arrive as bytes", async () => {
  const [a, b] = await rooms(["a", "b"])
  const got = listen(b.room.channel("files"))
  const channel = a.room.channel("files")
  await channel.send(Uint8Array.of(1, 2).buffer)
  await channel.send(new DataView(Uint8Array.of(3, 4, 5).buffer, 1))
  await channel.send(new Blob([Uint8Array.of(6)]))
  await until(() => got.length === 3, "all three")
  assert.deepEqual(got.map(([data]) => data), [Uint8Array.of(1, 2), Uint8Array.of(4, 5), Uint8Array.of(6)])
  assert.equal(got[0][2], undefined)
})

test("targets choose who gets it; channels of other names hear nothing", async () => {
  const [a, b, c] = await rooms(["a", "b", "c"])
  const [toB, toC] = [b, c].map(({ room }) => listen(room.channel("x")))
  const other = listen(b.room.channel("y"))
  const channel = a.room.channel("x")
  await channel.send("one", b.id)
  await channel.send("both", [b.id, c.id, b.id])
  await channel.send("all")
  await until(() => toB.length === 3 && toC.length === 2, "everyone's messages")
  assert.deepEqual(toB.map(([data]) => data), ["one", "both", "all"])
  assert.deepEqual(toC.map(([data]) => data), ["both", "all"])
  assert.equal(other.length, 0)
})

test("a reply goes back over the same data channel", async () => {
  const [a, b] = await rooms(["a", "b"])
  const answers = listen(a.room.channel("rpc"))
  b.room.channel("rpc").on("message", (data, peerId) => b.room.channel("rpc").send(data + 1, peerId))
  for (let n = 0; n < 20; n++) await a.room.channel("rpc").send(n)
  await until(() => answers.length === 20, "the answers")
  assert.deepEqual(answers.map(([data]) => data), [...Array(20).keys()].map((n) => n + 1))
})

test("what is sent before anyone asked for the channel waits for them", async () => {
  const [a, b] = await rooms(["a", "b"])
  await a.room.channel("early").send("first")
  await a.room.channel("early").send("second")
  await a.room.channel("sign").send("here")
  const sign = listen(b.room.channel("sign"))
  await until(() => sign.length === 1, "the later channel's message")
  const got = listen(b.room.channel("early"))
  await until(() => got.length === 2, "the waiting ones")
  assert.deepEqual(got.map(([data]) => data), ["first", "second"])
})

test("progress is told on both sides, with the peer and the meta", async () => {
  const [a, b] = await rooms(["a", "b"])
  const channel = b.room.channel("files")
  const seen = /** @type {any[][]} */ ([])
  const sent = /** @type {any[][]} */ ([])
  channel.on("progress", (...args) => seen.push(args))
  const got = listen(channel)
  const file = new Uint8Array(3_000_000).map((_, index) => index * 7)
  await a.room.channel("files").send(file, b.id, { name: "photo.jpg" }, (...args) => sent.push(args))
  await until(() => got.length === 1, "the file")
  assert.equal(Buffer.compare(got[0][0], file), 0)
  for (const [list, id] of /** @type {[any[][], string][]} */ ([[seen, a.id], [sent, b.id]])) {
    assert.ok(list.length > 20)
    assert.deepEqual(list.map(([fraction]) => fraction), list.map(([fraction]) => fraction).sort((x, y) => x - y))
    assert.deepEqual(list.at(-1), [1, id, { name: "photo.jpg" }])
  }
})

test("ping measures, and names an unknown peer or one that does not answer", async () => {
  const [a, b] = await rooms(["a", "b"], { pingTimeoutMs: 1 })
  await assert.rejects(a.room.ping(idOf("nobody")), { code: "PEER_NOT_FOUND" })
  await assert.rejects(a.room.ping(/** @type {any} */ (undefined)), { code: "PEER_NOT_FOUND" })
  const [patient] = await rooms(["p", "q"])
  assert.ok((await patient.room.ping(idOf("q"))) < 2_000)
  const asked = a.room.ping(b.id)
  const end = performance.now() + 30
  while (performance.now() < end);
  await assert.rejects(asked, { code: "TIMEOUT" })
})

test("wrong arguments are refused by code, and change nothing", async () => {
  const [a, b] = await rooms(["a", "b"])
  for (const name of ["", "thirteen bytes", "ééééééé", 7, null, undefined]) {
    assert.throws(() => a.room.channel(/** @type {any} */ (name)), { code: "INVALID_ARGUMENT" }, String(name))
  }
  assert.equal(a.room.channel("éééééé").name, "éééééé")
  const channel = a.room.channel("chat")
  await assert.rejects(channel.send("x", idOf("nobody")), { code: "PEER_NOT_FOUND" })
  await assert.rejects(channel.send("x", /** @type {any} */ ([5])), { code: "INVALID_ARGUMENT" })
  await assert.rejects(channel.send("x", b.id, null, /** @type {any} */ ("progress")), { code: "INVALID_ARGUMENT" })
  const loop = /** @type {any} */ ({})
  loop.loop = loop
  await assert.rejects(channel.send(loop), { code: "CIRCULAR_VALUE" })
  await assert.rejects(channel.send(() => 1), (/** @type {any} */ error) => typeof error.code === "string")
  assert.throws(() => a.room.on(/** @type {any} */ ("peer:dance"), () => {}), { code: "INVALID_ARGUMENT" })
  assert.throws(() => a.room.on("peer:join", /** @type {any} */ (5)), { code: "INVALID_ARGUMENT" })
})

test("what belongs to later versions says so", async () => {
  const [a] = await rooms(["a", "b"])
  for (const name of /** @type {const} */ (["addStream", "removeStream", "addTrack", "removeTrack", "replaceTrack"])) {
    await assert.rejects(a.room[name](), { code: "NOT_SUPPORTED_YET" }, name)
  }
  assert.throws(() => a.room.mesh, { code: "NOT_SUPPORTED_YET" })
  assert.throws(() => a.room.on(/** @type {any} */ ("stream:add"), () => {}), { code: "NOT_SUPPORTED_YET" })
})

test("a message too large for the bound is refused; the channel and the link live on", async () => {
  const [a, b] = await rooms(["a", "b"], { maxMessageBytes: 10_000 })
  const got = listen(b.room.channel("chat"))
  await assert.rejects(a.room.channel("chat").send("x".repeat(10_001)), { code: "OVERFLOW" })
  await a.room.channel("chat").send("fine")
  await until(() => got.length === 1, "the next message")
  assert.deepEqual(a.events, ["join b"])
})

test("garbage on a user channel ends that channel only, and the next message opens a new one", async () => {
  const [a, b] = await rooms(["a", "b"])
  const got = listen(b.room.channel("chat"))
  const pipe = a.mesh.openChannel(b.id, "chat")
  const ended = new Promise((resolve) => pipe.on("close", resolve))
  pipe.send(Uint8Array.of(255, 255, 255, 255, 0))
  await ended
  await a.room.channel("chat").send("still here")
  await until(() => got.length === 1, "the next message")
  assert.deepEqual([a.events, b.events], [["join b"], ["join a"]])
})

test("a peer that opens more channels than allowed, or under a name that is not allowed, is let go", async () => {
  for (const open of [
    (/** @type {RTCPeerConnection} */ connection) => { for (let n = 0; n < 12; n++) connection.createDataChannel(`weft:${n}`) },
    (/** @type {RTCPeerConnection} */ connection) => void connection.createDataChannel("something else"),
    (/** @type {RTCPeerConnection} */ connection) => void connection.createDataChannel("weft:a name too long"),
  ]) {
    const [a, b] = await rooms(["a", "b"], { maxChannels: 8, retryFirstMs: 60_000 })
    open(a.room.getPeers()[b.id])
    await until(() => b.events.includes("leave a"), "the peer to be let go")
    assert.equal(b.mesh.status().failures.at(-1)?.code, "refused")
  }
})
