/**
 * `$edge`: every node that one or more links lead to from a start and that meets the conditions, each once. Distances
 * are found the slow way, one round of links after the other, until nothing new is reached.
 *
 * @typedef {import("./match.js").OracleNode} OracleNode
 * @typedef {import("./result.js").World} World
 * @typedef {import("./result.js").Reached} Reached
 */
import { matches } from "./match.js"

/**
 * @param {OracleNode[]} starts
 * @param {Record<string, any>} edge the conditions, with $depth, $direction, $label and perhaps a walk further
 * @param {World} world
 * @returns {Reached[]}
 */
export function walk(starts, { $depth = Infinity, $direction = "out", $label, $edge, ...query }, world) {
  const far = distances(starts.map(({ id }) => id), steps($direction, $label, world), $depth)
  const found = world.nodes.filter((node) => far.has(node.id) && matches(query, node))
    .map((node) => ({ node, distance: /** @type {number} */ (far.get(node.id)) }))
  return $edge === undefined ? found : walk(found.map(({ node }) => node), $edge, world)
}

/** @param {string} direction @param {string | undefined} label @param {World} world @returns {[from: string, to: string][]} */
function steps(direction, label, world) {
  const links = world.links.filter((link) => label === undefined || link.label === label)
  /** @type {[string, string][]} */
  const out = links.map(({ source, target }) => [source, target])
  /** @type {[string, string][]} */
  const back = links.map(({ source, target }) => [target, source])
  return direction === "out" ? out : direction === "in" ? back : [...out, ...back]
}

/** How far it is to each node that one step or more leads to. @param {string[]} starts @param {[string, string][]} ways @param {number} depth */
function distances(starts, ways, depth) {
  /** @type {Map<string, number>} */
  const far = new Map()
  let edge = new Set(starts)
  for (let distance = 1; distance <= depth && edge.size > 0; distance++) {
    const reached = ways.filter(([from, to]) => edge.has(from) && !far.has(to)).map(([, to]) => to)
    for (const id of reached) far.set(id, distance)
    edge = new Set(reached)
  }
  return far
}
