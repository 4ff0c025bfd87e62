/**
 * The encrypted content of an event: base64 of `iv (12 bytes) ‖ AES-GCM(text) ‖ tag (16 bytes)`.
 *
 * Invariants
 * 1. The ciphertext is bound to protocol, kind, topic, sender and receiver: put under any other it does not open.
 * 2. `openPayload` returns null for everything that is not exactly what `sealPayload` makes; it throws nothing.
 *
 * @typedef {"announce" | "here" | "goodbye" | "message"} PayloadType
 *
 * @typedef {object} Payload
 * @property {PayloadType} type
 * @property {number} time  milliseconds since 1970; its second is the event's created_at
 * @property {string} nonce  32 hex digits, never used twice
 * @property {object} [body]  of a message
 *
 * @typedef {object} Binding
 * @property {number} kind
 * @property {string} topic
 * @property {string} sender  public key
 * @property {string} receiver  public key or "all"
 */
import { isHex } from "../crypto/hex.js"
import { MAX_PAYLOAD_BYTES, PROTOCOL } from "./limits.js"

const IV_BYTES = 12
const TAG_BYTES = 16
const TYPES = new Set(["announce", "here", "goodbye", "message"])

/** @param {Binding} binding */
function additionalData({ kind, topic, sender, receiver }) {
  return new TextEncoder().encode([PROTOCOL, kind, topic, sender, receiver].join("\n"))
}

/**
 * @param {CryptoKey} key
 * @param {Binding} binding
 * @param {string} text the payload as JSON
 * @param {Uint8Array} iv 12 fresh random bytes
 * @returns {Promise<string>} base64
 */
export async function sealPayload(key, binding, text, iv) {
  const cipher = { name: "AES-GCM", iv, additionalData: additionalData(binding) }
  const sealed = new Uint8Array(await globalThis.crypto.subtle.encrypt(cipher, key, new TextEncoder().encode(text)))
  const bytes = new Uint8Array(IV_BYTES + sealed.length)
  bytes.set(iv)
  bytes.set(sealed, IV_BYTES)
  return toBase64(bytes)
}

/**
 * @param {CryptoKey} key
 * @param {Binding} binding
 * @param {string} content
 * @returns {Promise<Payload | null>}
 */
export async function openPayload(key, binding, content) {
  const bytes = fromBase64(content)
  if (bytes === null || bytes.length < IV_BYTES + TAG_BYTES) return null
  const cipher = { name: "AES-GCM", iv: bytes.subarray(0, IV_BYTES), additionalData: additionalData(binding) }
  try {
    const plain = await globalThis.crypto.subtle.decrypt(cipher, key, bytes.subarray(IV_BYTES))
    return readPayload(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plain)))
  } catch {
    return null // a wrong key, a foreign binding, not JSON: a stranger's all the same
  }
}

/** @param {any} value @returns {Payload | null} */
function readPayload(value) {
  if (typeof value !== "object" || value === null) return null
  const { type, time, nonce, body } = value
  if (!TYPES.has(type) || !Number.isSafeInteger(time) || !isHex(nonce, 16)) return null
  if (type !== "message") return { type, time, nonce }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null
  return { type, time, nonce, body }
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let text = ""
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

/** @param {string} text */
function fromBase64(text) {
  if (text.length > Math.ceil((IV_BYTES + MAX_PAYLOAD_BYTES + TAG_BYTES) / 3) * 4) return null
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    return null
  }
}
