/**
 * Copies of decoded nodes, through and through. What a value is made of is worked out once and kept as its *layout*,
 * which values that are alike share: a copy is then one spread, and one for each field that holds a map or an array.
 *
 * Invariant: a copy has nothing in common with what it was made of but what nobody can change.
 *
 * @typedef {import("./replica.js").Node} Node
 * @typedef {(value: any) => any} Copier
 *
 * @typedef {object} Layout
 * @property {string[]} names of the value's fields, in their order
 * @property {number[]} kinds of what they hold
 * @property {import("../codec/shapes.js").Spread} spread
 * @property {{ name: string, copy: Copier }[]} nested what a spread does not copy
 */
import { nextSpread, shapeOf } from "../codec/shapes.js"

/** A map or an array of plain entries is copied by one step, anything else (`DEEP`) entry by entry. */
const PLAIN = 0, FLAT_MAP = 1, FLAT_ARRAY = 2, DEEP = 3
/** The layout of what is no map. */
const NO_MAP = /** @type {Layout} */ ({ names: [], kinds: [], spread: copyValue, nested: [] })
/** So many layouts are told apart, of a database. */
const MOST_LAYOUTS = 1000

export function createLayouts() {
  /** @type {Map<string, Layout>} */
  const known = new Map()
  let latest = NO_MAP

  /** @param {Record<string, any>} value */
  function isLatest(value) {
    const { names, kinds } = latest
    let i = 0
    for (const name in value) {
      if (name !== names[i] || kindOf(value[name]) !== kinds[i]) return false
      i++
    }
    return i === names.length
  }

  return {
    /** @param {any} value @returns {Layout} */
    of(value) {
      if (!isMap(value)) return NO_MAP
      if (latest !== NO_MAP && isLatest(value)) return latest
      const names = Object.keys(value), kinds = names.map((name) => kindOf(value[name]))
      const key = JSON.stringify([names, kinds])
      latest = known.get(key) ?? layoutOf(names, kinds)
      if (known.size < MOST_LAYOUTS) known.set(key, latest)
      return latest
    },
  }
}

/** @param {string[]} names @param {number[]} kinds @returns {Layout} */
function layoutOf(names, kinds) {
  const nested = names.map((name, i) => ({ name, copy: copierOf(kinds[i]) })).filter((_, i) => kinds[i] !== PLAIN)
  return { names, kinds, spread: nextSpread(), nested }
}

/** @param {number} kind @returns {Copier} */
function copierOf(kind) {
  return kind === FLAT_MAP ? nextSpread() : kind === FLAT_ARRAY ? copyArray : copyValue
}

/** @param {any} value */
function kindOf(value) {
  if (typeof value !== "object" || value === null) return PLAIN
  const isArray = Array.isArray(value)
  if (!isArray && !isMap(value)) return DEEP
  for (const name in value) if (typeof value[name] === "object" && value[name] !== null) return DEEP
  return isArray ? FLAT_ARRAY : FLAT_MAP
}

/** By a template: a time in it is a number that copies share, where a field that has only held such numbers has a box for each. */
const timestamps = /** @type {import("../codec/shapes.js").Shape} */ (shapeOf(["physical", "logical"]))

/** @param {number} physical @param {number} logical @returns {import("./replica.js").Timestamp} */
export function makeTimestamp(physical, logical) {
  const timestamp = /** @type {any} */ (timestamps.spread(timestamps.template))
  timestamp.physical = physical
  timestamp.logical = logical
  return timestamp
}

/** @param {any} value */
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array)

/** @param {any[]} array */
const copyArray = (array) => array.slice()

/** @param {Node} node @param {Layout} layout of its value @returns {Node} */
export function copyNode({ id, value, edges, timestamp }, { spread, nested }) {
  const copy = spread(value)
  for (let i = 0; i < nested.length; i++) setField(copy, nested[i].name, nested[i].copy(copy[nested[i].name]))
  return { id, value: copy, edges: edges.length === 0 ? [] : edges.slice(), timestamp: /** @type {any} */ (timestamps.spread(timestamp)) }
}

/** @param {any} value as the decoder makes them @returns {any} */
function copyValue(value) {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return copyEntries(value.slice())
  if (value instanceof Date) return new Date(value)
  if (value instanceof Uint8Array) return value.slice()
  const copy = { ...value }
  for (const name in copy) {
    const field = copy[name]
    if (typeof field === "object" && field !== null) setField(copy, name, copyValue(field))
  }
  return copy
}

/** @param {any[]} array @returns {any[]} */
function copyEntries(array) {
  for (let i = 0; i < array.length; i++) {
    const entry = array[i]
    if (typeof entry === "object" && entry !== null) array[i] = copyValue(entry)
  }
  return array
}

/** @param {Record<string, any>} map @param {string} name @param {any} value */
function setField(map, name, value) {
  if (name === "__proto__") Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true })
  else map[name] = value
}
