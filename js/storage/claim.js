/**
 * Which store the tabs of a database use. Two tabs with two stores would be one database in memory and two on the disk,
 * of which the next opening finds one: so a tab claims the store it opens by a shared lock, which all others can see.
 *
 * Invariants
 * 1. While a claim is held nobody else holds one on another kind of store; of two that come at the same moment with
 *    different ones, both may be refused.
 * 2. Without Web Locks there are no claims, and nothing is refused.
 */

import { WeftError } from "../errors.js"

/** @typedef {ReturnType<typeof createClaim>} Claim */

/**
 * @param {string} name of the database
 * @param {LockManager | null} [locks]
 */
export function createClaim(name, locks = globalThis.navigator?.locks ?? null) {
  const prefix = `weft:store:${name}\n`
  /** @type {{ kind: string, release: () => void, released: Promise<unknown> } | null} */
  let held = null
  /** What is taken again when the page comes back. @type {string | null} */
  let left = null

  /** @returns {Promise<string[]>} the kinds that are claimed */
  async function inUse() {
    const locked = (await locks?.query())?.held ?? []
    return [...new Set(locked.flatMap(({ name: lock }) => lock?.startsWith(prefix) ? [lock.slice(prefix.length)] : []))]
  }

  /** @param {string} kind @returns {Promise<void>} */
  function lock(kind) {
    return new Promise((resolve, reject) => {
      if (!locks) return resolve()
      let release = () => {}
      /** @type {Promise<void>} */
      const until = new Promise((end) => { release = end })
      const released = locks.request(prefix + kind, { mode: "shared" }, () => { resolve(); return until }).catch(reject)
      held = { kind, release, released }
    })
  }

  /** Resolves when nobody sees it any more. */
  async function release() {
    const mine = held
    held = null
    mine?.release()
    await mine?.released
  }

  return {
    inUse,

    /** @param {string} kind @returns {Promise<void>} rejects with INVALID_ARGUMENT when other tabs use another store */
    async take(kind) {
      if (held?.kind === kind) return
      await release()
      await lock(kind)
      const other = (await inUse()).find((used) => used !== kind)
      if (other === undefined) return
      await release()
      throw new WeftError("INVALID_ARGUMENT", `another tab has this database open in "${other}", this one would have it in "${kind}": all tabs of a database use one store`, { path: "options.storage" })
    },

    /** The page leaves: a lock would keep it out of the browser's cache of pages. */
    suspend() {
      left = held?.kind ?? left
      void release()
    },
    resume() {
      if (left !== null) lock(left).catch(() => {}) // refused by the browser: it goes unclaimed
      left = null
    },
    async close() {
      left = null
      await release()
    },
  }
}
