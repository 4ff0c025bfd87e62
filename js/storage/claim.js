/**
 * Which store the tabs of a database use. Two tabs with two stores would be one database in memory and two on the disk,
 * of which the next opening finds one: so a tab claims the store it opens by a shared lock, which all others can see.
 * They choose one after the other, each in its turn (an exclusive lock): of those that come at one moment with different
 * stores the first decides for all.
 *
 * Invariants
 * 1. While a claim is held nobody else holds one on another kind of store.
 * 2. In a turn nobody else claims. Where a turn does not come (a page hangs in its own), who has waited for
 *    `turnLimitMs` goes without: of two that then come at one moment both may be refused.
 * 3. Without Web Locks there are no claims, and nothing is refused.
 */

import { WeftError } from "../errors.js"

/** @typedef {ReturnType<typeof createClaim>} Claim */

/** More than a store needs to be refused, twice. */
const kTurnLimitMs = 15_000

/**
 * @param {string} name of the database
 * @param {LockManager | null} [locks]
 * @param {number} [turnLimitMs]
 */
export function createClaim(name, locks = globalThis.navigator?.locks ?? null, turnLimitMs = kTurnLimitMs) {
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

    /**
     * What is done by one tab of the database at a time.
     * @template T
     * @param {() => Promise<T>} run
     * @returns {Promise<T>}
     */
    async inTurn(run) {
      if (!locks) return run()
      let begun = false
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(), turnLimitMs)
      try {
        return await locks.request(`weft:choosing:${name}`, { signal: abort.signal }, () => {
          begun = true
          clearTimeout(timer)
          return run()
        })
      } catch (error) {
        if (begun) throw error
        return await run()
      } finally {
        clearTimeout(timer)
      }
    },

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

    /** Lets go of what was taken. */
    drop: release,
    get kind() { return held?.kind },

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
