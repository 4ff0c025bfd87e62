/**
 * What `db.map(options)` is to give over a world: docs/queries.md word by word.
 *
 * @typedef {import("./match.js").OracleNode} OracleNode
 * @typedef {{ source: string, target: string, label: string }} Link
 * @typedef {{ nodes: OracleNode[], links: Link[] }} World nodes in order of creation, links between nodes that are there
 * @typedef {{ node: OracleNode, distance: number }} Reached distance 0 without `$edge`
 * @typedef {Record<string, any>} Options
 * @typedef {{ results: any[] } | { count: number } | { error: string }} Outcome
 */
import { walk } from "./edge.js"
import { distance } from "./geo.js"
import { matches, pointsOf, read } from "./match.js"
import { compare, typeName } from "./values.js"

/** @param {Options} options @param {World} world @returns {Outcome} */
export function run(options, world) {
  const sorted = found(options, world).sort((a, b) => before(options, a, b)).map(({ node }) => node)
  const window = cut(options, sorted)
  if (!window) return { error: "CURSOR_NOT_FOUND" }
  if (options.$count) return { count: window.length }
  return { results: window.map((node) => show(options, node)) }
}

/** Everything that is in the result, in any order. @param {Options} options @param {World} world @returns {Reached[]} */
export function found(options, world) {
  const { $edge, ...query } = options.query ?? {}
  const starts = world.nodes.filter((node) => matches(query, node))
  return $edge === undefined ? starts.map((node) => ({ node, distance: 0 })) : walk(starts, $edge, world)
}

/** @param {Options} options @param {Reached} a @param {Reached} b @returns {number} */
export function before(options, a, b) {
  const turn = options.order === "desc" ? -1 : 1
  const byDistance = options.field === undefined ? turn * (a.distance - b.distance) : 0
  return byDistance || order(options, a.node, b.node, turn) || compare(a.node.id, b.node.id)
}

/** @param {Options} options @param {OracleNode} a @param {OracleNode} b @param {number} turn */
function order({ field, $near }, a, b, turn) {
  if (field === undefined) return turn * (a.created - b.created)
  if ($near !== undefined) {
    const [x, y] = [a, b].map((node) => Math.min(...pointsOf(read(node, field), node.value).map((point) => distance(point, $near))))
    return Number.isFinite(x) && Number.isFinite(y) ? turn * (x - y) : Number(!Number.isFinite(x)) - Number(!Number.isFinite(y))
  }
  if (field === "timestamp") return turn * (a.timestamp.physical - b.timestamp.physical || a.timestamp.logical - b.timestamp.logical)
  return turn * compare(read(a, field), read(b, field))
}

/** @param {Options} options @param {OracleNode[]} nodes @returns {OracleNode[] | null} null: a cursor is not among them */
function cut({ $after, $before, $skip = 0, $limit = Infinity }, nodes) {
  const place = (/** @type {string} */ id) => nodes.findIndex((node) => node.id === id)
  if (($after !== undefined && place($after) < 0) || ($before !== undefined && place($before) < 0)) return null
  const between = nodes.slice($after === undefined ? 0 : place($after) + 1, $before === undefined ? nodes.length : place($before))
  if ($before === undefined || $after !== undefined) return between.slice($skip, $skip + $limit)
  // Counted back from the cursor.
  return between.reverse().slice($skip, $skip + $limit).reverse()
}

/** @param {Options} options @param {OracleNode} node */
export function show({ $select }, { id, value, edges, timestamp }) {
  return { id, value: $select === undefined ? value : select($select, value), edges, timestamp }
}

/** @param {string[]} paths @param {any} value */
function select(paths, value) {
  /** @type {any} */
  const shown = {}
  if (typeName(value) !== "map") return shown
  // The shorter ones last: who asks for a whole gets the whole.
  const all = paths.map((path) => path.split(".")).filter((names) => names[0] !== "id" && names[0] !== "timestamp")
    .map((names) => (names[0] === "value" && (names[1] === "id" || names[1] === "timestamp") ? names.slice(1) : names))
  for (const names of all.sort((a, b) => b.length - a.length)) {
    const part = names.reduce((at, name) => (at === undefined ? at : child(at, name)), value)
    if (part === undefined) continue
    const inner = names.slice(0, -1).reduce((at, name) => (at[name] ??= {}), shown)
    inner[/** @type {string} */ (names.at(-1))] = part
  }
  return shown
}

/** @param {any} value @param {string} name */
function child(value, name) {
  if (typeName(value) === "map") return Object.hasOwn(value, name) ? value[name] : undefined
  return typeName(value) === "array" && /^(0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined
}
