/**
 * Whether a node meets a query: docs/queries.md word by word, over plain values.
 *
 * @typedef {{ id: string, value: any, edges: string[], timestamp: { physical: number, logical: number }, created: number }} OracleNode
 * @typedef {Record<string, any>} Query
 */
import { distance, inBox, isPoint } from "./geo.js"
import { fold, like } from "./texts.js"
import { compare, rank, typeName } from "./values.js"

const LOGICAL = ["$and", "$or", "$nor", "$not"]

/** @param {Query} query @param {OracleNode} node @returns {boolean} */
export function matches(query, node) {
  return Object.entries(query).every(([name, part]) => {
    if (LOGICAL.includes(name)) return logical(name, part, (/** @type {Query} */ each) => matches(each, node))
    if (name === "$text") return words(part).every((word) => textsIn(node.value).some((text) => fold(text).includes(word)))
    if (name === "timestamp") return timeHolds(part, node.timestamp)
    return operandHolds(part, read(node, name), node.value)
  })
}

/** @param {string} name @param {any} part @param {(each: any) => boolean} holds */
function logical(name, part, holds) {
  switch (name) {
    case "$and": return part.every(holds)
    case "$or": return part.some(holds)
    case "$nor": return !part.some(holds)
    default: return !holds(part)
  }
}

// ---- paths

/** @param {OracleNode} node @param {string} path */
export function read(node, path) {
  const names = path.split(".")
  if (names[0] === "id") return names.length === 1 ? node.id : undefined
  if (names[0] === "timestamp") return follow({ ...node.timestamp }, names.slice(1))
  const unshadowed = names[0] === "value" && (names[1] === "id" || names[1] === "timestamp")
  return typeName(node.value) === "map" ? follow(node.value, names.slice(unshadowed ? 1 : 0)) : undefined
}

/** @param {any} value @param {string[]} names */
export function follow(value, names) {
  for (const name of names) {
    if (typeName(value) === "map") value = Object.hasOwn(value, name) ? value[name] : undefined
    else if (typeName(value) === "array") value = value.find((/** @type {any} */ _, /** @type {number} */ index) => String(index) === name)
    else return undefined
  }
  return value
}

// ---- operands

/** @param {any} operand */
const isOperators = (operand) => typeName(operand) === "map" && !(operand instanceof RegExp) && Object.keys(operand).some((name) => name.startsWith("$"))

/**
 * @param {any} operand a literal, a RegExp or operators
 * @param {any} value
 * @param {any} whole the node's value; undefined inside an entry of an array
 * @returns {boolean}
 */
function operandHolds(operand, value, whole) {
  if (operand instanceof RegExp) return operatorHolds("$regex", operand, value, whole, {})
  if (!isOperators(operand)) return operatorHolds("$eq", operand, value, whole, {})
  return Object.entries(operand).every(([name, part]) => operatorHolds(name, part, value, whole, operand))
}

/** @param {string} name @param {any} part @param {any} value @param {any} whole @param {any} beside @returns {boolean} */
function operatorHolds(name, part, value, whole, beside) {
  const anyOf = (/** @type {(one: any) => boolean} */ holds) => holds(value) || (Array.isArray(value) && value.some(holds))
  if (LOGICAL.includes(name)) return logical(name, part, (each) => operandHolds(each, value, whole))
  switch (name) {
    case "$flags": return true
    case "$ne": return !operatorHolds("$eq", part, value, whole, beside)
    case "$nin": return !operatorHolds("$in", part, value, whole, beside)
    case "$exists": return (value !== undefined) === part
    case "$all": return part.every((/** @type {any} */ each) => operatorHolds("$eq", each, value, whole, beside))
    case "$size": return Array.isArray(value) && value.length === part
    case "$type": return [part].flat().some((type) => type === typeName(value) || (type === "bigint" && typeof value === "bigint"))
    case "$elemMatch": return Array.isArray(value) && value.some((entry) => entryHolds(part, entry))
    case "$near": return pointsOf(value, whole).some((point) => distance(point, part) <= part.radius)
    case "$bbox": return pointsOf(value, whole).some((point) => inBox(point, part))
    default: return value !== undefined && anyOf((one) => oneHolds(name, part, one, beside))
  }
}

/** About one value, an array taken as a whole. @param {string} name @param {any} part @param {any} value @param {any} beside */
function oneHolds(name, part, value, beside) {
  const isText = typeof value === "string"
  const isComparable = rank(part) === rank(value)
  switch (name) {
    case "$eq": return compare(value, part) === 0
    case "$gt": return isComparable && compare(value, part) > 0
    case "$gte": return isComparable && compare(value, part) >= 0
    case "$lt": return isComparable && compare(value, part) < 0
    case "$lte": return isComparable && compare(value, part) <= 0
    case "$in": return part.some((/** @type {any} */ each) => compare(value, each) === 0)
    case "$between": return rank(part[0]) === rank(value) && compare(value, part[0]) >= 0 && compare(value, part[1]) <= 0
    case "$startsWith": return isText && value.startsWith(part)
    case "$endsWith": return isText && value.endsWith(part)
    case "$contains": return isText && value.includes(part)
    case "$like": return isText && like(value, part)
    case "$regex": return isText && new RegExp(part, part.flags ?? beside.$flags).test(value)
    case "$text": return isText && words(part).every((word) => fold(value).includes(word))
    default: throw new Error(`the oracle does not know ${name}`)
  }
}

/** The query of `$elemMatch`, whose operators are about the entry itself. @param {Query} query @param {any} entry @returns {boolean} */
function entryHolds(query, entry) {
  return Object.entries(query).every(([name, part]) => {
    if (LOGICAL.includes(name)) return logical(name, part, (each) => entryHolds(each, entry))
    if (name.startsWith("$")) return operatorHolds(name, part, entry, undefined, query)
    return operandHolds(part, follow(entry, name.split(".")), undefined)
  })
}

/** @param {string} search */
const words = (search) => fold(search).split(" ").filter((word) => word !== "")

/** @param {any} value @returns {string[]} every text in it, names of fields aside */
function textsIn(value) {
  if (typeof value === "string") return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return typeName(value) === "map" ? Object.values(value).flatMap(textsIn) : []
}

/** The points a field holds; one that is missing stands for the node's own. @param {any} value @param {any} whole */
export function pointsOf(value, whole) {
  return (value === undefined ? [whole] : Array.isArray(value) ? value : [value]).filter(isPoint)
}

// ---- the node's timestamp

/** @param {any} operand @param {OracleNode["timestamp"]} time @returns {boolean} */
function timeHolds(operand, time) {
  if (!isOperators(operand)) return against(time, operand) === 0
  return Object.entries(operand).every(([name, part]) => {
    switch (name) {
      case "$eq": return against(time, part) === 0
      case "$ne": return against(time, part) !== 0
      case "$gt": return against(time, part) > 0
      case "$gte": return against(time, part) >= 0
      case "$lt": return against(time, part) < 0
      case "$lte": return against(time, part) <= 0
      case "$in": return part.some((/** @type {any} */ each) => against(time, each) === 0)
      case "$nin": return !part.some((/** @type {any} */ each) => against(time, each) === 0)
      case "$between": return against(time, part[0]) >= 0 && against(time, part[1]) <= 0
      case "$exists": return part
      case "$not": return !timeHolds(part, time)
      default: throw new Error(`the oracle does not know ${name} of a timestamp`)
    }
  })
}

/** Milliseconds and dates mean the whole millisecond. @param {OracleNode["timestamp"]} time @param {any} point */
function against(time, point) {
  if (typeof point === "number" || point instanceof Date) return time.physical - Number(point)
  return time.physical - point.physical || time.logical - point.logical
}
