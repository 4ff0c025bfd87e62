/**
 * Where peers meet when the application names no relay. Public relays come and go: each one's health is in `status()`,
 * a dead one costs a connection attempt now and then. Whoever depends on meeting names relays of their own.
 */
import { WeftError } from "../errors.js"
import { MAX_RELAYS } from "./limits.js"

export const DEFAULT_RELAY_URLS = Object.freeze([
  "wss://nos.lol",
  "wss://relay.damus.io",
  "wss://purplerelay.com",
  "wss://relay.mostr.pub",
  "wss://nostr.data.haus",
  "wss://relay.nostr.place",
])

/**
 * The URLs as they were given, each relay once. INVALID_ARGUMENT when one is none of a WebSocket.
 * @param {unknown} relayUrls
 * @returns {string[]}
 */
export function checkRelayUrls(relayUrls) {
  if (relayUrls === undefined) return [...DEFAULT_RELAY_URLS]
  if (!Array.isArray(relayUrls) || relayUrls.length === 0) {
    throw new WeftError("INVALID_ARGUMENT", "relayUrls: must be an array of at least one ws:// or wss:// URL")
  }
  if (relayUrls.length > MAX_RELAYS) {
    throw new WeftError("INVALID_ARGUMENT", `relayUrls: at most ${MAX_RELAYS} relays`)
  }
  const byAddress = new Map(relayUrls.map((url, index) => [checkUrl(url, index), url]))
  return [...byAddress.values()]
}

/** @param {unknown} value @param {number} index @returns {string} the normalized address */
function checkUrl(value, index) {
  const path = `relayUrls[${index}]`
  if (typeof value !== "string") throw new WeftError("INVALID_ARGUMENT", `${path}: must be a string`, { path })
  /** @type {URL} */
  let url
  try {
    url = new URL(value)
  } catch (cause) {
    throw new WeftError("INVALID_ARGUMENT", `${path}: "${value}" is not a URL`, { path, cause })
  }
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new WeftError("INVALID_ARGUMENT", `${path}: "${value}" does not begin with ws:// or wss://`, { path })
  }
  if (url.hash !== "") throw new WeftError("INVALID_ARGUMENT", `${path}: "${value}" must have no #fragment`, { path })
  return url.href
}
