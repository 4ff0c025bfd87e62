/**
 * A database under random writes, and the oracle's own picture of it.
 *
 * The picture keeps values, links and the order of creation by itself. Stamps and edges it reads back by `get`, which
 * the query engine has no part in.
 *
 * @typedef {import("./write.js").Write} Write
 * @typedef {import("./match.js").OracleNode} OracleNode
 */
import { readFile } from "node:fs/promises"
import { isDeepStrictEqual } from "node:util"

import { openDatabase } from "../../js/database.js"
import { isWeftError } from "../../js/errors.js"

/** @type {Map<string, Promise<Uint8Array>>} one array a file, so that it is compiled once */
const files = new Map()

/** @param {string} name */
function locate(name) {
  const file = files.get(name) ?? readFile(new URL(`../../build/wasm-release/${name}`, import.meta.url))
  files.set(name, file)
  return file
}

/** @typedef {Awaited<ReturnType<typeof openWorld>>} OpenWorld */

/**
 * What is kept for queries: `indexes` from the start, and when the engine keeps something by itself (far sooner than for an application, as worlds are small).
 * @typedef {{ indexes: string[], indexFrom: number, indexAfter: number }} Setup
 */

/** @param {Setup} [setup] */
export async function openWorld({ indexes, ...core } = { indexes: [], indexFrom: 0, indexAfter: 0 }) {
  let ticks = 0
  // Several writes share a millisecond, so that the logical clock counts.
  const now = () => 1_700_000_000_000 + Math.floor(ticks++ / 12)
  const db = await openDatabase("oracle", { storage: "memory", tabs: false, indexes }, { locate, now, core })
  /** @type {Map<string, { value: any, created: number }>} */
  const nodes = new Map()
  /** @type {Map<string, { source: string, target: string, label: string }>} */
  const links = new Map()
  let created = 0

  const key = (/** @type {string[]} */ ...parts) => JSON.stringify(parts)

  /** @param {any} on the database, or a transaction of it @param {Write} write */
  function send(on, [kind, ...args]) {
    if (kind === "put") return on.put(args[1], args[0])
    if (kind === "link" || kind === "unlink") return on[kind](args[0], args[1], { label: args[2] })
    return on[kind](...args)
  }

  /** @param {Write} write */
  function picture([kind, ...args]) {
    if (kind === "index") return
    const [id, other, label] = args
    if (kind === "put") nodes.set(id, { value: other, created: nodes.get(id)?.created ?? created++ })
    else if (kind === "remove") nodes.delete(id)
    else if (kind === "clear") nodes.clear()
    else if (kind === "unlink") links.delete(key(id, other, label))
    else if (!links.has(key(id, other, label))) links.set(key(id, other, label), { source: id, target: other, label })
    for (const [name, { source, target }] of links) if (!nodes.has(source) || !nodes.has(target)) links.delete(name)
  }

  /** Whether a link can be made. @param {Write} write */
  const isPossible = ([kind, source, target]) => kind !== "link" || (nodes.has(source) && nodes.has(target))

  return {
    db,
    /** All in one batch, or one by one. @param {Write[]} writes @param {boolean} [together] */
    async apply(writes, together = false) {
      /** @type {Write[]} */
      const possible = []
      for (const write of writes) {
        if (!isPossible(write)) continue
        picture(write)
        if (together && write[0] !== "index") possible.push(write)
        else await send(db, write)
      }
      if (together) await db.batch((/** @type {any} */ transaction) => { for (const write of possible) send(transaction, write) })
    },

    /** @returns {Promise<import("./result.js").World>} */
    async look() {
      /** @type {OracleNode[]} */
      const all = []
      for (const [id, { value, created: at }] of nodes) {
        const { result } = await db.get(id)
        if (!result || !isDeepStrictEqual(result.value, value)) throw new Error(`get(${JSON.stringify(id)}) is not what was put`)
        all.push({ id, value, edges: result.edges, timestamp: result.timestamp, created: at })
      }
      return { nodes: all.sort((a, b) => a.created - b.created), links: [...links.values()] }
    },

    /** @param {Record<string, any>} options @returns {Promise<import("./result.js").Outcome>} */
    async ask(options) {
      try {
        const { results, count } = await db.map(options)
        return count === undefined ? { results } : { count }
      } catch (error) {
        if (!isWeftError(error)) throw error
        return { error: error.code }
      }
    },

    close: () => db.close(),
  }
}
