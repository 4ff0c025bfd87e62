/**
 * A tiny event emitter.
 *
 * Invariants
 * 1. `on` returns its own `off`; calling that twice, or `off` for what is not there, does nothing.
 * 2. `emit` calls the listeners present when it began, in the order they were added; one removed meanwhile is not called.
 * 3. A listener that throws (or whose promise rejects) stops neither the others nor the emitter: the error goes to the
 *    host's own error handler (`window.onerror`, Node's `uncaughtException`), it is never swallowed.
 */

/**
 * Hands an error to the host as uncaught, later, outside the caller's stack.
 * @param {unknown} error
 */
export function reportUncaught(error) {
  const report = /** @type {{ reportError?: (error: unknown) => void }} */ (globalThis).reportError
  if (typeof report === "function") report(error)
  else queueMicrotask(() => { throw error })
}

/**
 * @template {Record<string, any[]>} Events  name → the arguments of its listeners
 * @typedef {object} Emitter
 * @property {<N extends keyof Events>(name: N, listener: (...args: Events[N]) => unknown) => () => void} on
 * @property {<N extends keyof Events>(name: N, listener: (...args: Events[N]) => unknown) => void} off
 * @property {<N extends keyof Events>(name: N, ...args: Events[N]) => void} emit
 * @property {(name?: keyof Events) => number} count  how many listeners there are (of one name, or in all)
 * @property {() => void} clear  removes every listener
 */

/**
 * @template {Record<string, any[]>} Events
 * @returns {Emitter<Events>}
 */
export function createEmitter() {
  /** @typedef {{ listener: (...args: any[]) => unknown, gone: boolean }} Entry */
  /** @type {Map<keyof Events, Entry[]>} */
  const lists = new Map()

  /** @param {keyof Events} name @param {Entry} entry */
  function drop(name, entry) {
    if (entry.gone) return
    entry.gone = true
    const rest = (lists.get(name) ?? []).filter((other) => other !== entry)
    if (rest.length > 0) lists.set(name, rest)
    else lists.delete(name)
  }

  return {
    on(name, listener) {
      if (typeof listener !== "function") throw new TypeError("on(name, listener): listener must be a function")
      const entry = { listener, gone: false }
      // A new array each time: an emit in progress keeps walking the one it began with.
      lists.set(name, [...(lists.get(name) ?? []), entry])
      return () => drop(name, entry)
    },
    off(name, listener) {
      const entry = lists.get(name)?.find((candidate) => candidate.listener === listener)
      if (entry) drop(name, entry)
    },
    emit(name, ...args) {
      for (const entry of lists.get(name) ?? []) {
        if (!entry.gone) call(entry.listener, args)
      }
    },
    count(name) {
      if (name !== undefined) return lists.get(name)?.length ?? 0
      let sum = 0
      for (const list of lists.values()) sum += list.length
      return sum
    },
    clear() {
      for (const [name, list] of lists) for (const entry of list) drop(name, entry)
    },
  }
}

/**
 * @param {(...args: any[]) => unknown} listener
 * @param {any[]} args
 */
function call(listener, args) {
  try {
    const result = listener(...args)
    if (result instanceof Promise) result.catch(reportUncaught)
  } catch (error) {
    reportUncaught(error)
  }
}
