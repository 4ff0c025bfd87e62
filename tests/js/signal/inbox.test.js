// The door: what gets in, and by which name everything else is turned away.
import assert from "node:assert/strict"
import { test } from "node:test"
import { createInbox } from "../../../js/signal/inbox.js"
import { EVENT_KIND, REPLAY_WINDOW_MS, SEEN_LIMIT, TOPIC_TAG } from "../../../js/signal/limits.js"
import { sealPayload } from "../../../js/signal/payload.js"
import { ALL, deriveRoomKeys } from "../../../js/signal/room-keys.js"
import { createSealer } from "../../../js/signal/sealer.js"
import { crypto, until } from "./helpers.js"

const roomKeys = await deriveRoomKeys({ appId: "room", password: "secret" })
const random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length))

async function setUp({ keys = roomKeys } = {}) {
  let time = 1_700_000_000_000
  const self = crypto.createKey()
  const sender = crypto.createKey()
  const topics = new Map([[await keys.topic(ALL), ALL], [await keys.topic(self.publicKey), self.publicKey]])
  const delivered = []
  const counts = {}
  const source = { drop: (reason) => { counts[reason] = (counts[reason] ?? 0) + 1 } }
  let verifications = 0
  const counting = { ...crypto, verify: (event) => { verifications++; return crypto.verify(event) } }
  const now = () => time
  const inbox = createInbox({
    crypto: counting, keys, selfId: self.publicKey, topics, now,
    deliver: (from, payload) => delivered.push([from, payload.type, payload.body]),
  })
  let waiting = 0
  /** Brings events, then waits until each was delivered or dropped. */
  async function receive(...events) {
    waiting += events.length
    for (const event of events) inbox.receive(source, event)
    const done = () => delivered.length + Object.values(counts).reduce((sum, count) => sum + count, 0)
    await until(() => done() >= waiting, "every event to be delivered or dropped")
    assert.equal(done(), waiting)
  }
  const sealerOf = (key, ownKeys = keys) => createSealer({ crypto, self: key, keys: ownKeys, now, random })
  return {
    self, sender, delivered, counts, receive, sealerOf, inbox, source,
    sealer: sealerOf(sender), seal: (type, body) => sealerOf(sender).seal(self.publicKey, type, body),
    get verifications() { return verifications },
    pass: (ms) => { time += ms },
    now,
  }
}

test("what a member sealed for us, or for all, is delivered in order", async () => {
  const t = await setUp()
  const events = [await t.sealer.seal(ALL, "announce")]
  for (let i = 0; i < 20; i++) events.push(await t.seal("message", { i }))
  await t.receive(...events)
  assert.deepEqual(t.counts, {})
  assert.deepEqual(t.delivered[0], [t.sender.publicKey, "announce", undefined])
  assert.deepEqual(t.delivered.slice(1).map(([, , body]) => body.i), [...Array(20).keys()])
})

test("an event that several relays bring is delivered once and verified once", async () => {
  const t = await setUp()
  const event = await t.seal("message", { n: 1 })
  await t.receive(event, structuredClone(event), event)
  assert.equal(t.delivered.length, 1)
  assert.equal(t.verifications, 1)
  assert.deepEqual(t.counts, { repeated: 2 })
})

test("a forged copy that comes first does not keep the genuine one out", async () => {
  const t = await setUp()
  const event = await t.seal("message", { n: 1 })
  await t.receive({ ...event, sig: "0".repeat(128) }, event)
  assert.deepEqual(t.counts, { "bad signature": 1 })
  assert.equal(t.delivered.length, 1)
})

test("altered, foreign and malformed events are turned away by name", async () => {
  const t = await setUp()
  const event = await t.seal("message", { n: 1 })
  const stranger = crypto.createKey()
  const resign = (changes, key = stranger) => crypto.sign({ ...event, ...changes }, key)
  const topic = event.tags[0][1]
  await t.receive({ ...event, content: event.content.replace(/^./, (letter) => (letter === "A" ? "B" : "A")) })
  await t.receive({ ...event, created_at: event.created_at + 1 })
  await t.receive({ ...event, sig: event.sig.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) })
  await t.receive(resign({ kind: EVENT_KIND + 1 }), resign({ kind: 1 }))
  await t.receive(resign({ tags: [[TOPIC_TAG, "ff".repeat(32)]] }), resign({ tags: [] }), resign({ tags: [[TOPIC_TAG, topic], [TOPIC_TAG, topic]] }))
  await t.receive(null, 7, "text", [], {}, { ...event, id: "short" }, { ...event, content: 7 })
  await t.receive(await t.sealerOf(t.self).seal(ALL, "announce"))
  assert.deepEqual(t.counts, {
    "wrong id": 2, "bad signature": 1, "wrong kind": 2, "wrong topic": 3, "malformed event": 7, own: 1,
  })
  assert.deepEqual(t.delivered, [])
})

test("somebody else's words under one's own key do not open", async () => {
  const t = await setUp()
  const event = await t.seal("message", { n: 1 })
  const stranger = crypto.createKey()
  const stolen = crypto.sign({ created_at: event.created_at, kind: event.kind, tags: event.tags, content: event.content }, stranger)
  await t.receive(stolen)
  assert.deepEqual(t.counts, { "not for this room": 1 })
})

test("a broadcast moved to our own topic, or a message to another moved to ours, does not open", async () => {
  const t = await setUp()
  const ours = await roomKeys.topic(t.self.publicKey)
  const announcement = await t.sealer.seal(ALL, "announce")
  const toAnother = await t.sealer.seal(crypto.createKey().publicKey, "message", { n: 1 })
  const move = ({ created_at, kind, content }) => crypto.sign({ created_at, kind, content, tags: [[TOPIC_TAG, ours]] }, t.sender)
  await t.receive(move(announcement), move(toAnother))
  await t.receive(toAnother)
  assert.deepEqual(t.counts, { "not for this room": 2, "wrong topic": 1 })
})

test("who knows the topic but not the password is turned away", async () => {
  const t = await setUp()
  const guess = await deriveRoomKeys({ appId: "room", password: "guess" })
  const withStolenTopic = { payloadKey: guess.payloadKey, topic: roomKeys.topic }
  await t.receive(await t.sealerOf(crypto.createKey(), withStolenTopic).seal(ALL, "announce"))
  assert.deepEqual(t.counts, { "not for this room": 1 })
})

test("the time window holds on both sides", async () => {
  const t = await setUp()
  const old = await t.seal("message", { n: 1 })
  t.pass(REPLAY_WINDOW_MS)
  await t.receive(old)
  assert.equal(t.delivered.length, 1, "at its edge")
  const older = await t.seal("message", { n: 2 })
  t.pass(REPLAY_WINDOW_MS + 1000)
  await t.receive(older)
  const early = await t.seal("message", { n: 3 })
  t.pass(-REPLAY_WINDOW_MS - 1000)
  await t.receive(early)
  assert.deepEqual(t.counts, { "outside the time window": 2 })
})

test("a replay is refused for as long as the window would let it in", async () => {
  const t = await setUp()
  t.pass(REPLAY_WINDOW_MS) // the sender's clock is ahead by the whole window
  const ahead = await t.seal("message", { n: 1 })
  t.pass(-REPLAY_WINDOW_MS)
  await t.receive(ahead)
  for (let i = 0; i < 4; i++) {
    t.pass(REPLAY_WINDOW_MS / 2)
    await t.receive(ahead)
  }
  assert.equal(t.delivered.length, 1)
  assert.deepEqual(t.counts, { repeated: 4 })
})

test("the same payload signed anew by its sender is a replay too", async () => {
  const t = await setUp()
  const event = await t.seal("message", { n: 1 })
  const { created_at, kind, tags, content } = event
  const again = crypto.sign({ created_at, kind, tags: [...tags, ["y", "z"]], content }, t.sender)
  assert.notEqual(again.id, event.id)
  await t.receive(event, again)
  assert.equal(t.delivered.length, 1)
  assert.deepEqual(t.counts, { replayed: 1 })
})

test("a payload whose own time is another than its event's is refused", async () => {
  const t = await setUp()
  const topic = await roomKeys.topic(t.self.publicKey)
  const binding = { kind: EVENT_KIND, topic, sender: t.sender.publicKey, receiver: t.self.publicKey }
  const text = JSON.stringify({ type: "message", time: t.now() - 5000, nonce: "00".repeat(16), body: {} })
  const content = await sealPayload(roomKeys.payloadKey, binding, text, random(12))
  const created_at = Math.floor(t.now() / 1000)
  await t.receive(crypto.sign({ created_at, kind: EVENT_KIND, tags: [[TOPIC_TAG, topic]], content }, t.sender))
  assert.deepEqual(t.counts, { "times differ": 1 })
})

test("a stranger with many valid events cannot push a member's event out of memory", async () => {
  const t = await setUp()
  const event = await t.seal("message", { n: 1 })
  await t.receive(event)
  // Verified ids are bounded: enough of a stranger's push the event's id out, and only the second memory stands.
  const cheap = createInbox({
    crypto: { ...crypto, verify: () => "valid" }, keys: roomKeys, selfId: t.self.publicKey, now: t.now,
    topics: new Map([[event.tags[0][1], t.self.publicKey]]), deliver: (from, payload) => t.delivered.push([from, payload.type, payload.body]),
  })
  let turnedAway = 0
  const reasons = []
  const source = { drop: (reason) => { turnedAway++; reasons.push(reason) } }
  cheap.receive(source, event)
  for (let i = 0; i < SEEN_LIMIT; i++) {
    cheap.receive(source, { ...event, id: i.toString(16).padStart(64, "0"), content: "AAAA" })
  }
  cheap.receive(source, event)
  await until(() => turnedAway === SEEN_LIMIT + 1, "the strangers' events to be turned away", 30_000)
  assert.equal(reasons.at(-1), "replayed")
  assert.equal(t.delivered.length, 2, "once each inbox")
})

test("after closing nothing is delivered, what was being opened neither", async () => {
  const t = await setUp()
  const events = [await t.seal("message", { n: 1 }), await t.seal("message", { n: 2 })]
  for (const event of events) t.inbox.receive(t.source, event)
  t.inbox.close()
  await globalThis.crypto.subtle.digest("SHA-256", new Uint8Array(1))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(t.delivered, [])
})
