// The iceServers and turnConfig options.
import assert from "node:assert/strict"
import { test } from "node:test"
import { DEFAULT_ICE_SERVERS, iceConfiguration } from "../../../js/rtc/ice.js"

const turn = { urls: "turn:turn.example:3478?transport=tcp", username: "u", credential: "p" }

test("without options the built-in STUN servers are used, with an empty list none", () => {
  assert.deepEqual(iceConfiguration().iceServers, DEFAULT_ICE_SERVERS.map((server) => ({ ...server })))
  assert.deepEqual(iceConfiguration({ iceServers: [] }), { iceServers: [] })
})

test("turnConfig, one or a list, is added to iceServers", () => {
  assert.deepEqual(iceConfiguration({ iceServers: [], turnConfig: turn }).iceServers, [turn])
  assert.deepEqual(iceConfiguration({ iceServers: { urls: "stun:s.example" }, turnConfig: [turn, turn] }).iceServers, [{ urls: "stun:s.example" }, turn, turn])
  assert.equal(/** @type {any[]} */ (iceConfiguration({ turnConfig: turn }).iceServers).length, DEFAULT_ICE_SERVERS.length + 1)
})

test("the policy passes through", () => assert.equal(iceConfiguration({ iceServers: [], iceTransportPolicy: "relay" }).iceTransportPolicy, "relay"))

const bad = /** @type {[string, any, string][]} */ ([
  ["a string", { iceServers: "stun:s.example" }, "rtc.iceServers"],
  ["null", { iceServers: [null] }, "rtc.iceServers[0]"],
  ["no urls", { iceServers: [{}] }, "rtc.iceServers[0].urls"],
  ["an empty list of urls", { iceServers: [{ urls: [] }] }, "rtc.iceServers[0].urls"],
  ["a web address", { iceServers: [{ urls: "https://s.example" }] }, "rtc.iceServers[0].urls"],
  ["TURN without a name", { turnConfig: { urls: "turn:t.example" } }, "rtc.turnConfig.username"],
  ["TURN without a credential", { turnConfig: [{ urls: "turn:t.example", username: "u" }] }, "rtc.turnConfig[0].credential"],
  ["a turnConfig of STUN only", { turnConfig: [{ urls: "stun:s.example" }] }, "rtc.turnConfig[0].urls"],
  ["an unknown policy", { iceTransportPolicy: "direct" }, "rtc.iceTransportPolicy"],
])
for (const [what, options, path] of bad) {
  test(`refused: ${what}`, () => assert.throws(() => iceConfiguration(options), { code: "INVALID_ARGUMENT", path }))
}
