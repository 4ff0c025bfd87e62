/**
 * Makes the events we send: a payload encrypted for the room, bound to us and its receiver, in a signed Nostr event.
 *
 * @typedef {import("../crypto/crypto.js").NostrEvent} NostrEvent
 *
 * @typedef {object} Sealer
 * @property {(receiver: string, type: import("./payload.js").PayloadType, body?: object) => Promise<NostrEvent>} seal
 *   receiver: public key or ALL. INVALID_ARGUMENT: body is no JSON; TOO_LARGE: nor small enough
 * @property {(relayUrl: string, challenge: string) => NostrEvent} authentication  NIP-42
 */
import { toHex } from "../crypto/hex.js"
import { WeftError } from "../errors.js"
import { AUTH_KIND, EVENT_KIND, MAX_PAYLOAD_BYTES, TOPIC_TAG } from "./limits.js"
import { sealPayload } from "./payload.js"

/**
 * @param {object} options
 * @param {import("../crypto/crypto.js").Crypto} options.crypto
 * @param {import("../crypto/crypto.js").KeyPair} options.self
 * @param {import("./room-keys.js").RoomKeys} options.keys
 * @param {() => number} options.now
 * @param {(length: number) => Uint8Array} options.random
 * @returns {Sealer}
 */
export function createSealer({ crypto, self, keys, now, random }) {
  return {
    async seal(receiver, type, body) {
      const time = now()
      const text = toJson({ type, time, nonce: toHex(random(16)), body })
      const topic = await keys.topic(receiver)
      const binding = { kind: EVENT_KIND, topic, sender: self.publicKey, receiver }
      const content = await sealPayload(keys.payloadKey, binding, text, random(12))
      const created_at = Math.floor(time / 1000)
      return crypto.sign({ created_at, kind: EVENT_KIND, tags: [[TOPIC_TAG, topic]], content }, self)
    },
    authentication(relayUrl, challenge) {
      const tags = [["relay", relayUrl], ["challenge", challenge]]
      return crypto.sign({ created_at: Math.floor(now() / 1000), kind: AUTH_KIND, tags, content: "" }, self)
    },
  }
}

/** @param {object} payload */
function toJson(payload) {
  let text
  try {
    text = JSON.stringify(payload)
  } catch (cause) {
    throw new WeftError("INVALID_ARGUMENT", "message: cannot be written as JSON", { cause })
  }
  const byteLength = new TextEncoder().encode(text).length
  if (byteLength > MAX_PAYLOAD_BYTES) {
    throw new WeftError("TOO_LARGE", `message: ${byteLength} bytes of JSON, at most ${MAX_PAYLOAD_BYTES} can be signalled`)
  }
  return text
}
