// One relay's protocol, against a WebSocket whose server is the test.
import assert from "node:assert/strict"
import { test } from "node:test"
import { EVENTS_PER_SECOND, MAX_FRAME_CHARS, MAX_TEXT_CHARS, QUEUE_AGE_MS, QUEUE_LIMIT } from "../../../js/signal/limits.js"
import { createRelay } from "../../../js/signal/relay.js"
import { createFakeWebSocket, createManualTimers } from "./helpers.js"

const filter = { kinds: [25431], "#x": ["topic"] }
const event = (id) => /** @type {any} */ ({ id: String(id) })

function setUp() {
  const timers = createManualTimers()
  const net = createFakeWebSocket()
  const heard = []
  const changes = []
  let opens = 0
  const relay = createRelay({
    url: "ws://relay", WebSocket: net.FakeWebSocket, timers, random: () => 0.5,
    filter: () => filter,
    authenticate: (challenge) => event(`auth ${challenge}`),
    onEvent: (from, value) => heard.push(value),
    onOpen: () => opens++,
    onChange: (changed) => changes.push(changed.status()),
  })
  return {
    timers, net, heard, changes, relay,
    get opens() { return opens },
    get dropped() { return relay.status().dropped },
    open() {
      relay.start()
      net.last.open()
      return net.last
    },
    reopen() {
      net.last.break()
      timers.advance(30_000)
      net.last.open()
      return net.last
    },
  }
}

test("subscribes on every open", () => {
  const t = setUp()
  assert.deepEqual(t.open().sent, [["REQ", "weft", filter]])
  assert.equal(t.relay.status().subscribed, false)
  t.net.last.say("EOSE", "weft")
  assert.equal(t.relay.status().subscribed, true)
  const second = t.reopen()
  assert.deepEqual(second.sent, [["REQ", "weft", filter]])
  assert.equal(t.relay.status().subscribed, false)
  assert.equal(t.opens, 2)
})

test("counts what it sent and what became of it, and how long that took", () => {
  const t = setUp()
  const socket = t.open()
  t.relay.publish(event(1))
  t.timers.advance(40)
  socket.say("OK", "1", true, "")
  t.relay.publish(event(2))
  socket.say("OK", "2", false, "blocked: not you")
  const status = t.relay.status()
  assert.deepEqual([status.sent, status.accepted, status.refused, status.latencyMs], [2, 1, 1, 0])
  assert.equal(status.error, "refused: blocked: not you")
  t.relay.publish(event(3))
  socket.say("OK", "3", true, "")
  assert.equal(t.relay.status().error, null)
})

test("directed events wait for the relay, broadcasts do not; the subscription goes first", () => {
  const t = setUp()
  t.relay.publish(event("broadcast"))
  t.relay.publish(event("directed"), { keep: true })
  assert.equal(t.relay.status().queued, 1)
  assert.deepEqual(t.open().sent, [["REQ", "weft", filter], ["EVENT", event("directed")]])
  assert.equal(t.relay.status().queued, 0)
})

test("the queue is bounded by count and age", () => {
  const t = setUp()
  t.relay.start()
  for (let i = 0; i < QUEUE_LIMIT + 5; i++) t.relay.publish(event(i), { keep: true })
  assert.equal(t.relay.status().queued, QUEUE_LIMIT)
  assert.equal(t.dropped["queue full"], 5)
  t.net.last.break()
  t.timers.advance(QUEUE_AGE_MS + 1)
  t.relay.publish(event("young"), { keep: true })
  t.net.last.open()
  assert.deepEqual(t.net.last.frames("EVENT"), [["EVENT", event("young")]])
  assert.equal(t.dropped["too old to send"], QUEUE_LIMIT - 1)
})

test("a subscription that was closed is asked for again, ever more slowly", () => {
  const t = setUp()
  const socket = t.open()
  const asked = () => socket.frames("REQ").length
  const waits = []
  for (let i = 0; i < 7; i++) {
    socket.say("CLOSED", "weft", "error: shutting down idle subscription")
    assert.match(t.relay.status().error ?? "", /^subscription refused: error: shutting/)
    const [waitMs] = t.timers.waits()
    waits.push(waitMs)
    t.timers.advance(waitMs)
    assert.equal(asked(), i + 2)
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000])
  socket.say("EOSE", "weft")
  assert.equal(t.relay.status().error, null)
  socket.say("CLOSED", "other", "")
  assert.equal(t.relay.status().subscribed, true, "another subscription is none of ours")
})

test("NIP-42: answers the challenge, subscribes again, sends again what was refused", () => {
  const t = setUp()
  const socket = t.open()
  t.relay.publish(event("hello"))
  socket.say("CLOSED", "weft", "auth-required: who are you?")
  socket.say("OK", "hello", false, "auth-required: who are you?")
  socket.say("AUTH", "riddle")
  assert.deepEqual(socket.frames("AUTH"), [["AUTH", event("auth riddle")]])
  assert.equal(t.relay.status().refused, 0)
  socket.sent.length = 0
  socket.say("OK", "auth riddle", true, "")
  assert.deepEqual(socket.sent, [["REQ", "weft", filter], ["EVENT", event("hello")]])
  assert.equal(t.relay.status().authenticated, true)
  assert.equal(t.relay.status().error, null)
})

test("NIP-42: a challenge unasked for changes nothing but that it is answered; a refusal is told", () => {
  const t = setUp()
  const socket = t.open()
  socket.say("AUTH", "riddle")
  socket.say("OK", "auth riddle", false, "invalid: wrong answer")
  assert.equal(t.relay.status().authenticated, false)
  assert.equal(t.relay.status().error, "authentication refused: invalid: wrong answer")
  // Authenticated and still refused: no circle of asking.
  socket.say("AUTH", "second")
  socket.say("OK", "auth second", true, "")
  t.relay.publish(event("hello"))
  socket.say("OK", "hello", false, "auth-required: paying members only")
  assert.equal(t.relay.status().refused, 1)
})

test("authentication ends with the connection", () => {
  const t = setUp()
  t.open().say("AUTH", "riddle")
  t.net.last.say("OK", "auth riddle", true, "")
  assert.equal(t.relay.status().authenticated, true)
  t.reopen()
  assert.equal(t.relay.status().authenticated, false)
})

test("a notice is shown, and cut to a bound", () => {
  const t = setUp()
  t.open().say("NOTICE", "x".repeat(10_000))
  assert.equal(t.relay.status().notice?.length, MAX_TEXT_CHARS)
  assert.equal(t.relay.status().error, null)
})

test("hostile frames are dropped and counted by reason; the relay stays in use", () => {
  const t = setUp()
  const socket = t.open()
  const raw = (data) => socket.onmessage({ data })
  raw("{")
  raw("")
  raw(`["NOTICE","${"x".repeat(MAX_FRAME_CHARS)}"]`)
  raw(new ArrayBuffer(8))
  for (const text of ["null", "{}", "7", "[]", "[null]", "[\"EVENT\"]", "[\"EVENT\",\"other\",{}]", "[\"OK\"]", "[\"OK\",1,true]", "[\"OK\",\"1\",\"yes\"]", "[\"EOSE\",\"other\"]", "[\"AUTH\",7]", "[\"CLOSED\"]", "[\"what\"]", "[[]]"]) raw(text)
  raw("[\"OK\",\"never sent\",true,\"\"]")
  raw("[\"NOTICE\",{}]")
  raw(`["AUTH","${"x".repeat(MAX_TEXT_CHARS + 1)}"]`)
  assert.deepEqual(t.dropped, { "not JSON": 2, oversize: 1, "not text": 1, "unknown frame": 16, "unknown OK": 1 })
  assert.deepEqual(socket.frames("AUTH"), [])
  socket.say("EVENT", "weft", { any: "thing" })
  assert.deepEqual(t.heard, [{ any: "thing" }], "what an event is worth is for others to say")
})

test("a flood of events is cut off, for that second", () => {
  const t = setUp()
  const socket = t.open()
  for (let i = 0; i < EVENTS_PER_SECOND + 50; i++) socket.say("EVENT", "weft", i)
  assert.equal(t.heard.length, EVENTS_PER_SECOND)
  assert.equal(t.dropped["too many at once"], 50)
  t.timers.advance(1000)
  socket.say("EVENT", "weft", "later")
  assert.equal(t.heard.at(-1), "later")
})

test("the last word is waited for until its OK, or for a bounded time", async () => {
  const t = setUp()
  await t.relay.publishLast(event("nobody there"))
  const socket = t.open()
  let said = 0
  const first = t.relay.publishLast(event("one")).then(() => said++)
  socket.say("OK", "one", true, "")
  await first
  const second = t.relay.publishLast(event("two")).then(() => said++)
  t.timers.advance(1000)
  await second
  assert.equal(said, 2)
  socket.bufferedAmount = 2 ** 30
  await t.relay.publishLast(event("no way out"))
  assert.equal(t.dropped["relay too slow"], 1)
})

test("every change of state is told, and closing leaves nothing", async () => {
  const t = setUp()
  t.open().say("CLOSED", "weft", "error: try later")
  t.net.last.break()
  assert.deepEqual(t.changes.map(({ state }) => state), ["connecting", "open", "open", "failed"])
  await t.relay.close()
  assert.equal(t.relay.status().state, "closed")
  assert.equal(t.timers.size, 0)
})
