/**
 * When the page leaves and returns. A page that leaves may be put into the browser's back/forward cache, frozen, and
 * come back later: so "leave" means: hand out what is written, release what others wait for; "return" means: join anew.
 *
 * Invariants
 * 1. "leave" and "return" alternate, beginning with "leave".
 * 2. Where there is no page (Node, a worker) nothing is ever emitted.
 */

import { createEmitter } from "../util/emitter.js"

/**
 * @typedef {object} Lifecycle
 * @property {(name: "leave" | "return", listener: () => void) => () => void} on
 * @property {() => void} close
 */

/**
 * @param {Pick<EventTarget, "addEventListener" | "removeEventListener"> | null} [page] the window
 * @returns {Lifecycle}
 */
export function createLifecycle(page = typeof window === "undefined" ? null : window) {
  /** @type {import("../util/emitter.js").Emitter<{ leave: [], return: [] }>} */
  const events = createEmitter()
  let away = false

  function leave() {
    if (away) return
    away = true
    events.emit("leave")
  }
  function comeBack() {
    if (!away) return
    away = false
    events.emit("return")
  }

  page?.addEventListener("pagehide", leave)
  page?.addEventListener("pageshow", comeBack)
  return {
    on: (name, listener) => events.on(name, listener),
    close() {
      page?.removeEventListener("pagehide", leave)
      page?.removeEventListener("pageshow", comeBack)
      events.clear()
    },
  }
}
