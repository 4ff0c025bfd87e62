/**
 * One case: writes, then a query that is asked afresh, or one that lives through rounds of further writes. Either
 * agrees with the oracle or says where it does not.
 *
 * @typedef {import("./write.js").Write} Write
 * @typedef {object} Case
 * @property {import("./world.js").Setup} [setup]
 * @property {Write[]} writes
 * @property {Record<string, any>} options
 * @property {Write[][]} rounds empty: asked once; each is one batch, and one round of events
 */
import { isDeepStrictEqual } from "node:util"

import { before, found, run } from "./result.js"
import { openWorld } from "./world.js"

/** @typedef {{ got: any, wanted: any, at: string }} Difference */

/** @param {import("./world.js").OpenWorld} world @param {Record<string, any>} options @returns {Promise<Difference | null>} */
export async function compareFresh(world, options, picture = world.look()) {
  const wanted = run(options, await picture)
  const got = await world.ask(options)
  return isDeepStrictEqual(got, wanted) ? null : { got, wanted, at: "the result" }
}

/**
 * A subscription beside what the oracle expects of it. `check` after each round.
 * @param {import("./world.js").OpenWorld} world @param {Record<string, any>} options
 */
export async function follow(world, options) {
  /** @type {any[]} */
  let events = []
  const { unsubscribe } = await world.db.map(options, (/** @type {any} */ event) => { events.push(event) })
  /** @type {Map<string, any>} what the events have built */
  const shown = new Map()
  let round = 0

  /** @param {any} event @returns {string | undefined} what is wrong with it */
  function apply({ action, ...node }) {
    const known = shown.get(node.id)
    if (action === "removed") {
      if (node.value !== null) return "a removed node has a value"
      return shown.delete(node.id) ? undefined : "removed what was not there"
    }
    shown.set(node.id, node)
    if (action === "updated") return known && !isDeepStrictEqual(known, node) ? undefined : "updated what was not there, or nothing in it"
    return known ? `${action} what was there` : action === (round === 0 ? "initial" : "added") ? undefined : `${action} at the wrong time`
  }

  /** First what was removed, then the rest in result order. @param {any[]} told @param {import("./result.js").World} picture */
  function isInOrder(told, picture) {
    const removed = told.findIndex(({ action }) => action !== "removed")
    const rest = removed < 0 ? [] : told.slice(removed)
    const all = found(options, picture)
    const nodes = rest.map(({ id }) => all.find(({ node }) => node.id === id))
    return rest.every(({ action }, i) => action !== "removed" && nodes[i] && (i === 0 || before(options, /** @type {any} */ (nodes[i - 1]), /** @type {any} */ (nodes[i])) < 0))
  }

  return {
    unsubscribe,
    /** @returns {Promise<Difference | null>} */
    async check(picture = world.look()) {
      const seen = await picture
      const outcome = run(options, seen)
      const wanted = "results" in outcome ? outcome.results : [] // a page whose cursor is gone is empty
      const told = events
      events = []
      const wrong = told.map(apply).find((each) => each !== undefined)
      const at = `round ${round++}`
      if (wrong) return { got: told, wanted: wrong, at }
      if (!isInOrder(told, seen)) return { got: told, wanted: "removed first, then in result order", at }
      const got = [...shown.values()]
      const sorted = (/** @type {any[]} */ nodes) => [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1))
      return isDeepStrictEqual(sorted(got), sorted(wanted)) ? null : { got, wanted, at: `${at}, after ${told.length} events` }
    },
  }
}

/** Whether a live query can be followed: a count cannot, and a cursor has to be there at first. @param {Record<string, any>} options @param {import("./result.js").World} picture */
export const canLive = (options, picture) => options.$count !== true && "results" in run(options, picture)

/** From the beginning, in a database of its own. @param {Case} given @returns {Promise<Difference | null>} */
export async function replay({ setup, writes, options, rounds }) {
  const world = await openWorld(setup)
  try {
    await world.apply(writes)
    if (rounds.length === 0) return await compareFresh(world, options)
    if (!canLive(options, await world.look())) return null
    const live = await follow(world, options)
    let difference = await live.check()
    for (const round of rounds) {
      if (difference) break
      await world.apply(round, true)
      difference = await live.check()
    }
    return difference
  } finally {
    await world.close()
  }
}
