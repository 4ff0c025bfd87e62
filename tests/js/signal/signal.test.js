// Whole signals over real relays on this machine.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { join } from "node:path"
import { afterEach, test } from "node:test"
import { verifyEvent } from "nostr-tools/pure"
import WebSocket from "ws"
import { createSignal } from "../../../js/signal/nostr.js"
import { ALL, deriveRoomKeys } from "../../../js/signal/room-keys.js"
import { startRelay } from "../../../scripts/relay.mjs"
import { crypto, next, until } from "./helpers.js"
import {
  startAuthRelay, startDeadRelay, startDroppingRelay, startGullibleRelay, startRefusingRelay, startSlowRelay,
} from "./relays.js"

/** What a test opened, closed after it in the reverse order. */
const opened = []
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close()
})

/** @template T @param {Promise<T>} starting @returns {Promise<T>} */
async function keep(starting) {
  const thing = await starting
  opened.push(thing)
  return thing
}

/** A signal in the room "room", started, with everything it hears written down. */
async function enter(relays, options = {}) {
  const relayUrls = relays.map((relay) => relay.url)
  const signal = await keep(createSignal({ appId: "room", relayUrls, WebSocket, crypto, ...options }))
  const heard = { peer: [], message: [], goodbye: [], relay: [] }
  for (const name of Object.keys(heard)) signal.on(name, (...args) => heard[name].push(args))
  signal.start()
  return Object.assign(signal, { heard })
}

async function meet(one, other) {
  const knows = (signal, id) => signal.heard.peer.some(([peerId]) => peerId === id)
  await until(() => knows(one, other.selfId) && knows(other, one.selfId), "two peers to hear of each other")
}

test("two peers meet on a relay and exchange messages", async () => {
  const relay = await keep(startRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  await meet(a, b)
  assert.match(a.selfId, /^[0-9a-f]{64}$/)
  assert.notEqual(a.selfId, b.selfId)
  for (let n = 0; n < 20; n++) void a.send(b.selfId, { n, text: "käse 🧀" })
  await until(() => b.heard.message.length === 20, "the messages")
  assert.deepEqual(b.heard.message, Array.from({ length: 20 }, (_, n) => [a.selfId, { n, text: "käse 🧀" }]))
  await b.send(a.selfId, { answer: true })
  await until(() => a.heard.message.length === 1, "the answer")
  const [status] = a.status()
  assert.equal(status.url, relay.url)
  assert.equal(status.state, "open")
  assert.equal(status.error, null)
  assert.equal(status.subscribed, true)
  assert.equal(status.refused, 0)
  assert.ok(status.latencyMs !== null && status.sent >= 21 && status.received >= 1) // an announcement, the messages, and a "here" if it was first to hear
})

test("a newcomer hears of everybody within its first second, by directed answers", async () => {
  const relay = await keep(startGullibleRelay())
  const old = await Promise.all(Array.from({ length: 5 }, () => enter([relay])))
  await until(() => old.every((signal) => new Set(signal.heard.peer.map(([id]) => id)).size === 4), "the old ones to meet")
  const roomTopic = await (await deriveRoomKeys({ appId: "room" })).topic(ALL)
  const newcomer = await enter([relay])
  const began = Date.now()
  await until(() => new Set(newcomer.heard.peer.map(([id]) => id)).size === 5, "the newcomer to hear of all")
  assert.ok(Date.now() - began < 1000)
  const answers = relay.events().filter((event) => event.pubkey !== newcomer.selfId && event.tags[0][1] !== roomTopic)
  const topic = await (await deriveRoomKeys({ appId: "room" })).topic(newcomer.selfId)
  assert.ok(answers.filter((event) => event.tags[0][1] === topic).length >= 5)
})

test("relays see neither names nor contents, and every event is genuine to others' eyes", async () => {
  const relay = await keep(startGullibleRelay())
  const options = { appId: "a telling room name", password: "a telling password" }
  const [a, b] = await Promise.all([enter([relay], options), enter([relay], options)])
  await meet(a, b)
  await a.send(b.selfId, { secret: "a telling message" })
  await until(() => b.heard.message.length === 1, "the message")
  assert.doesNotMatch(JSON.stringify(relay.seen), /telling/)
  for (const event of relay.events()) {
    assert.equal(verifyEvent(JSON.parse(JSON.stringify(event))), true)
    assert.equal(event.kind, 25431)
    assert.deepEqual(event.tags.map((tag) => [tag[0], tag.length, tag[1].length]), [["x", 2, 64]])
  }
})

test("who has another password, or another room, hears nothing", async () => {
  const relay = await keep(startRelay())
  const a = await enter([relay], { password: "right" })
  const b = await enter([relay], { password: "right" })
  const strangers = await Promise.all([
    enter([relay], { password: "wrong" }), enter([relay]), enter([relay], { appId: "other", password: "right" }),
  ])
  await meet(a, b)
  for (const stranger of strangers) {
    stranger.announceNow()
    await stranger.send(a.selfId, { let: "me in" })
    await until(() => stranger.status()[0].accepted >= 3, "the stranger's events to be taken by the relay")
  }
  await a.send(b.selfId, { last: true })
  await until(() => b.heard.message.length === 1, "the members' message")
  for (const { heard } of strangers) assert.deepEqual([heard.peer, heard.message, heard.goodbye], [[], [], []])
  assert.deepEqual(a.heard.message, [])
  assert.deepEqual([...new Set(a.heard.peer.map(([id]) => id))], [b.selfId])
})

test("what is not addressed to us is not heard, even if the relay brings it", async () => {
  const relay = await keep(startGullibleRelay())
  const [a, b, c] = await Promise.all([enter([relay]), enter([relay]), enter([relay])])
  await meet(a, b)
  await meet(a, c)
  await a.send(b.selfId, { only: "for b" })
  await until(() => b.heard.message.length === 1, "the message")
  const event = relay.events().findLast(({ pubkey }) => pubkey === a.selfId)
  const before = c.status()[0].dropped["wrong topic"] ?? 0
  for (const client of relay.clients) relay.say(client, "EVENT", "weft", event)
  await until(() => (c.status()[0].dropped["wrong topic"] ?? 0) === before + 1, "the stray event to be dropped")
  assert.deepEqual(c.heard.message, [])
  assert.equal(b.heard.message.length, 1)
})

test("replays and forgeries by the relay are refused and counted", async () => {
  const relay = await keep(startGullibleRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  await meet(a, b)
  await a.send(b.selfId, { n: 1 })
  await until(() => b.heard.message.length === 1, "the message")
  const event = relay.events().findLast(({ pubkey }) => pubkey === a.selfId)
  const dropped = (reason) => b.status()[0].dropped[reason] ?? 0
  const repeated = dropped("repeated")
  relay.broadcast(event)
  relay.broadcast({ ...event, content: event.content.slice(0, -4) + "AAAA" }) // under an id that was seen
  relay.broadcast({ ...event, id: "0".repeat(64) })
  relay.broadcast({ ...event, kind: 1 })
  relay.broadcast({ ...event, sig: 7 })
  for (const client of relay.clients) client.send("not JSON at all")
  await until(() => dropped("not JSON") === 1, "the last of it")
  assert.equal(dropped("repeated"), repeated + 2)
  assert.equal(dropped("wrong id"), 1)
  assert.equal(dropped("wrong kind"), 1)
  assert.equal(dropped("malformed event"), 1)
  await a.send(b.selfId, { n: 2 })
  await until(() => b.heard.message.length === 2, "the next message: nothing is broken")
  assert.deepEqual(b.heard.message.map(([, { n }]) => n), [1, 2])
})

test("a relay that dies and comes back is subscribed to again", async () => {
  const first = await startRelay()
  const { port } = first
  const [a, b] = await Promise.all([enter([first]), enter([first])])
  await meet(a, b)
  await first.close()
  await until(() => [a, b].every((signal) => signal.status()[0].state === "failed"), "both to notice")
  assert.ok(a.status()[0].error)
  assert.ok(a.status()[0].retryAt)
  const waiting = a.send(b.selfId, { kept: "while the relay was away" })
  await keep(startRelay({ port }))
  await waiting
  await until(() => [a, b].every((signal) => signal.status()[0].subscribed), "both to subscribe again")
  const c = await enter([first])
  await meet(a, c)
  await a.send(b.selfId, { after: true })
  await until(() => b.heard.message.some(([, message]) => message.after), "a message after the return")
  assert.deepEqual(a.heard.relay.map(([{ state }]) => state).filter((state, i, all) => state !== all[i - 1]).slice(0, 4), ["connecting", "open", "failed", "connecting"])
})

test("relays that are dead, silent, slow, refusing, dropping or gone delay nobody", async () => {
  const good = await keep(startRelay())
  const gone = await startDeadRelay()
  await gone.close()
  const bad = [
    await keep(startDeadRelay()), await keep(startSlowRelay()), await keep(startRefusingRelay()), await keep(startDroppingRelay()),
    await keep(startGullibleRelay({ react: () => {} })), gone,
  ]
  const b = await enter([good])
  await until(() => b.status()[0].subscribed, "the first to be there")
  const began = Date.now()
  const a = await enter([...bad, good])
  await meet(a, b)
  await a.send(b.selfId, { quick: true })
  await until(() => b.heard.message.length === 1, "the message")
  const tookMs = Date.now() - began
  assert.ok(tookMs < 1500, `took ${tookMs} ms`)
  await until(() => a.status()[2].refused > 0 && a.status()[5].state === "failed" && a.status()[3].error, "their states to show")
  const [dead, slow, refusing, dropping, silent, away, fine] = a.status()
  assert.equal(dead.state, "connecting")
  assert.equal(slow.subscribed, false)
  assert.equal(refusing.error, "refused: blocked: not on the list")
  assert.equal(dropping.accepted, 0)
  assert.equal(silent.state, "open")
  assert.equal(silent.subscribed, false)
  assert.match(away.error ?? "", /ECONNREFUSED/)
  assert.deepEqual([fine.state, fine.error], ["open", null])
})

test("peers with two relays in common hear every message once", async () => {
  const relays = [await keep(startRelay()), await keep(startRelay())]
  const [a, b] = await Promise.all([enter(relays), enter(relays)])
  await meet(a, b)
  await until(() => [a, b].every((signal) => signal.status().every(({ subscribed }) => subscribed)), "all to subscribe")
  for (let n = 0; n < 10; n++) await a.send(b.selfId, { n })
  await until(() => b.heard.message.length >= 10, "the messages")
  await until(() => a.status().every(({ sent, accepted }) => sent === accepted), "both relays to have brought them")
  await a.send(b.selfId, { n: 10 })
  await until(() => b.heard.message.length >= 11, "one more")
  assert.deepEqual(b.heard.message.map(([, { n }]) => n), [...Array(11).keys()])
})

test("peers without a relay in common do not meet, with one they do", async () => {
  const [one, two] = [await keep(startRelay()), await keep(startRelay())]
  const a = await enter([one])
  const b = await enter([two])
  const c = await enter([one, two])
  await meet(a, c)
  await meet(b, c)
  assert.ok(!a.heard.peer.some(([id]) => id === b.selfId))
})

test("a relay that demands authentication gets it", async () => {
  const relay = await keep(startAuthRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  await meet(a, b)
  assert.deepEqual(relay.authenticated, new Set([a.selfId, b.selfId]))
  await until(() => a.status()[0].error === null, "the complaint to be over")
  assert.equal(a.status()[0].authenticated, true)
})

test("a goodbye is heard once, and is the last of a peer", async () => {
  const relay = await keep(startGullibleRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  await meet(a, b)
  const leaving = next(b, "goodbye")
  await a.close()
  assert.deepEqual(await leaving, [a.selfId])
  const peersHeard = b.heard.peer.length
  const announcement = relay.events().find(({ pubkey }) => pubkey === a.selfId)
  const goodbye = relay.events().findLast(({ pubkey }) => pubkey === a.selfId)
  assert.notEqual(announcement.id, goodbye.id)
  const turnedAway = () => {
    const { repeated = 0, "after its goodbye": late = 0 } = b.status()[0].dropped
    return repeated + late
  }
  const before = turnedAway()
  relay.broadcast(announcement)
  relay.broadcast(goodbye)
  await until(() => turnedAway() >= before + 2, "both replays to be dropped")
  assert.equal(b.heard.peer.length, peersHeard)
  assert.equal(b.heard.goodbye.length, 1)
})

test("the goodbye leaves before close awaits anything", async () => {
  const relay = await keep(startGullibleRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  await meet(a, b)
  const sent = a.status()[0].sent
  void a.close()
  assert.equal(a.status()[0].sent, sent + 1, "a page that is being hidden gets no second turn")
  await next(b, "goodbye")
})

test("a peer that reloads is somebody new and is met at once", async () => {
  const relay = await keep(startRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  await meet(a, b)
  await b.close()
  const again = await enter([relay])
  assert.notEqual(again.selfId, b.selfId)
  await meet(a, again)
})

test("wrong clocks: minutes do not matter, an hour shows in the status", async () => {
  const relay = await keep(startGullibleRelay())
  const shifted = (ms) => ({ now: () => Date.now() + ms })
  const a = await enter([relay])
  const [ahead, behind, lost] = [await enter([relay], shifted(240_000)), await enter([relay], shifted(-240_000)), await enter([relay], shifted(3_600_000))]
  await meet(a, ahead)
  await meet(a, behind)
  await meet(ahead, behind)
  await until(() => (a.status()[0].dropped["outside the time window"] ?? 0) > 0, "the lost one to be counted")
  assert.deepEqual(lost.heard.peer, [])
})

test("a network that is back is used at once", async () => {
  const network = new EventTarget()
  const had = { addEventListener: globalThis.addEventListener, removeEventListener: globalThis.removeEventListener }
  globalThis.addEventListener = network.addEventListener.bind(network)
  globalThis.removeEventListener = network.removeEventListener.bind(network)
  try {
    const first = await startRelay()
    const a = await enter([first])
    await until(() => a.status()[0].subscribed, "the subscription")
    await first.close()
    await until(() => a.heard.relay.filter(([{ state }]) => state === "failed").length >= 3, "failures")
    await until(() => a.status()[0].state === "failed", "a wait")
    network.dispatchEvent(new Event("online"))
    assert.equal(a.status()[0].state, "connecting", "no more waiting")
    await keep(startRelay({ port: first.port }))
    await until(() => a.status()[0].subscribed, "the subscription again")
    await a.close()
    network.dispatchEvent(new Event("online"))
    assert.equal(a.status()[0].state, "closed")
  } finally {
    Object.assign(globalThis, had)
  }
})

test("a peer's key is used for one open only, and sending to nonsense is refused", async () => {
  const relay = await keep(startRelay())
  const a = await enter([relay])
  const other = crypto.createKey().publicKey
  await assert.rejects(a.send("nonsense", {}), { code: "INVALID_ARGUMENT" })
  await assert.rejects(a.send(other.toUpperCase(), {}), { code: "INVALID_ARGUMENT" })
  for (const message of [null, undefined, 7, "text", [1]]) {
    await assert.rejects(a.send(other, /** @type {any} */ (message)), { code: "INVALID_ARGUMENT" })
  }
  const circular = {}
  circular.self = circular
  await assert.rejects(a.send(other, circular), { code: "INVALID_ARGUMENT" })
  await assert.rejects(a.send(other, { n: 1n }), { code: "INVALID_ARGUMENT" })
  await assert.rejects(a.send(other, { text: "x".repeat(50_000) }), { code: "TOO_LARGE" })
  await a.send(other, { text: "x".repeat(40_000) })
  await until(() => a.status()[0].sent === a.status()[0].accepted, "the relay to take all of it")
  await a.close()
  await assert.rejects(a.send(other, {}), { code: "CLOSED" })
  assert.throws(() => a.start(), { code: "CLOSED" })
  a.announceNow()
  assert.equal(a.close(), a.close())
})

test("bad options are refused by name", async () => {
  const good = { appId: "room", relayUrls: ["ws://127.0.0.1:1"], WebSocket, crypto }
  const bad = { appId: [undefined, "", 7], password: [7, {}], relayUrls: [[], ["http://x"], "ws://x"] }
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      await assert.rejects(createSignal({ ...good, [name]: value }), { code: "INVALID_ARGUMENT", message: new RegExp(name) })
    }
  }
  await assert.rejects(createSignal({ ...good, WebSocket: /** @type {any} */ (7) }), { code: "RTC_UNAVAILABLE" })
  await assert.rejects(createSignal({ ...good, crypto: undefined }), { code: "WASM_FAILED" })
})

test("a listener is taken off by what `on` returned", async () => {
  const relay = await keep(startRelay())
  const [a, b] = await Promise.all([enter([relay]), enter([relay])])
  const heard = []
  const off = a.on("message", (id, message) => heard.push(message.n))
  await meet(a, b)
  await b.send(a.selfId, { n: 1 })
  await until(() => heard.length === 1, "the first")
  off()
  await b.send(a.selfId, { n: 2 })
  await until(() => a.heard.message.length === 2, "the second, elsewhere")
  assert.deepEqual(heard, [1])
})

test("after close nothing keeps the process: it ends by itself", async () => {
  const good = await keep(startRelay())
  const dead = await keep(startDeadRelay())
  const silent = await keep(startGullibleRelay({ react: () => {} }))
  const urls = JSON.stringify([good.url, dead.url, silent.url])
  const child = spawn(process.execPath, [join(import.meta.dirname, "open-and-close.js"), urls], { stdio: ["ignore", "pipe", "inherit"] })
  let output = ""
  child.stdout.on("data", (data) => { output += data })
  const closed = new Promise((resolve) => child.once("exit", (code) => resolve(code)))
  const limit = setTimeout(() => child.kill("SIGKILL"), 15_000)
  assert.equal(await closed, 0, "it was still alive after its close()")
  clearTimeout(limit)
  assert.equal(output.trim(), "closed")
  await until(() => good.stats.open === 0 && dead.sockets.size === 0 && silent.clients.length === 0, "its sockets to be gone")
})
