/**
 * Random options of `map`, over the fields and values that random writes use.
 *
 * @typedef {import("./random.js").Random} Random
 */
import { IDS, LABELS, POINTS, SCALARS, TEXTS, createWriter } from "./write.js"

const PATHS = ["x", "x", "x", "y", "y", "z", "at", "x.x", "x.y", "y.0", "x.0.x", "y.1", "z.x.y", "id", "id", "value.id", "value.timestamp", "value.x", "id.x", "timestamp.physical", "timestamp.logical", "latitude", "x.length", ""]
const ENTRY_PATHS = ["x", "y", "id", "timestamp", "0", "x.y"]
const OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$gt", "$lte", "$in", "$nin", "$between", "$exists", "$type", "$startsWith", "$endsWith", "$contains", "$like", "$regex", "$text", "$text",
  "$near", "$near", "$bbox", "$size", "$all", "$elemMatch", "$not", "$and", "$or", "$nor"]
const LOGICAL = ["$and", "$or", "$nor", "$not"]
const TYPES = ["null", "boolean", "number", "bigint", "string", "date", "binary", "array", "map"]
const PARTS = ["", "a", "b", "é", "e", "than", " ", "😀", "\0"]
const LIKES = ["%", "_", "a%", "%b", "_%_", "%than e%", "\\a", "__", "%é%", "50\\%", "a\\\\b", "%_b", "😀", "a_b", "", "%%"]
const PATTERNS = ["a", "^a", "b$", "^.$", "[a-c]{2}", "(than|é)", "\\d", "^$", "\\bjose", "o.*n", "\\p{L}", "s+e"]
const FLAGS = ["", "", "i", "g", "y", "u", "iu", "s", "m", "gi"]
const SEARCHES = ["a", "b a", "e", "E", "jose", "NANDU, José", "grosse", "strasse grosse", "οδος", "istanbul", "fin", "case", "c++", "than longer", "", "!", "softhyphen", "😀", "ａ b", "longer"]
/** No point lies on the edge of one of these. */
const RADII = [0, 1, 120, 333, 1000, 5555, 12_000, 19_999, 30_000]
const BOXES = [[40, 50, 0, 20], [46, 47.5, 7, 16], [-90, 90, -180, 180], [-40, 10, 150, -150], [-20, 5, 178, 180], [0, 0, 0, 0], [60, 70, -30, -10]]

/** @param {Random} random */
export function createQuerier(random) {
  const { below, chance, one, list } = random
  const writer = createWriter(random)

  /** @param {number} depth @returns {any} */
  function literal(depth) {
    const kind = depth > 0 ? below(10) : 0
    if (kind < 8) return chance(40) ? one(TEXTS) : one(SCALARS)
    return kind < 9 ? list(2, () => literal(depth - 1)) : Object.fromEntries(list(2, () => [one(["x", "y", "0"]), literal(depth - 1)]))
  }

  function pattern() {
    const [source, flags] = [one(PATTERNS), one(FLAGS)]
    const isUnicode = source.includes("\\p")
    const all = isUnicode && !flags.includes("u") ? `${flags}u` : flags
    const kind = below(3)
    if (kind === 0) return { $regex: new RegExp(source, all) }
    return kind === 1 || isUnicode ? { $regex: source, $flags: all } : { $regex: source }
  }

  const circle = () => ({ ...one(POINTS), radius: one(RADII) })
  const box = () => {
    const [minLat, maxLat, minLng, maxLng] = one(BOXES)
    return { minLat, maxLat, minLng, maxLng }
  }

  function between() {
    const low = one([-1, 0, "", "a", new Date(-5), 1n, new Uint8Array(0), null, []])
    const high = typeof low === "string" ? one(["b", "é", "a"]) : low instanceof Date ? new Date(5) : low instanceof Uint8Array ? new Uint8Array([200])
      : Array.isArray(low) ? [5] : low === null ? null : one([1, 2n, 1e300])
    return [low, high]
  }

  /** @param {number} depth @returns {any} */
  function operators(depth) {
    const name = one(OPERATORS)
    switch (name) {
      case "$in": case "$nin": case "$all": return { [name]: list(3, () => literal(1)) }
      case "$between": return { [name]: between() }
      case "$exists": return { [name]: chance(50) }
      case "$type": return { [name]: chance(70) ? one(TYPES) : [one(TYPES), one(TYPES)] }
      case "$startsWith": case "$endsWith": case "$contains": return { [name]: one(PARTS) }
      case "$like": return { [name]: one(LIKES) }
      case "$regex": return pattern()
      case "$text": return { [name]: one(SEARCHES) }
      case "$near": return { [name]: circle() }
      case "$bbox": return { [name]: box() }
      case "$size": return { [name]: below(4) }
      case "$elemMatch": return { [name]: entryQuery(depth - 1) }
      case "$not": return { [name]: operand(depth - 1) }
      case "$and": case "$or": case "$nor": return { [name]: list(3, () => operand(depth - 1)) }
      default: return { [name]: literal(1) }
    }
  }

  /** @param {number} depth @returns {any} */
  function operand(depth) {
    if (depth <= 0 || chance(20)) return chance(5) ? new RegExp(one(PATTERNS.filter((source) => !source.includes("\\p"))), one(["", "i", "g"])) : literal(2)
    const all = { ...operators(depth), ...(chance(25) ? operators(depth) : {}) }
    if (all.$regex instanceof RegExp) delete all.$flags // of another pattern, whose place it took
    return all
  }

  /** @param {number} depth @returns {any} */
  function entryQuery(depth) {
    if (depth <= 0 || chance(35)) return { [one(ENTRY_PATHS)]: operand(depth) }
    if (chance(25)) return { [one(["$or", "$and", "$nor"])]: [entryQuery(depth - 1), entryQuery(depth - 1)] }
    for (;;) { // in here logic is about queries again, not operands
      const some = operators(depth)
      if (!LOGICAL.some((name) => name in some)) return some
    }
  }

  /** @returns {any} */
  function moment() {
    const physical = 1_700_000_000_000 + below(30)
    return one([physical, physical, physical + 0.5, new Date(physical), { physical, logical: below(3) }, -1, 1e20])
  }

  /** @returns {any} */
  function timestamp() {
    switch (below(8)) {
      case 0: return moment()
      case 1: return { $in: [moment(), moment()] }
      case 2: return { $between: [moment(), moment()] }
      case 3: return { $not: { $lt: moment() } }
      case 4: return { $gt: moment(), $lte: moment() }
      default: return { [one(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])]: moment() }
    }
  }

  /** @param {number} depth @returns {any} */
  function query(depth) {
    /** @type {Record<string, any>} */
    const all = {}
    for (let i = below(3); i > 0; i--) {
      const kind = depth > 0 ? below(14) : 6
      if (kind === 0) all.$not = query(depth - 1)
      else if (kind === 1) all[one(["$and", "$or", "$nor"])] = [query(depth - 1), query(depth - 1)]
      else if (kind === 2) all.timestamp = timestamp()
      else if (kind === 3) all.$text = one(SEARCHES)
      else if (kind === 4) all.at = chance(60) ? { $near: circle() } : { $bbox: box() }
      else all[one(PATHS)] = operand(depth)
    }
    return all
  }

  /** @param {number} depth @returns {any} */
  function edge(depth) {
    const walk = chance(60) ? {} : query(1)
    if (chance(40)) walk.$depth = 1 + below(4)
    if (chance(50)) walk.$direction = one(["out", "in", "any"])
    if (chance(40)) walk.$label = one(LABELS)
    if (depth > 0 && chance(25)) walk.$edge = edge(depth - 1)
    return walk
  }

  function order() {
    /** @type {Record<string, any>} */
    const options = {}
    if (chance(65)) options.field = chance(15) ? "timestamp" : one(PATHS)
    if (chance(50)) options.order = one(["asc", "desc"])
    if (chance(12)) Object.assign(options, { field: one(["at", "at", "x", "latitude"]), $near: one(POINTS) })
    return options
  }

  return {
    writer,
    /** @returns {Record<string, any>} */
    options() {
      const options = order()
      if (chance(92)) options.query = query(3)
      if (chance(15)) options.query = { ...(chance(40) ? { id: one(IDS) } : options.query), $edge: edge(2) }
      if (chance(33)) options.$limit = below(7)
      if (chance(20)) options.$skip = below(4)
      if (chance(17)) options.$after = one(IDS)
      if (chance(17)) options.$before = one(IDS)
      if (chance(8)) options.$count = chance(90)
      if (chance(12)) options.$select = list(4, () => one(PATHS))
      return options
    },
  }
}
