// The example at the end of docs/signalling.md is what this implementation makes, byte for byte.
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { verifyEvent } from "nostr-tools/pure"
import { loadCrypto } from "../../../js/crypto/crypto.js"
import { openPayload } from "../../../js/signal/payload.js"
import { ALL, deriveRoomKeys } from "../../../js/signal/room-keys.js"
import { createSealer } from "../../../js/signal/sealer.js"
import { locate } from "./helpers.js"

const text = await readFile(join(import.meta.dirname, "../../../docs/signalling.md"), "utf8")
const example = JSON.parse(/```json\n([^`]*)```/.exec(text)?.[1] ?? "")

test("the documented example is made from the documented inputs", async () => {
  const crypto = await loadCrypto({ locate, random: (length) => new Uint8Array(length) })
  const keys = await deriveRoomKeys({ appId: "room", password: "secret" })
  const secret = (byte) => new Uint8Array(32).fill(byte)
  const self = { secret: secret(1), publicKey: crypto.publicKey(secret(1)) }
  const receiver = crypto.publicKey(secret(2))
  const random = (length) => new Uint8Array(length).fill(length === 12 ? 3 : 4)
  const sealer = createSealer({ crypto, self, keys, now: () => 1700000000123, random })
  const event = await sealer.seal(receiver, "message", { hello: "world" })

  assert.deepEqual({ "topic(all)": await keys.topic(ALL), receiver, event }, example)
  assert.equal(verifyEvent(structuredClone(example.event)), true)
  const binding = { kind: event.kind, topic: event.tags[0][1], sender: event.pubkey, receiver }
  assert.deepEqual((await openPayload(keys.payloadKey, binding, event.content))?.body, { hello: "world" })
})
