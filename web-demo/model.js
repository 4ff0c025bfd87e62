/**
 * The graph as the page sees it: every node and link, kept current by one live query over everything.
 */

/** The kinds the page offers. A node of any other kind is drawn as "other". */
export const KINDS = ["person", "place", "thing", "idea"]

/**
 * @typedef {{ id: string, value: any, edges: string[], timestamp: { physical: number, logical: number } }} GraphNode
 * @typedef {{ source: string, target: string, label: string }} GraphLink
 * @typedef {Awaited<ReturnType<typeof createModel>>} Model
 */

/** @param {any} db */
export async function createModel(db) {
  /** @type {Map<string, GraphNode>} */
  const nodes = new Map()
  /** @type {Map<string, GraphLink[]>} by source */
  const links = new Map()
  /** @type {Set<() => void>} */
  const listeners = new Set()
  const tell = () => listeners.forEach((listener) => listener())

  const { unsubscribe } = await db.map((/** @type {any} */ { id, value, edges, timestamp, action }) => {
    if (action === "removed") {
      nodes.delete(id)
      links.delete(id)
    } else {
      nodes.set(id, { id, value, edges, timestamp })
      readLinks(id, edges)
    }
    tell()
  })

  /** The live query tells the targets; their labels are asked for. @param {string} id @param {string[]} edges @param {boolean} [telling] */
  async function readLinks(id, edges, telling = true) {
    if (edges.length === 0) {
      links.delete(id)
      return
    }
    const known = (links.get(id) ?? []).filter(({ target }) => edges.includes(target))
    const fresh = edges.filter((target) => !known.some((link) => link.target === target))
    links.set(id, [...known, ...fresh.map((target) => ({ source: id, target, label: "" }))])
    const found = await db.links(id, { direction: "out" })
    if (!nodes.has(id)) return
    links.set(id, found.map((/** @type {GraphLink} */ { source, target, label }) => ({ source, target, label })))
    if (telling) tell()
  }

  let fingerprint = ""
  let reading = false

  /**
   * A second link between the same two nodes changes no node, so no live query tells of it: when the fingerprint moved,
   * every node's links are read again.
   * @param {string} now
   */
  async function checkLinks(now) {
    if (now === fingerprint || reading) return
    reading = true
    fingerprint = now
    for (const { id, edges } of [...nodes.values()]) await readLinks(id, edges, false)
    reading = false
    tell()
  }

  return {
    nodes,
    links,
    checkLinks,
    /** @param {() => void} listener @returns {() => void} its own off */
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** @param {string} id @returns {string} what to call a node */
    nameOf: (id) => nameOf(nodes.get(id)),
    close() {
      unsubscribe()
      listeners.clear()
    },
  }
}

/** @param {GraphNode | undefined} node */
export function nameOf(node) {
  if (!node) return "?"
  const name = node.value?.name ?? node.value?.title
  return typeof name === "string" && name !== "" ? name : node.id.slice(0, 8)
}

/** @param {GraphNode | undefined} node */
export function kindOf(node) {
  const kind = node?.value?.kind
  return KINDS.includes(kind) ? kind : "other"
}
