/**
 * The arguments of `map`: options and a callback in any order; the options become the JSON that the core parses.
 *
 * What JSON cannot say is written as the specials of `src/query/literal.h`: `{"$date": ms}`, `{"$bigint": "5"}`,
 * `{"$binary": base64}`, `{"$number": "NaN"}`, `{"$undefined": true}`; a RegExp as `{"$regex": [source, flags]}`.
 *
 * Invariant: nothing is left out. What cannot be said is an error with its path, since a condition that silently
 * disappears matches too much.
 */
import { WeftError } from "../errors.js"

/** Enough for any path to an error; the core's own bound is nearer. */
const MAX_DEPTH = 64

const encoder = new TextEncoder()

/**
 * @typedef {object} MapCall
 * @property {Uint8Array} json
 * @property {((event: any) => unknown) | undefined} callback
 * @property {boolean} counts only how many there are
 * @property {boolean} realtime whether the callback hears of changes, not only of what is there
 */

/**
 * @param {unknown[]} args
 * @returns {MapCall}
 */
export function readMapCall(args) {
  /** @type {MapCall["callback"]} */
  let callback
  /** @type {Record<string, unknown>} */
  const options = {}
  for (const arg of args) {
    if (arg === undefined) continue
    if (typeof arg === "function") {
      if (callback) throw new WeftError("INVALID_ARGUMENT", "map takes one callback")
      callback = /** @type {MapCall["callback"]} */ (arg)
    } else if (typeof arg === "object" && arg !== null && !Array.isArray(arg)) {
      Object.assign(options, arg)
    } else {
      throw new WeftError("INVALID_ARGUMENT", "map takes an object of options and a callback, in any order")
    }
  }
  const { realtime = true, ...query } = options
  if (typeof realtime !== "boolean") throw new WeftError("INVALID_ARGUMENT", "realtime must be true or false", { path: "realtime" })
  return { json: encoder.encode(toText(query, "", 0)), callback, counts: query.$count === true, realtime }
}

/** @param {unknown} value @param {string} path @param {number} depth @returns {string} */
function toText(value, path, depth) {
  switch (typeof value) {
    case "string": return JSON.stringify(value)
    case "boolean": return String(value)
    case "number": return Number.isFinite(value) ? String(Object.is(value, -0) ? "-0" : value) : `{"$number":"${value}"}`
    case "bigint": return `{"$bigint":"${value}"}`
    case "undefined": return '{"$undefined":true}'
    case "object": return value === null ? "null" : objectToText(value, path, depth)
    default: return refuse(path, `a ${typeof value} cannot be asked for`)
  }
}

/** @param {object} value @param {string} path @param {number} depth @returns {string} */
function objectToText(value, path, depth) {
  if (depth > MAX_DEPTH) throw new WeftError("TOO_DEEP", `${path.slice(0, 60)}… is nested too deep, or contains itself`, { path })
  if (Array.isArray(value)) {
    return `[${Array.from(value, (entry, index) => toText(entry, `${path}[${index}]`, depth + 1)).join(",")}]`
  }
  if (value instanceof Date) return dateToText(value, path)
  if (value instanceof RegExp) return `{"$regex":${JSON.stringify([value.source, value.flags])}}`
  if (value instanceof Uint8Array) return `{"$binary":"${toBase64(value)}"}`
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    refuse(path, `an instance of ${prototype.constructor?.name} cannot be asked for`)
  }
  const entries = Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}:${toText(entry, path ? `${path}.${name}` : name, depth + 1)}`)
  return `{${entries.join(",")}}`
}

/** @param {Date} value @param {string} path */
function dateToText(value, path) {
  const ms = value.getTime()
  return ms === ms ? `{"$date":${ms}}` : refuse(path, "an invalid Date cannot be asked for")
}

/** @param {Uint8Array} bytes */
function toBase64(bytes) {
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** @param {string} path @param {string} what @returns {never} */
function refuse(path, what) {
  throw new WeftError("INVALID_QUERY", `${path || "the query"}: ${what}`, { path })
}
