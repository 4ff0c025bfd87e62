/**
 * Questions between tabs: who asks waits for the one answer, for the end of the other tab, or for the limit.
 *
 * Invariants
 * 1. Every promise `ask` gave ends: with the answer, or LINK_LOST, TIMEOUT, CLOSED, or the other side's own code.
 * 2. A question with a name nobody handles is answered UNKNOWN_MESSAGE; a handler that throws is answered its error.
 * 3. After `lose` of a tab or `close` no timer of theirs runs.
 * 4. Whoever lives answers: "alive" needs no handler.
 */

import { ERROR_CODES, isWeftError, WeftError } from "../errors.js"

/** The question that asks for nothing but an answer. */
export const kAlive = "alive"

/**
 * @typedef {{ code: string, message: string }} AskError  what crosses instead of a WeftError
 * @typedef {(from: string, payload: unknown) => unknown} AskHandler  may return a promise
 * @typedef {{ to: string, timer: ReturnType<typeof setTimeout>, resolve: (payload: unknown) => void, reject: (error: WeftError) => void }} Waiting
 */

/** @param {(to: string, message: { kind: "ask", n: number, name: string, payload: unknown } | { kind: "answer", n: number, payload?: unknown, error?: AskError }) => void} post */
export function createAsks(post) {
  /** @type {Map<number, Waiting>} */
  const waiting = new Map()
  /** @type {Map<string, AskHandler>} */
  const handlers = new Map([[kAlive, () => null]])
  let last = 0

  /** @param {number} n @returns {Waiting | undefined} */
  function take(n) {
    const entry = waiting.get(n)
    if (!entry) return undefined
    clearTimeout(entry.timer)
    waiting.delete(n)
    return entry
  }

  return {
    /**
     * @param {string} to
     * @param {string} name
     * @param {unknown} payload
     * @param {number} limitMs
     * @returns {Promise<unknown>}
     */
    ask(to, name, payload, limitMs) {
      return new Promise((resolve, reject) => {
        const n = ++last
        const timer = setTimeout(() => {
          take(n)?.reject(new WeftError("TIMEOUT", `tab ${to} did not answer "${name}" within ${limitMs} ms`))
        }, limitMs)
        waiting.set(n, { to, timer, resolve, reject })
        post(to, { kind: "ask", n, name, payload })
      })
    },

    /** @param {string} name @param {AskHandler} handler @returns {() => void} off */
    handle(name, handler) {
      handlers.set(name, handler)
      return () => { if (handlers.get(name) === handler) handlers.delete(name) }
    },

    /** @param {string} from @param {{ n: number, name: string, payload: unknown }} question */
    async answer(from, { n, name, payload }) {
      try {
        const handler = handlers.get(name)
        if (!handler) throw new WeftError("UNKNOWN_MESSAGE", `nobody here answers "${name}"`)
        post(from, { kind: "answer", n, payload: await handler(from, payload) })
      } catch (error) {
        const code = isWeftError(error) ? error.code : "INTERNAL"
        post(from, { kind: "answer", n, error: { code, message: error instanceof Error ? error.message : String(error) } })
      }
    },

    /**
     * @param {string} from
     * @param {{ n: number, payload?: unknown, error?: AskError }} answer
     * @returns {boolean} whether somebody waited for it
     */
    answered(from, { n, payload, error }) {
      if (waiting.get(n)?.to !== from) return false
      const entry = /** @type {Waiting} */ (take(n))
      if (error) entry.reject(new WeftError(ERROR_CODES.find((code) => code === error.code) ?? "INTERNAL", error.message))
      else entry.resolve(payload)
      return true
    },

    /** @param {string} id a tab that is gone, or is not waited for any more */
    lose(id) {
      for (const [n, { to }] of [...waiting]) {
        if (to === id) take(n)?.reject(new WeftError("LINK_LOST", `tab ${id} did not answer before it was given up`))
      }
    },

    close() {
      for (const n of [...waiting.keys()]) take(n)?.reject(new WeftError("CLOSED", "the tab channel is closed"))
      handlers.clear()
    },
  }
}
