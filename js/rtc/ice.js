/**
 * The `iceServers` and `turnConfig` options, checked and merged into an RTCConfiguration.
 *
 * Invariants
 * 1. What is not a well-formed server rejects with INVALID_ARGUMENT and its path; nothing is dropped silently.
 * 2. Without options two public STUN servers are used; `iceServers: []` uses none. TURN servers are added to either.
 */
import { WeftError } from "../errors.js"

/** Two operators, so that one outage does not keep peers apart. They learn addresses, never content. */
export const DEFAULT_ICE_SERVERS = Object.freeze([
  Object.freeze({ urls: "stun:stun.l.google.com:19302" }),
  Object.freeze({ urls: "stun:stun.cloudflare.com:3478" }),
])

const STUN_OR_TURN = /^(stuns?|turns?):[^\s/?#]+(\?transport=(udp|tcp))?$/i
const TURN = /^turns?:/i

/**
 * @param {{ iceServers?: unknown, turnConfig?: unknown, iceTransportPolicy?: unknown }} [options]
 * @returns {RTCConfiguration}
 */
export function iceConfiguration({ iceServers, turnConfig, iceTransportPolicy } = {}) {
  const plain = iceServers === undefined ? DEFAULT_ICE_SERVERS : serverList(iceServers, "rtc.iceServers")
  const turn = turnConfig === undefined ? [] : serverList(turnConfig, "rtc.turnConfig")
  for (const [index, server] of turn.entries()) {
    if (!urlsOf(server).some((url) => TURN.test(url))) throw invalid(`rtc.turnConfig[${index}].urls`, "has no turn: or turns: address")
  }
  if (iceTransportPolicy !== undefined && iceTransportPolicy !== "all" && iceTransportPolicy !== "relay") {
    throw invalid("rtc.iceTransportPolicy", 'must be "all" or "relay"')
  }
  return { iceServers: [...plain, ...turn].map((server) => ({ ...server })), ...(iceTransportPolicy ? { iceTransportPolicy } : {}) }
}

/**
 * @param {unknown} value one server or a list
 * @param {string} path
 * @returns {RTCIceServer[]}
 */
function serverList(value, path) {
  const list = Array.isArray(value) ? value : [value]
  return list.map((server, index) => checkServer(server, Array.isArray(value) ? `${path}[${index}]` : path))
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {RTCIceServer}
 */
function checkServer(value, path) {
  if (value === null || typeof value !== "object") throw invalid(path, "must be an object like { urls, username, credential }")
  const server = /** @type {Record<string, unknown>} */ (value)
  const urls = server.urls ?? server.url
  if (typeof urls !== "string" && !(Array.isArray(urls) && urls.length > 0 && urls.every((url) => typeof url === "string"))) {
    throw invalid(`${path}.urls`, "must be a string or a list of strings")
  }
  for (const url of [urls].flat()) {
    if (!STUN_OR_TURN.test(url)) throw invalid(`${path}.urls`, `has ${JSON.stringify(url)}, which is no stun: or turn: address`)
    if (!TURN.test(url)) continue
    if (typeof server.username !== "string") throw invalid(`${path}.username`, "must be a string for a TURN server")
    if (typeof server.credential !== "string") throw invalid(`${path}.credential`, "must be a string for a TURN server")
  }
  const { username, credential } = /** @type {{ username?: string, credential?: string }} */ (server)
  return { urls, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) }
}

/** @param {RTCIceServer} server @returns {string[]} */
function urlsOf(server) {
  return Array.isArray(server.urls) ? server.urls : [server.urls]
}

/** @param {string} path @param {string} what */
function invalid(path, what) {
  return new WeftError("INVALID_ARGUMENT", `${path} ${what}`, { path })
}
