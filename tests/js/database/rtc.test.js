// The whole pipeline in Node: core, pump, signalling through a relay, real peer connections (node-datachannel).
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import WebSocket from "ws"

import { openDatabase } from "../../../js/database.js"
import { startRelay } from "../../../scripts/relay.mjs"
import { CountedPeerConnection, endLibrary, noneLeft } from "../rtc/support.js"
import { picture, platform, until } from "./open.js"

/** @type {Awaited<ReturnType<typeof startRelay>>} */
let relay
before(async () => {
  globalThis.RTCPeerConnection = CountedPeerConnection
  globalThis.WebSocket ??= /** @type {any} */ (WebSocket)
  relay = await startRelay()
})
after(async () => {
  await relay.close()
  endLibrary()
})

/** @param {import("node:test").TestContext} t @param {string} name @param {object} [options] */
async function openPeer(t, name, options = {}) {
  const db = await openDatabase(name, { rtc: { relayUrls: [relay.url], iceServers: [] }, proveAfter: 50, ...options }, platform)
  t.after(() => db.close())
  return db
}

const connected = (...dbs) => until(() => dbs.every((db) => Object.keys(db.room.getPeers()).length === dbs.length - 1), "a full mesh", 20_000)
const equal = (...dbs) => until(() => new Set(dbs.map((db) => db.status().fingerprint)).size === 1, "equal graphs", 20_000)

test("two peers find each other, sync what they have and what they write, and part", async (t) => {
  const a = await openPeer(t, "pair")
  await a.put({ from: "a" }, "a")
  const joined = []
  a.room.on("peer:join", (id) => { joined.push(id) })
  const b = await openPeer(t, "pair")
  await b.put({ from: "b" }, "b")
  await connected(a, b)
  await equal(a, b)
  assert.deepEqual(joined, [b.selfId])
  await a.batch((tx) => { for (let i = 0; i < 2000; i++) tx.put({ i, text: "x".repeat(100) }, `n${i}`) })
  await b.link("a", "b")
  await equal(a, b)
  assert.deepEqual(await picture(a), await picture(b))
  await until(() => a.sync.status().peers[0]?.state === "proved", "proof")
  assert.equal(a.sync.status().peers[0].id, b.selfId)
  assert.equal(a.status().rtc.relays.length, 1)

  const left = []
  a.room.on("peer:leave", (id, { code }) => { left.push([id, code]) })
  await b.close()
  await until(() => left.length === 1, "the goodbye")
  assert.deepEqual(left, [[b.selfId, "left"]])
  assert.deepEqual(a.sync.status().peers, [])
  await a.close()
  await noneLeft()
})

test("three peers, one of them brand new", async (t) => {
  const a = await openPeer(t, "three")
  const b = await openPeer(t, "three")
  await connected(a, b)
  for (let i = 0; i < 50; i++) await a.put({ i }, `n${i}`)
  await equal(a, b)
  const c = await openPeer(t, "three")
  await connected(a, b, c)
  await equal(a, b, c)
  assert.ok(c.sync.status().peers.some(({ mode }) => mode === "syncReceive"))
  for (const db of [a, b, c]) await db.close()
  await noneLeft()
})

test("other rooms and other passwords hear nothing", async (t) => {
  const a = await openPeer(t, "room", { password: "one" })
  const b = await openPeer(t, "room", { password: "two" })
  const c = await openPeer(t, "room", { password: "one" })
  await connected(a, c)
  await a.put(1, "n")
  await equal(a, c)
  assert.deepEqual(b.room.getPeers(), {})
  assert.equal((await b.get("n")).result, null)
})

test("a middleware judges what peers send", async (t) => {
  const a = await openPeer(t, "judged")
  const b = await openPeer(t, "judged", { middleware: async (operations) => operations.filter(({ id }) => id !== "bad") })
  await connected(a, b)
  await a.put(1, "bad")
  await a.put(1, "good")
  await until(async () => (await b.get("good")).result !== null, "the good one")
  assert.equal((await b.get("bad")).result, null)
})

test("a channel of one's own, ping, and leaving the room while the database stays", async (t) => {
  const a = await openPeer(t, "channel")
  const b = await openPeer(t, "channel")
  await connected(a, b)
  const heard = []
  b.room.channel("chat").on("message", (data, from) => { heard.push([data, from]) })
  await a.room.channel("chat").send({ text: "hi", when: new Date(5) })
  await until(() => heard.length === 1, "the message")
  assert.deepEqual(heard, [[{ text: "hi", when: new Date(5) }, a.selfId]])
  assert.ok(await a.room.ping(b.selfId) >= 0)
  await a.room.leave()
  await until(() => Object.keys(b.room.getPeers()).length === 0, "it left")
  await a.put(1, "still")
  assert.equal((await a.get("still")).result.value, 1)
  await a.close()
})
