/**
 * Middlewares: each sees the operations that come from elsewhere before they are applied, and says which to apply.
 *
 * Invariants
 * 1. The core asks (a ticket) and gets exactly one verdict, a byte an operation, unless the database is closed first.
 * 2. A middleware sees what those before it kept. Returning nothing or `[]` discards; what it throws discards the whole
 *    batch and is told as MIDDLEWARE_FAILED. It can drop operations, not alter or add any.
 *
 * @typedef {import("../core/replica.js").Node} Node
 * @typedef {import("../core/replica.js").Timestamp} Timestamp
 *
 * @typedef {object} Operation
 * @property {"upsert" | "remove" | "clear" | "link" | "unlink"} type
 * @property {string} [id] the node of an upsert or remove
 * @property {any} [value] of an upsert: what the node would be; of a link: its value
 * @property {any} [fields] of an upsert of single fields: those given
 * @property {string[]} [deleted] of an upsert of single fields: those deleted
 * @property {string} [source] of a link or unlink
 * @property {string} [target]
 * @property {string} [label]
 * @property {Timestamp} timestamp
 * @property {string} replica whose it is, 16 hex digits
 *
 * @typedef {{ mode: string }} Context how the batch came: live, deltaSync, syncReceive, reconcile, tab, import
 * @typedef {(operations: Operation[], previous: Map<string, Node>, context: Context) => unknown} Middleware
 */
import { WeftError } from "../errors.js"

const TYPES = [undefined, "upsert", "upsert", "upsert", "remove", "clear", "link", "unlink"]
const REPLACE = 3
const LINK = 6

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {(error: WeftError) => void} parts.failed
 */
export function createJudges({ replica, failed }) {
  /** @type {Middleware[]} */
  let middlewares = []

  /** @param {Middleware[]} next */
  function setMiddlewares(next) {
    middlewares = next
    replica.setJudge(next.length > 0)
  }

  /** @param {number} ticket @param {any} batch */
  async function judge(ticket, batch) {
    const [mode, summaries, states] = batch
    const previous = new Map(states.map(readState))
    const operations = summaries.map((/** @type {any[]} */ summary) => readOperation(summary, previous))
    const kept = await ask(middlewares, operations, previous, mode)
    if (!replica.gone) replica.verdict(ticket, Uint8Array.from(operations, (operation) => (kept.has(operation) ? 1 : 0)))
  }

  /** @param {Middleware[]} asked @param {Operation[]} operations @param {Map<string, Node>} previous @param {string} mode */
  async function ask(asked, operations, previous, mode) {
    let kept = operations
    try {
      for (const middleware of asked) {
        if (kept.length === 0) break
        kept = select(kept, await middleware([...kept], previous, { mode }))
      }
    } catch (error) {
      failed(new WeftError("MIDDLEWARE_FAILED", `a middleware failed, its batch is dropped: ${String(error)}`, { cause: error }))
      kept = []
    }
    return new Set(kept)
  }

  return {
    /** @param {Middleware} middleware @returns {() => void} its own off */
    use(middleware) {
      const entry = /** @type {Middleware} */ ((...args) => middleware(...args))
      setMiddlewares([...middlewares, entry])
      return () => {
        if (middlewares.includes(entry) && !replica.gone) setMiddlewares(middlewares.filter((other) => other !== entry))
      }
    },
    judge,
  }
}

/** @param {Operation[]} shown @param {unknown} answer @returns {Operation[]} */
function select(shown, answer) {
  if (answer === undefined || answer === null) return []
  if (!Array.isArray(answer)) throw new WeftError("MIDDLEWARE_FAILED", "a middleware returns the operations to apply, as an array")
  const returned = new Set(answer)
  const kept = shown.filter((operation) => returned.has(operation))
  if (kept.length !== returned.size) {
    throw new WeftError("MIDDLEWARE_FAILED", "a middleware may drop operations, not alter or add any: return the objects it was given")
  }
  return kept
}

/** @param {[string, any, string[], number, number]} state @returns {[string, Node]} */
function readState([id, value, edges, physical, logical]) {
  return [id, { id, value, edges, timestamp: { physical, logical } }]
}

/** @param {any[]} summary as `pack_summary` of src/core/judging.cpp @param {Map<string, Node>} previous @returns {Operation} */
function readOperation([kind, id, value, deleted, label, target, physical, logical, replica], previous) {
  const common = { timestamp: { physical, logical }, replica }
  const type = /** @type {Operation["type"]} */ (TYPES[kind])
  if (kind >= LINK) return { type, source: id, target, label, ...(kind === LINK ? { value } : {}), ...common }
  if (kind > REPLACE) return type === "clear" ? { type, ...common } : { type, id, ...common }
  if (kind === REPLACE) return { type, id, value, ...common }
  return { type, id, value: overlay(previous.get(id)?.value, value, deleted), fields: value, deleted, ...common }
}

/** What a node would be with these fields given and those deleted. @param {any} base @param {any} fields @param {string[]} deleted */
function overlay(base, fields, deleted) {
  const isMap = base !== null && typeof base === "object" && !Array.isArray(base) && Object.getPrototypeOf(base) === Object.prototype
  const entries = new Map(isMap ? Object.entries(base) : [])
  for (const [name, value] of Object.entries(fields)) entries.set(name, value)
  for (const name of deleted) entries.delete(name)
  return Object.fromEntries(entries)
}
