// The socket that comes back, against a WebSocket whose server is the test, in time moved by hand.
import assert from "node:assert/strict"
import { test } from "node:test"
import { ANSWER_TIMEOUT_MS, BACKOFF_MAX_MS, BUFFER_LIMIT, CONNECT_TIMEOUT_MS, LINGER_MS, STABLE_MS } from "../../../js/signal/limits.js"
import { createSocket } from "../../../js/signal/socket.js"
import { createFakeWebSocket, createManualTimers, settle } from "./helpers.js"

function setUp({ random = () => 0.5, WebSocket = undefined } = {}) {
  const timers = createManualTimers()
  const net = createFakeWebSocket()
  const heard = []
  const states = []
  let opens = 0
  const socket = createSocket({
    url: "ws://relay", WebSocket: WebSocket ?? net.FakeWebSocket, timers, random,
    onOpen: () => opens++, onMessage: (data) => heard.push(data), onChange: () => states.push(socket?.state),
  })
  return { timers, net, heard, states, socket, get opens() { return opens } }
}

test("opens, hears, sends", () => {
  const t = setUp()
  assert.equal(t.socket.state, "closed")
  assert.equal(t.socket.send("\"early\""), false)
  t.socket.connect()
  assert.equal(t.socket.state, "connecting")
  t.net.last.open()
  assert.equal(t.opens, 1)
  assert.equal(t.socket.send("[1]"), true)
  t.net.last.say("hello")
  assert.deepEqual(t.heard, ["[\"hello\"]"])
  assert.deepEqual(t.net.last.sent, [[1]])
  assert.deepEqual(t.states, ["connecting", "open"])
})

test("a socket that does not open is given up and tried again", () => {
  const t = setUp()
  t.socket.connect()
  t.timers.advance(CONNECT_TIMEOUT_MS)
  assert.equal(t.socket.state, "failed")
  assert.match(t.socket.status().error ?? "", /did not open/)
  assert.equal(t.net.last.closed, true)
  t.timers.advance(250)
  assert.equal(t.net.sockets.length, 2)
  assert.equal(t.socket.state, "connecting")
  t.net.last.open()
  assert.equal(t.socket.status().error, null)
})

test("waits grow with every failure up to the cap; the status tells when the next attempt is", () => {
  const t = setUp({ random: () => 0.999999 })
  t.socket.connect()
  const waits = []
  for (let i = 0; i < 10; i++) {
    t.net.last.break()
    const [waitMs] = t.timers.waits()
    assert.equal(t.socket.status().retryAt, t.timers.now() + waitMs)
    waits.push(waitMs)
    t.timers.advance(waitMs)
  }
  assert.deepEqual(waits.slice(0, 4), [499, 999, 1999, 3999])
  assert.deepEqual(waits.slice(6), Array(4).fill(BACKOFF_MAX_MS - 1))
})

test("a server that hangs up at once is not asked at full speed, one that lasted is", () => {
  const t = setUp({ random: () => 0.999999 })
  t.socket.connect()
  for (const expected of [499, 999, 1999]) {
    t.net.last.open()
    t.net.last.say("hello")
    t.net.last.break()
    assert.equal(t.timers.waits()[0], expected)
    t.timers.advance(expected)
  }
  t.net.last.open()
  t.net.last.say("hello")
  t.timers.advance(STABLE_MS)
  t.net.last.break()
  assert.equal(t.timers.waits()[0], 499)
})

test("silence after we spoke is death, silence alone is not", () => {
  const t = setUp()
  t.socket.connect()
  t.net.last.open()
  t.timers.advance(10 * ANSWER_TIMEOUT_MS)
  assert.equal(t.socket.state, "open")
  t.socket.send("[1]")
  t.timers.advance(ANSWER_TIMEOUT_MS - 1)
  t.net.last.say("hello")
  t.timers.advance(10 * ANSWER_TIMEOUT_MS)
  assert.equal(t.socket.state, "open")
  t.socket.send("[2]")
  t.socket.send("[3]")
  t.timers.advance(ANSWER_TIMEOUT_MS)
  assert.equal(t.socket.state, "failed")
  assert.match(t.socket.status().error ?? "", /stopped answering/)
})

test("a socket that was given up is not heard any more", () => {
  const t = setUp()
  t.socket.connect()
  const first = t.net.last
  const { onmessage, onopen, onclose } = first
  first.break()
  t.timers.advance(1000)
  onmessage({ data: "late" })
  onopen()
  onclose({ code: 1006 })
  assert.deepEqual(t.heard, [])
  assert.equal(t.socket.state, "connecting")
  assert.equal(t.opens, 0)
  assert.equal(t.net.sockets.length, 2)
})

test("waking skips the wait and starts the waits afresh, and leaves an open socket alone", () => {
  const t = setUp({ random: () => 0.999999 })
  t.socket.connect()
  for (let i = 0; i < 8; i++) {
    t.net.last.break()
    t.timers.advance(t.timers.waits()[0])
  }
  t.net.last.break()
  const before = t.net.sockets.length
  t.socket.wake()
  assert.equal(t.net.sockets.length, before + 1)
  t.net.last.break()
  assert.equal(t.timers.waits()[0], 499)
  t.socket.wake()
  t.net.last.open()
  const open = t.net.sockets.length
  t.socket.wake()
  assert.equal(t.net.sockets.length, open)
})

test("waking replaces an attempt that began while the network was away", () => {
  const t = setUp()
  t.socket.connect()
  const first = t.net.last
  t.socket.wake()
  assert.equal(first.closed, true)
  assert.equal(t.net.sockets.length, 2)
  assert.equal(t.timers.size, 1, "only the new attempt's timeout")
})

test("a socket that holds back too much takes no more", () => {
  const t = setUp()
  t.socket.connect()
  t.net.last.open()
  t.net.last.bufferedAmount = BUFFER_LIMIT + 1
  assert.equal(t.socket.send("[1]"), false)
  t.net.last.bufferedAmount = 0
  assert.equal(t.socket.send("[2]"), true)
  assert.deepEqual(t.net.last.sent, [[2]])
})

test("a constructor that throws is a failed attempt, not an exception", () => {
  class Throwing { constructor() { throw new Error("blocked by policy") } }
  const t = setUp({ WebSocket: Throwing })
  t.socket.connect()
  assert.equal(t.socket.state, "failed")
  assert.equal(t.socket.status().error, "blocked by policy")
  assert.equal(t.timers.size, 1)
})

test("closing ends everything, in whatever state", async () => {
  for (const reach of ["closed", "connecting", "open", "failed"]) {
    const t = setUp()
    if (reach !== "closed") t.socket.connect()
    if (reach === "open") {
      t.net.last.open()
      t.socket.send("[1]")
    }
    if (reach === "failed") t.net.last.break()
    assert.equal(t.socket.state, reach)
    await t.socket.close()
    assert.equal(t.socket.state, "closed")
    assert.equal(t.timers.size, 0, `timers left after closing when ${reach}`)
    t.socket.connect()
    t.socket.wake()
    assert.equal(t.socket.state, "closed")
    for (const socket of t.net.sockets.slice(0, reach === "failed" ? 0 : 1)) assert.equal(socket.closed, true)
  }
})

test("closing waits for a server that does not answer, but not for long", async () => {
  const t = setUp()
  t.socket.connect()
  t.net.last.open()
  let terminated = false
  t.net.last.close = () => {}
  t.net.last.terminate = () => { terminated = true }
  let closed = false
  const closing = t.socket.close().then(() => { closed = true })
  await settle()
  assert.equal(closed, false)
  t.timers.advance(LINGER_MS)
  await closing
  assert.equal(terminated, true)
  assert.equal(t.timers.size, 0)
})
