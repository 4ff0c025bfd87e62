// Keys, topics and payloads, against Node's own crypto: docs/signalling.md written a second time.
import assert from "node:assert/strict"
import { createDecipheriv, createHmac, hkdfSync, pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import { openPayload, sealPayload } from "../../../js/signal/payload.js"
import { ALL, deriveRoomKeys } from "../../../js/signal/room-keys.js"

const alice = "aa".repeat(32)
const bob = "bb".repeat(32)

function rootByHand(appId, password) {
  return pbkdf2Sync(`weft/1 password\n${password}`, `weft/1 signal room\n${appId}`, 100_000, 32, "sha256")
}

const expandByHand = (root, label) => Buffer.from(hkdfSync("sha256", root, "", `weft/1 ${label}`, 32))
const topicByHand = (root, receiver) => createHmac("sha256", expandByHand(root, "signal topic")).update(receiver).digest("hex")

test("topics are those of the documentation", async () => {
  for (const [appId, password] of [["room", undefined], ["room", "secret"], ["räume 🚪", "pä ss"]]) {
    const keys = await deriveRoomKeys({ appId, password })
    const root = rootByHand(appId, password ?? "")
    assert.equal(await keys.topic(ALL), topicByHand(root, "all"))
    assert.equal(await keys.topic(alice), topicByHand(root, alice))
  }
  const keys = await deriveRoomKeys({ appId: "room", password: "secret" })
  assert.equal(await keys.topic(ALL), "d8da8beaf0ba35b7850f5930cf835cf45e2080a83cc37b8303ca2cf366d4da3f", "the example in docs/signalling.md")
})

test("another name, another password, another receiver: another topic", async () => {
  const rooms = [{ appId: "a" }, { appId: "b" }, { appId: "a", password: "p" }, { appId: "a", password: "q" }, { appId: "ap" }]
  const topics = new Set()
  for (const room of rooms) {
    const keys = await deriveRoomKeys(room)
    for (const receiver of [ALL, alice, bob]) topics.add(await keys.topic(receiver))
  }
  assert.equal(topics.size, rooms.length * 3)
})

test("no password and the empty one are the same", async () => {
  const [none, empty] = await Promise.all([deriveRoomKeys({ appId: "a" }), deriveRoomKeys({ appId: "a", password: "" })])
  assert.equal(await none.topic(ALL), await empty.topic(ALL))
})

const binding = { kind: 25431, topic: "cc".repeat(32), sender: alice, receiver: bob }
const text = JSON.stringify({ type: "message", time: 1_700_000_000_123, nonce: "0f".repeat(16), body: { sdp: "é" } })

test("a payload opens for whom it was sealed, and as the documentation says", async () => {
  const { payloadKey } = await deriveRoomKeys({ appId: "room", password: "secret" })
  const content = await sealPayload(payloadKey, binding, text, new Uint8Array(12).fill(5))
  assert.deepEqual(await openPayload(payloadKey, binding, content), JSON.parse(text))

  const bytes = Buffer.from(content, "base64")
  const key = expandByHand(rootByHand("room", "secret"), "signal payload")
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
  decipher.setAAD(Buffer.from(["weft/1", 25431, binding.topic, alice, bob].join("\n")))
  decipher.setAuthTag(bytes.subarray(-16))
  assert.equal(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString(), text)
})

test("under any other binding or key it does not open", async () => {
  const { payloadKey } = await deriveRoomKeys({ appId: "room" })
  const other = await deriveRoomKeys({ appId: "room", password: "guess" })
  const content = await sealPayload(payloadKey, binding, text, new Uint8Array(12))
  const changes = { kind: 25432, topic: "cd".repeat(32), sender: bob, receiver: ALL }
  for (const [field, value] of Object.entries(changes)) {
    assert.equal(await openPayload(payloadKey, { ...binding, [field]: value }, content), null, field)
  }
  assert.equal(await openPayload(other.payloadKey, binding, content), null, "key")
  const bytes = Buffer.from(content, "base64")
  for (const at of [0, 11, 12, 40, bytes.length - 1]) {
    const altered = Buffer.from(bytes)
    altered[at] ^= 1
    assert.equal(await openPayload(payloadKey, binding, altered.toString("base64")), null, `byte ${at}`)
  }
  for (const length of [0, 11, 27, 28, bytes.length - 1]) {
    assert.equal(await openPayload(payloadKey, binding, bytes.subarray(0, length).toString("base64")), null, `length ${length}`)
  }
})

test("what is not base64, too long, or not a payload inside does not open either", async () => {
  const { payloadKey } = await deriveRoomKeys({ appId: "room" })
  for (const content of ["", "!", "äöü", "A".repeat(100_000)]) assert.equal(await openPayload(payloadKey, binding, content), null)
  const good = JSON.parse(text)
  const bad = [
    "", "null", "[]", "1", "not json", JSON.stringify({ ...good, type: "toString" }), JSON.stringify({ ...good, time: 1.5 }),
    JSON.stringify({ ...good, time: "1" }), JSON.stringify({ ...good, nonce: "0F".repeat(16) }), JSON.stringify({ ...good, nonce: 7 }),
    JSON.stringify({ ...good, body: null }), JSON.stringify({ ...good, body: [] }), JSON.stringify({ ...good, body: "text" }),
  ]
  for (const inner of bad) {
    const content = await sealPayload(payloadKey, binding, inner, new Uint8Array(12))
    assert.equal(await openPayload(payloadKey, binding, content), null, inner)
  }
})

test("fields that the grammar does not name are left behind", async () => {
  const { payloadKey } = await deriveRoomKeys({ appId: "room" })
  const inner = JSON.stringify({ type: "announce", time: 1, nonce: "00".repeat(16), body: { a: 1 }, extra: true })
  const content = await sealPayload(payloadKey, binding, inner, new Uint8Array(12))
  assert.deepEqual(await openPayload(payloadKey, binding, content), { type: "announce", time: 1, nonce: "00".repeat(16) })
})
