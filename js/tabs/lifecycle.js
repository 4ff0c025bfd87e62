/**
 * When the page is hidden, leaves and returns. A page that leaves may be put into the browser's back/forward cache, or
 * frozen as it is, and come back later: so "leave" means: hand out what is written, release what others wait for; "return" means:
 * join anew. "hide" is the last that a page on a phone is sure to see, and on a closing tab it comes a little before
 * "leave" (Firefox may drop what a closing tab asks for last): the moment to flush.
 *
 * Invariants
 * 1. "leave" and "return" alternate, beginning with "leave". "hide" comes any number of times.
 * 2. Where there is no page (Node, a worker) nothing is ever emitted.
 */

import { createEmitter } from "../util/emitter.js"

/**
 * @typedef {object} Lifecycle
 * @property {(name: "hide" | "leave" | "return", listener: () => void) => () => void} on
 * @property {() => void} close
 */

/**
 * @typedef {EventTarget & { document: EventTarget & { visibilityState: string } }} Page
 *
 * @param {Page | null} [page] the window
 * @returns {Lifecycle}
 */
export function createLifecycle(page = typeof window === "undefined" ? null : window) {
  /** @type {import("../util/emitter.js").Emitter<{ hide: [], leave: [], return: [] }>} */
  const events = createEmitter()
  let away = false

  function hide() {
    if (page?.document.visibilityState === "hidden") events.emit("hide")
  }
  function leave() {
    if (away) return
    away = true
    events.emit("leave")
  }
  /** The system stops the page where it stands (https://wicg.github.io/page-lifecycle/); others go on without it. */
  function freeze() {
    hide()
    leave()
  }
  function comeBack() {
    if (!away) return
    away = false
    events.emit("return")
  }

  page?.document.addEventListener("visibilitychange", hide)
  page?.document.addEventListener("freeze", freeze)
  page?.document.addEventListener("resume", comeBack)
  page?.addEventListener("pagehide", leave)
  page?.addEventListener("pageshow", comeBack)
  return {
    on: (name, listener) => events.on(name, listener),
    close() {
      page?.document.removeEventListener("visibilitychange", hide)
      page?.document.removeEventListener("freeze", freeze)
      page?.document.removeEventListener("resume", comeBack)
      page?.removeEventListener("pagehide", leave)
      page?.removeEventListener("pageshow", comeBack)
      events.clear()
    },
  }
}
