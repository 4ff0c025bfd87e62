// What the demo says about what is wrong.
import assert from "node:assert/strict"
import { test } from "node:test"
import { troublesOf } from "../../../web-demo/trouble.js"

const now = 1_000_000
const relay = { url: "wss://one.example", state: "open", since: 0, error: null, retryAt: null }
const failed = { ...relay, url: "wss://two.example", state: "failed", error: "cannot connect (1006)", retryAt: now + 3_500 }
const rtc = { relays: [relay], peers: [], failures: [] }
const well = { open: true, rtc, clockAhead: [], storage: { error: null } }
const words = (/** @type {object} */ status) => troublesOf({ ...well, ...status }, now).map(({ text }) => text).join("\n")

test("nothing is said while all is well", () => {
  assert.equal(words({}), "")
  assert.equal(words({ rtc: null }), "")
  assert.equal(words({ rtc: { ...rtc, relays: [{ ...relay, state: "connecting", since: now - 1_000 }] } }), "")
})

test("a relay that fails is named, with what it means for the peers", () => {
  assert.match(words({ rtc: { ...rtc, relays: [relay, failed] } }), /two\.example cannot be reached: cannot connect.*in 4 s\. 1 other relay still works/)
  assert.match(words({ rtc: { ...rtc, relays: [failed] } }), /cannot find you until it is back\. What you change is kept/)
  assert.match(words({ rtc: { ...rtc, relays: [failed], peers: [{ id: "a", state: "open" }] } }), /The peer you see stays connected/)
  assert.match(words({ rtc: { ...rtc, relays: [{ ...relay, state: "connecting", since: now - 10_000 }] } }), /one\.example cannot be reached/)
})

test("a peer that is lost or out of reach is named, until it is back or it is long ago", () => {
  const failure = { peerId: "abcdef0123456789", code: "lost", message: "nothing heard for 10 s", at: now - 1_000 }
  assert.match(words({ rtc: { ...rtc, failures: [failure] } }), /peer abcdef01 was lost: nothing heard for 10 s/)
  assert.match(words({ rtc: { ...rtc, failures: [{ ...failure, code: "timeout" }] } }), /could not be reached.*TURN/)
  assert.equal(words({ rtc: { ...rtc, failures: [failure], peers: [{ id: failure.peerId, state: "open" }] } }), "")
  assert.equal(words({ rtc: { ...rtc, failures: [{ ...failure, at: now - 60_000 }] } }), "")
})

test("a clock that runs ahead, a store that fails and a closed database are told", () => {
  assert.match(words({ clockAhead: ["0123456789abcdef"] }), /replica 01234567 runs ahead/)
  assert.match(words({ storage: { error: new Error("the disk is full") } }), /Storing failed: the disk is full/)
  assert.match(words({ open: false, error: "CLOSED" }), /closed \(CLOSED\)/)
})
