/** Ids of nodes, and the arguments that are as small: labels. */
import { MAX_ID_BYTES, MAX_LABEL_BYTES } from "../codec/limits.js"
import { utf8Length } from "../codec/utf8.js"
import { WeftError } from "../errors.js"

/** 64 letters that need no escaping in an address. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
/** Every pair of letters: 12 bits at once. */
const PAIRS = Array.from({ length: 4096 }, (_, bits) => LETTERS[bits >> 6] + LETTERS[bits & 63])
const PAIRS_AN_ID = 10

const pool = new Uint16Array(PAIRS_AN_ID * 256)
let used = pool.length

/** 120 random bits as 20 letters. */
export function freshId() {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  let id = ""
  for (let i = 0; i < PAIRS_AN_ID; i++) id += PAIRS[pool[used++] & 0xfff]
  return id
}

/**
 * @param {unknown} id @param {string} name of the argument
 * @returns {number} its bytes of UTF-8
 */
export function checkId(id, name) {
  if (typeof id === "string") {
    // A well-formed text of up to a third of the bound cannot be longer in bytes.
    const bytes = id.length <= MAX_ID_BYTES ? utf8Length(id) : MAX_ID_BYTES + 1
    if (bytes > 0 && bytes <= MAX_ID_BYTES) return bytes
  }
  throw new WeftError("INVALID_ID", `${name} must be a well-formed string of 1 to ${MAX_ID_BYTES} bytes of UTF-8`, { path: name })
}

/** @param {unknown} label @returns {string} */
export function checkLabel(label = "") {
  if (typeof label === "string" && label.length <= MAX_LABEL_BYTES) {
    const bytes = utf8Length(label)
    if (bytes >= 0 && bytes <= MAX_LABEL_BYTES) return label
  }
  throw new WeftError("INVALID_ARGUMENT", `label must be a well-formed string of at most ${MAX_LABEL_BYTES} bytes of UTF-8`, { path: "label" })
}

/**
 * An object of named arguments, which may be missing.
 * @param {unknown} given @param {string} name @param {readonly string[]} known
 * @returns {Record<string, any>}
 */
export function checkNamed(given, name, known) {
  if (given === undefined) return {}
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new WeftError("INVALID_ARGUMENT", `${name} must be an object`, { path: name })
  }
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new WeftError("INVALID_ARGUMENT", `${name}.${unknown} is not known; there is ${known.join(", ")}`, { path: `${name}.${unknown}` })
  }
  return given
}
