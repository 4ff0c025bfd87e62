/**
 * The options of `weft(name, options)`, checked: what comes out of here needs no more questions.
 *
 * @typedef {object} Options
 * @property {import("../host/rtc.js").RtcOptions | null} rtc
 * @property {string | undefined} password
 * @property {import("../host/judges.js").Middleware[]} middleware
 * @property {number} saveDelay milliseconds
 * @property {boolean} strict a write waits for the flush
 * @property {string | undefined} storage
 * @property {boolean} tabs
 * @property {string[]} indexes fields or dot paths
 * @property {boolean} debug
 * @property {import("../core/replica.js").ReplicaOptions} core
 */
import { WeftError } from "../errors.js"

const KNOWN = new Set(["rtc", "password", "middleware", "oplogSize", "saveDelay", "durability", "storage", "merge", "fullState",
  "reconcile", "maxDrift", "compressAbove", "proveAfter", "indexes", "debug", "sm", "tabs"])
const KNOWN_RTC = new Set(["relayUrls", "turnConfig", "iceServers", "cells"])

const LARGEST_OPLOG = 1_000_000
const LARGEST_U32 = 2 ** 32 - 1
/** A year: what is meant as "never" still is a number of milliseconds a timer can hold in pieces. */
const LONGEST_MS = 365 * 24 * 60 * 60 * 1000

/**
 * @param {unknown} given
 * @returns {Options}
 */
export function readOptions(given = {}) {
  const options = record(given, "options")
  refuseLater(options)
  const debug = flag(options, "debug", false)
  if (debug) warnUnknown(options, KNOWN, "options")
  return {
    rtc: readRtc(options.rtc, debug),
    password: readPassword(options),
    middleware: readMiddleware(options.middleware),
    saveDelay: number(options, "saveDelay", 200, LONGEST_MS),
    strict: choice(options, "durability", ["relaxed", "strict"]) === "strict",
    storage: /** @type {string | undefined} */ (options.storage),
    tabs: flag(options, "tabs", isBrowser()),
    indexes: readIndexes(options.indexes),
    debug,
    core: {
      nodeWriter: choice(options, "merge", ["field", "node"]) === "node",
      replaceFullState: choice(options, "fullState", ["merge", "replace"]) === "replace",
      reconcile: flag(options, "reconcile", true),
      oplogSize: number(options, "oplogSize", 1000, LARGEST_OPLOG),
      compressAbove: number(options, "compressAbove", 512, LARGEST_U32),
      maxDriftMs: number(options, "maxDrift", 2 * 60 * 60 * 1000, LONGEST_MS),
      proveAfterMs: number(options, "proveAfter", 1000, LONGEST_MS),
    },
  }
}

/** What the API names and later versions bring is refused, not ignored. @param {Record<string, unknown>} options */
function refuseLater(options) {
  if (options.sm !== undefined) later("sm")
}

/** @param {string} what @returns {never} */
function later(what) {
  throw new WeftError("NOT_SUPPORTED_YET", `${what} is not supported yet`, { path: `options.${what}` })
}

/** @param {string} name @param {string} rule @returns {never} */
function wrong(name, rule) {
  throw new WeftError("INVALID_ARGUMENT", `options.${name} must be ${rule}`, { path: `options.${name}` })
}

/** @param {unknown} value @param {string} name @returns {Record<string, unknown>} */
function record(value, name) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WeftError("INVALID_ARGUMENT", `${name} must be an object`, { path: name })
  }
  return /** @type {Record<string, unknown>} */ (value)
}

/** @param {Record<string, unknown>} options @param {string} name @param {boolean} fallback */
function flag(options, name, fallback) {
  const value = options[name] ?? fallback
  return typeof value === "boolean" ? value : wrong(name, "true or false")
}

/** @param {Record<string, unknown>} options @param {string} name @param {number} fallback @param {number} most */
function number(options, name, fallback, most) {
  const value = options[name] ?? fallback
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most ? value : wrong(name, `a whole number from 0 to ${most}`)
}

/** The first one is the default. @param {Record<string, unknown>} options @param {string} name @param {string[]} choices */
function choice(options, name, choices) {
  const value = options[name] ?? choices[0]
  return typeof value === "string" && choices.includes(value) ? value : wrong(name, choices.map((one) => `"${one}"`).join(" or "))
}

/** @param {unknown} given @param {boolean} debug @returns {Options["rtc"]} */
function readRtc(given, debug) {
  if (given === undefined || given === null || given === false) return null
  if (given === true) return {}
  if (typeof given !== "object" || Array.isArray(given)) wrong("rtc", "true, false or an object")
  const rtc = /** @type {Record<string, unknown>} */ (given)
  if (debug) warnUnknown(rtc, KNOWN_RTC, "options.rtc")
  if (rtc.cells !== undefined && rtc.cells !== false) later("rtc.cells")
  const { relayUrls } = rtc
  if (relayUrls !== undefined && !isRelayList(relayUrls)) wrong("rtc.relayUrls", "an array of ws:// or wss:// addresses")
  return { relayUrls: /** @type {string[] | undefined} */ (relayUrls), turnConfig: rtc.turnConfig, iceServers: rtc.iceServers }
}

/** @param {unknown} urls */
function isRelayList(urls) {
  return Array.isArray(urls) && urls.length > 0 && urls.every((url) => typeof url === "string" && /^wss?:\/\//.test(url))
}

/** @param {unknown} given @returns {string[]} */
function readIndexes(given = []) {
  return Array.isArray(given) && given.every((field) => typeof field === "string" && field !== "") ? given : wrong("indexes", "an array of fields or dot paths")
}

/** @param {Record<string, unknown>} options */
function readPassword(options) {
  const { password } = options
  if (password === undefined || password === null) return undefined
  if (typeof password !== "string" || password === "") wrong("password", "a string that is not empty")
  return password
}

/** @param {unknown} given @returns {Options["middleware"]} */
function readMiddleware(given) {
  if (given === undefined || given === null) return []
  const list = Array.isArray(given) ? given : [given]
  for (const middleware of list) if (typeof middleware !== "function") wrong("middleware", "a function or an array of functions")
  return list
}

/** @param {Record<string, unknown>} options @param {Set<string>} known @param {string} name */
function warnUnknown(options, known, name) {
  const unknown = Object.keys(options).filter((key) => !known.has(key))
  if (unknown.length > 0) console.warn(`[weft] ${name}: not known, ignored: ${unknown.join(", ")}`)
}

/** A page or a worker of one: there are other tabs, and a disk. */
function isBrowser() {
  return typeof globalThis.BroadcastChannel === "function" && typeof globalThis.navigator?.locks === "object"
}
