/**
 * JS values → the canonical MessagePack dialect (docs/data-model.md, "Canonical"), by way of writer.js.
 *
 * A map's entries are the own enumerable names in the writer's order (the core sorts the top); `undefined` is dropped
 * from maps and nil in arrays; what has a `toJSON` is written as what it returns.
 *
 * Invariant: what cannot be said in the dialect throws a WeftError with `code` and the `path` of the offender.
 */
import { WeftError } from "../errors.js"
import { MAX_DEPTH, MAX_VALUE_BYTES } from "./limits.js"
import { findCircle, pathOf } from "./trail.js"
import {
  checkSize, closeMap, dropMap, lock, openMap, tooLarge, unlock, writeArrayHeader, writeBigint, writeBinary, writeBoolean,
  writeDate, writeNil, writeNumber, writeText,
} from "./writer.js"

const hasOwn = Object.prototype.hasOwnProperty
const { getPrototypeOf } = Object
const plainPrototype = Object.prototype

/** What the value's path is called. */
let rootName = "value"
/** @type {import("./trail.js").Trail} */
const trail = []

/**
 * One value of the caller's.
 * @param {unknown} value
 * @param {string} name what a path to it begins with
 */
export function writeValue(value, name) {
  rootName = name
  lock()
  try {
    if (value === undefined) fail("INVALID_VALUE", "undefined is not a value", 0)
    write(value, 0)
    checkSize()
  } catch (error) {
    throw explained(error, value, name)
  } finally {
    unlock()
  }
}

/** @param {unknown} error @param {unknown} value @param {string} name @returns {unknown} */
function explained(error, value, name) {
  if (!(error instanceof WeftError)) {
    return new WeftError("INVALID_VALUE", `${name} could not be read: ${String(error)}`, { path: name, cause: error })
  }
  if (error.code !== "TOO_LARGE" && error.code !== "TOO_DEEP") return error
  // A circle always ends at one of the two bounds, so only then it is looked for, and writing costs nothing for it.
  const circle = findCircle(value, trail)
  const path = circle >= 0 ? pathOf(name, trail, circle) : error.path ?? name
  return circle >= 0
    ? new WeftError("CIRCULAR_VALUE", `${path}: the value contains itself`, { path })
    : new WeftError(error.code, `${path}: ${error.message}`, { path })
}

/** @param {unknown} value @param {number} depth how many containers it stands in */
function write(value, depth) {
  switch (typeof value) {
    case "string": return writeText(value) || unpaired(depth)
    case "number": return writeNumber(value)
    case "boolean": return writeBoolean(value)
    case "object": return value === null ? writeNil() : writeObject(value, depth)
    case "undefined": return writeNil()
    case "bigint": return writeBigint(value) || fail("INVALID_VALUE", "a bigint must fit in 64 bits", depth)
    default: return fail("INVALID_VALUE", `a ${typeof value} is not a value`, depth)
  }
}

/** @param {object} object @param {number} depth */
function writeObject(object, depth) {
  if (Array.isArray(object)) return writeArray(object, depth)
  const prototype = getPrototypeOf(object)
  if (prototype === plainPrototype || prototype === null) return writeMap(object, depth)
  if (object instanceof Uint8Array) return writeBinary(object)
  if (object instanceof Date) return writeMoment(object, depth)
  writeForeign(object, prototype, depth)
}

/** Class instances, and what came from another realm. @param {object} object @param {object} prototype @param {number} depth */
function writeForeign(object, prototype, depth) {
  const tag = Object.prototype.toString.call(object)
  if (tag === "[object Date]") return writeMoment(new Date(Number(object)), depth)
  if (tag === "[object Uint8Array]") return writeBinary(new Uint8Array(/** @type {any} */ (object)))
  const { toJSON } = /** @type {any} */ (object)
  if (typeof toJSON === "function") return writeJson(object, depth)
  if (tag === "[object Object]" && getPrototypeOf(prototype) === null) return writeMap(object, depth)
  const name = prototype.constructor?.name || tag.slice(8, -1)
  fail("INVALID_VALUE", `an instance of ${name} is not a value`, depth)
}

/** @param {Date} date @param {number} depth */
function writeMoment(date, depth) {
  const ms = date.getTime()
  if (ms !== ms) fail("INVALID_VALUE", "an invalid Date is not a value", depth)
  writeDate(ms)
}

/**
 * What a `toJSON` says instead counts as a level deeper, so that one which returns itself comes to an end.
 * @param {any} object @param {number} depth
 */
function writeJson(object, depth) {
  if (depth >= MAX_DEPTH) tooDeep(depth)
  trail[depth] = null
  const value = object.toJSON(String(depth > 0 ? trail[depth - 1] ?? "" : ""))
  if (value === undefined) fail("INVALID_VALUE", "undefined is not a value", depth + 1)
  write(value, depth + 1)
}

/** @param {unknown[]} array @param {number} depth */
function writeArray(array, depth) {
  if (depth >= MAX_DEPTH) tooDeep(depth)
  const { length } = array
  if (length > MAX_VALUE_BYTES) tooLarge()
  writeArrayHeader(length)
  for (let i = 0; i < length; i++) {
    trail[depth] = i
    write(array[i], depth + 1)
  }
}

/** @param {object} object @param {number} depth */
function writeMap(object, depth) {
  if (depth >= MAX_DEPTH) tooDeep(depth)
  const start = openMap()
  let count = 0
  const map = /** @type {Record<string, unknown>} */ (object)
  for (const key in map) {
    if (!hasOwn.call(map, key)) continue
    const value = map[key]
    if (value === undefined) continue
    trail[depth] = key
    if (typeof value === "function" && key === "toJSON") {
      dropMap(start)
      return writeJson(object, depth)
    }
    count++
    if (!writeText(key)) unpaired(depth + 1)
    write(value, depth + 1)
  }
  closeMap(start, count)
}

/** @param {import("../errors.js").ErrorCode} code @param {string} what @param {number} depth @returns {never} */
function fail(code, what, depth) {
  const path = pathOf(rootName, trail, depth)
  throw new WeftError(code, `${path}: ${what}`, { path })
}

/** @param {number} depth @returns {never} */
function unpaired(depth) {
  fail("INVALID_VALUE", "a string with an unpaired surrogate is not a value", depth)
}

/** @param {number} depth @returns {never} */
function tooDeep(depth) {
  throw new WeftError("TOO_DEEP", `nested deeper than ${MAX_DEPTH}`, { path: pathOf(rootName, trail, depth) })
}
