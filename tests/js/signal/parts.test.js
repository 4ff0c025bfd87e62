// The small parts: memory of ids, back-off, peers, announcement schedule, addresses, events as they come from a relay.
import assert from "node:assert/strict"
import { test } from "node:test"
import { createAnnouncer } from "../../../js/signal/announcer.js"
import { onlyTag, readEvent } from "../../../js/signal/event.js"
import { MAX_PEERS, PEER_SILENCE_MS } from "../../../js/signal/limits.js"
import { createPeers } from "../../../js/signal/peers.js"
import { checkRelayUrls, DEFAULT_RELAY_URLS } from "../../../js/signal/relays.js"
import { createSeen } from "../../../js/signal/seen.js"
import { backoffMs, createTimers } from "../../../js/signal/timers.js"
import { createManualTimers, until } from "./helpers.js"

test("seen: a key counts once while it is kept, and the memory stays bounded", () => {
  let time = 0
  const seen = createSeen({ limit: 3, keepMs: 100, now: () => time })
  assert.equal(seen.add("a"), true)
  assert.equal(seen.add("a"), false)
  time = 50
  seen.add("b")
  time = 101
  seen.add("c") // a is too old by now
  assert.deepEqual([seen.has("a"), seen.has("b"), seen.has("c")], [false, true, true])
  seen.add("d")
  seen.add("e") // the bound: b goes
  assert.equal(seen.size, 3)
  assert.deepEqual([seen.has("b"), seen.has("c"), seen.has("e")], [false, true, true])
})

test("back-off: full jitter below a growing, capped bound", () => {
  const bound = (attempt, random) => backoffMs(attempt, { firstMs: 500, maxMs: 30_000, random: () => random })
  assert.deepEqual([0, 1, 2, 5, 6, 7, 1000].map((attempt) => bound(attempt, 0.999999)), [499, 999, 1999, 15999, 29999, 29999, 29999])
  assert.equal(bound(7, 0), 0)
  assert.equal(bound(7, 0.5), 15_000)
})

test("timers: closing ends what runs and what would start", async () => {
  const timers = createTimers()
  const ran = []
  timers.after(0, () => ran.push("first"))
  await until(() => ran.length === 1, "a timer to run")
  timers.after(0, () => ran.push("cancelled"))()
  timers.after(0, () => ran.push("closed"))
  timers.close()
  timers.after(0, () => ran.push("late"))
  const others = createTimers()
  others.after(0, () => ran.push("a later one of somebody else"))
  await until(() => ran.length > 1, "a later timer to run")
  assert.deepEqual(ran, ["first", "a later one of somebody else"])
})

test("peers: a goodbye is final, silence is forgetting, the number is bounded", () => {
  let time = 0
  const peers = createPeers(() => time)
  assert.equal(peers.heard("a")?.knowsUs, false)
  assert.equal(peers.heard("a", { directed: true })?.knowsUs, true)
  assert.equal(peers.heard("a")?.knowsUs, true, "it does not unlearn us")
  assert.equal(peers.left("a"), true)
  assert.equal(peers.left("a"), false, "once")
  assert.equal(peers.heard("a"), null)
  assert.equal(peers.left("never heard"), false)

  peers.heard("b")
  time += PEER_SILENCE_MS + 1
  peers.heard("c")
  assert.deepEqual(peers.ids(), ["c"])
  for (let i = 0; i < MAX_PEERS + 10; i++) peers.heard(`p${i}`)
  assert.equal(peers.ids().length, MAX_PEERS)
  assert.equal(peers.heard("c")?.knowsUs, false, "the one not heard for longest was forgotten")
})

test("announcer: fast at first, then slower, per relay, and silent when stopped", () => {
  const timers = createManualTimers()
  const start = timers.now()
  const heard = []
  const announcer = createAnnouncer({ timers, random: () => 0, announce: (relay) => heard.push([relay.url, timers.now() - start]) })
  const [one, two] = /** @type {any[]} */ ([{ url: "one" }, { url: "two" }])
  announcer.start(one)
  timers.advance(120_000)
  const times = heard.map(([, at]) => at)
  assert.deepEqual(times, [0, 300, 1000, 2500, 5500, 11_500, 23_500, 53_500, 83_500, 113_500])

  heard.length = 0
  announcer.start(two)
  assert.deepEqual(heard.map(([url]) => url), ["two"], "another relay's opening says nothing to this one")
  heard.length = 0
  announcer.restartAll()
  assert.deepEqual(heard.map(([url]) => url), ["one", "two"])
  announcer.stop(one)
  heard.length = 0
  timers.advance(1000)
  assert.deepEqual([...new Set(heard.map(([url]) => url))], ["two"])
  announcer.stopAll()
  assert.equal(timers.size, 0)
})

test("announcer: jitter shortens a wait by up to a fifth", () => {
  const timers = createManualTimers()
  const announcer = createAnnouncer({ timers, random: () => 0.5, announce: () => {} })
  announcer.start(/** @type {any} */ ({}))
  assert.deepEqual(timers.waits(), [270])
})

test("relay addresses: ws and wss only, each once, bounded; none given means the built-in list", () => {
  assert.deepEqual(checkRelayUrls(["ws://127.0.0.1:1", "wss://relay.example/path", "ws://127.0.0.1:1/"]).length, 2)
  assert.deepEqual(checkRelayUrls(["ws://127.0.0.1:1"]), ["ws://127.0.0.1:1"])
  assert.deepEqual(checkRelayUrls(undefined), [...DEFAULT_RELAY_URLS])
  assert.deepEqual(checkRelayUrls([...DEFAULT_RELAY_URLS]), [...DEFAULT_RELAY_URLS], "the list keeps its own rules")
  const bad = [
    [], null, "wss://relay.example", {}, [1], [""], ["relay.example"], ["http://relay.example"], ["https://relay.example"],
    ["javascript:alert(1)"], ["wss://"], ["wss://relay.example#part"], ["wss://ok.example", "nonsense"],
    Array.from({ length: 33 }, (_, i) => `wss://relay${i}.example`),
  ]
  for (const urls of bad) assert.throws(() => checkRelayUrls(urls), { code: "INVALID_ARGUMENT" }, JSON.stringify(urls))
  assert.throws(() => checkRelayUrls(["wss://ok.example", "nonsense"]), { path: "relayUrls[1]" })
})

test("events: every field has its type and bound, or there is no event", () => {
  const good = {
    id: "a".repeat(64), pubkey: "b".repeat(64), sig: "c".repeat(128), created_at: 1, kind: 25431, tags: [["x", "y"]], content: "",
  }
  assert.deepEqual(readEvent(good), good)
  assert.deepEqual(readEvent({ ...good, extra: 1 }), good)
  const bad = {
    id: ["A".repeat(64), "a".repeat(63), 7, null, undefined], pubkey: ["", "g".repeat(64)], sig: ["c".repeat(64), {}],
    created_at: [-1, 1.5, "1", NaN, 2 ** 53, null], kind: [-1, 65536, 1.5, "1"], content: [null, 7, {}],
    tags: [null, {}, "x", [null], ["x"], [[1]], [{ length: 1 }], Array(17).fill(["x"]), [Array(17).fill("x")]],
  }
  for (const [field, values] of Object.entries(bad)) {
    for (const value of values) assert.equal(readEvent({ ...good, [field]: value }), null, `${field}: ${JSON.stringify(value)}`)
  }
  for (const value of [null, undefined, 1, "x", [], {}]) assert.equal(readEvent(value), null)
})

test("events: a topic is the value of the only tag of its name", () => {
  const event = (tags) => /** @type {any} */ ({ tags })
  assert.equal(onlyTag(event([["x", "t"], ["y", "u"]]), "x"), "t")
  for (const tags of [[], [["x"]], [["x", "t", "u"]], [["x", "t"], ["x", "u"]], [[]]]) assert.equal(onlyTag(event(tags), "x"), null)
})
