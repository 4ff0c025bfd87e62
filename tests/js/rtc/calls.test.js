// Which offer wins, and which signalling messages are taken at all.
import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeOffer, readSignal } from "../../../js/rtc/calls.js"
import { DEFAULT_LIMITS } from "../../../js/rtc/limits.js"

const lesser = "a".repeat(64)
const greater = "b".repeat(64)

/** @param {number} call @param {{ call: number, dialed: boolean, open: boolean } | null} current @param {boolean} [selfIsGreater] */
const judge = (call, current, selfIsGreater = false) =>
  judgeOffer(selfIsGreater ? { selfId: greater, peerId: lesser, call, current } : { selfId: lesser, peerId: greater, call, current })

test("without a link any offer is taken", () => assert.equal(judge(1, null), "accept"))

test("glare: of two equal calls the greater id's lives, on both sides", () => {
  const dialing = { call: 3, dialed: true, open: false }
  assert.equal(judge(3, dialing, true), "offer again")
  assert.equal(judge(3, dialing, false), "accept")
})

test("a later call replaces whatever there is: its dialer knows that to be dead", () => {
  for (const dialed of [true, false]) for (const open of [true, false]) assert.equal(judge(4, { call: 3, dialed, open }), "accept")
})

test("an offer that comes late never harms a healthy link", () => {
  for (const dialed of [true, false]) for (const selfIsGreater of [true, false]) {
    assert.equal(judge(3, { call: 3, dialed, open: true }, selfIsGreater), "stale")
    assert.equal(judge(2, { call: 3, dialed, open: true }, selfIsGreater), "stale")
  }
})

test("a repeated offer gets the answer again", () => assert.equal(judge(3, { call: 3, dialed: false, open: false }), "answer again"))

test("an older offer than the one we sent shows that ours was lost", () => {
  assert.equal(judge(1, { call: 3, dialed: true, open: false }), "offer again")
  assert.equal(judge(1, { call: 3, dialed: false, open: false }), "stale")
})

test("well-formed messages are read, with nothing but what they may carry", () => {
  const candidate = { candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0 }
  assert.deepEqual(readSignal({ type: "offer", call: 1, sdp: "v=0", candidates: [{ ...candidate, extra: 1 }], more: 2 }, DEFAULT_LIMITS),
    { type: "offer", call: 1, sdp: "v=0", candidates: [candidate] })
  assert.deepEqual(readSignal({ type: "candidates", call: 7, dialed: true, candidates: [] }, DEFAULT_LIMITS),
    { type: "candidates", call: 7, dialed: true, candidates: [] })
})

const good = { type: "offer", call: 1, sdp: "v=0", candidates: [] }
const bad = /** @type {[string, unknown][]} */ ([
  ["nothing", null], ["a string", "offer"], ["a list", []], ["no type", { ...good, type: undefined }],
  ["an unknown type", { ...good, type: "shout" }], ["call 0", { ...good, call: 0 }], ["a fraction", { ...good, call: 1.5 }],
  ["a call as text", { ...good, call: "1" }], ["a call beyond 31 bits", { ...good, call: 2 ** 31 }],
  ["no sdp", { ...good, sdp: undefined }], ["an endless sdp", { ...good, sdp: "x".repeat(100_001) }],
  ["no candidates", { ...good, candidates: undefined }], ["too many candidates", { ...good, candidates: Array(65).fill({ candidate: "" }) }],
  ["a candidate that is none", { ...good, candidates: [null] }], ["a candidate without text", { ...good, candidates: [{}] }],
  ["an endless candidate", { ...good, candidates: [{ candidate: "x".repeat(1025) }] }],
  ["a wild mid", { ...good, candidates: [{ candidate: "", sdpMid: {} }] }],
  ["a negative line", { ...good, candidates: [{ candidate: "", sdpMLineIndex: -1 }] }],
  ["candidates of nobody's call", { type: "candidates", call: 1, candidates: [] }],
])
for (const [what, value] of bad) test(`refused: ${what}`, () => assert.equal(readSignal(value, DEFAULT_LIMITS), null))
