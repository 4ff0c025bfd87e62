/**
 * Queries that come from replicated data (rules): whoever wrote them may mean harm. Their regular expressions run in a
 * worker, with a deadline; everything else in a query is bounded and runs as always.
 *
 * The core cannot wait. So a query runs with the answers that are known; what it asked beyond them goes to the worker,
 * and it runs again, until it asked nothing new: at most once more for each pattern in it.
 *
 * Invariants
 * 1. A result that is handed out rests on the worker's answers alone.
 * 2. What does not end in time rejects with QUERY_TIMEOUT and the path of the operator; the worker is ended with it.
 */
import { WeftError } from "../errors.js"
import { startPatternWorker } from "./pattern-worker.js"

/** For all patterns of a query together. */
const DEADLINE_MS = 1000

/**
 * @typedef {{ source: string, flags: string, path: string }} PatternName
 * @typedef {{ name: PatternName, known: Map<string, boolean>, asked: Set<string> }} Guarded
 */

/**
 * @param {object} setup
 * @param {import("../core/replica.js").Replica} setup.replica
 * @param {number} [setup.deadlineMs]
 */
export function createGuarded({ replica, deadlineMs = DEADLINE_MS }) {
  /** @type {Promise<import("./pattern-worker.js").PatternWorker> | null} */
  let worker = null
  /** One question at a time. @type {Promise<unknown>} */
  let turn = Promise.resolve()
  let closed = false

  /** @param {Guarded} pattern @param {number} limitMs */
  async function ask({ name, known, asked }, limitMs) {
    if (closed) throw new WeftError("CLOSED", "the database is closed")
    worker ??= startPatternWorker()
    worker.catch(() => { worker = null })
    const { source, flags, path } = name
    const texts = [...asked]
    const reply = await (await worker).ask({ source, flags, texts }, limitMs)
    if (!reply) {
      worker = null
      throw new WeftError("QUERY_TIMEOUT", `$regex: /${source}/${flags} did not come to an end within ${deadlineMs} ms`, { path })
    }
    const { answers, error } = reply
    if (!answers) throw new WeftError("INVALID_QUERY", `the regular expression cannot be run: ${error}`, { path })
    texts.forEach((text, index) => known.set(text, answers[index] === 1))
    asked.clear()
  }

  /** @template T @param {() => T} call @returns {Promise<T>} */
  async function untilKnown(call) {
    /** @type {Map<string, Guarded>} by where they stand */
    const patterns = new Map()
    const guard = {
      /** @param {PatternName} name @param {string} text */
      answer(name, text) {
        const pattern = patterns.get(name.path) ?? { name, known: new Map(), asked: new Set() }
        patterns.set(name.path, pattern)
        const known = pattern.known.get(text)
        if (known === undefined) pattern.asked.add(text)
        return known ?? false
      },
    }
    let left = deadlineMs
    for (;;) {
      const result = replica.guarded(guard, call)
      const open = [...patterns.values()].filter(({ asked }) => asked.size > 0)
      if (open.length === 0) return result
      for (const pattern of open) {
        const began = performance.now()
        await ask(pattern, left)
        left = Math.max(0, left - (performance.now() - began))
      }
    }
  }

  return {
    /**
     * @template T
     * @param {() => T} call reads the replica with a query from elsewhere; may be called more than once
     * @returns {Promise<T>}
     */
    run(call) {
      const result = turn.then(() => untilKnown(call))
      turn = result.catch(() => {})
      return result
    },
    close() {
      closed = true
      worker?.then(({ close }) => close(), () => {})
      worker = null
    },
  }
}
