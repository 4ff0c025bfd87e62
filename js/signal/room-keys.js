/**
 * What a room's members share, derived from the room's name and its password (docs/signalling.md, "Keys").
 *
 * Invariants
 * 1. A slow derivation comes first, with or without a password: whoever sees the topics must pay it for each guess.
 * 2. Topics and payload key are derived apart; neither tells of the other, nor of name or password.
 * 3. Every member has a topic of its own beside the room's, so that a relay brings it only what is meant for it.
 */
import { toHex } from "../crypto/hex.js"
import { PBKDF2_ROUNDS, PROTOCOL } from "./limits.js"

/** The receiver of what everyone may read. */
export const ALL = "all"

/**
 * @typedef {object} RoomKeys
 * @property {CryptoKey} payloadKey  AES-GCM, 256 bits
 * @property {(receiver: string) => Promise<string>} topic  of a public key, or of ALL; 64 hex digits
 */

/** @param {string} text */
const utf8 = (text) => new TextEncoder().encode(text)

/**
 * @param {{ appId: string, password?: string }} room
 * @returns {Promise<RoomKeys>}
 */
export async function deriveRoomKeys({ appId, password = "" }) {
  const { subtle } = globalThis.crypto
  // The prefix keeps the password from being empty, which not every implementation takes.
  const secret = await subtle.importKey("raw", utf8(`${PROTOCOL} password\n${password}`), "PBKDF2", false, ["deriveBits"])
  const salt = utf8(`${PROTOCOL} signal room\n${appId}`)
  const slow = { name: "PBKDF2", hash: "SHA-256", salt, iterations: PBKDF2_ROUNDS }
  const root = await subtle.importKey("raw", await subtle.deriveBits(slow, secret, 256), "HKDF", false, ["deriveKey"])

  /** @param {string} label */
  const expand = (label) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(`${PROTOCOL} ${label}`) })
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 }
  const topicKey = await subtle.deriveKey(expand("signal topic"), root, hmac, false, ["sign"])
  const aes = { name: "AES-GCM", length: 256 }
  const payloadKey = await subtle.deriveKey(expand("signal payload"), root, aes, false, ["encrypt", "decrypt"])

  return {
    payloadKey,
    async topic(receiver) {
      return toHex(new Uint8Array(await subtle.sign("HMAC", topicKey, utf8(receiver))))
    },
  }
}
