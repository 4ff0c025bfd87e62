/**
 * Thousands of random graphs and queries: the engine and the oracle must agree on results, order, counts and events.
 *
 * A world is made from its seed: writes, then queries asked afresh, more writes and more queries, then live ones through
 * rounds of writes. Each answer compared is a case. Indexes come from the start, between writes, and by the queries.
 *
 * @typedef {import("./case.js").Case} Case
 * @typedef {{ seed: number, given: Case, difference: import("./case.js").Difference }} Failure
 * @typedef {{ cases: number, found: number, errors: number, pages: number, events: number, orders: number }} Tally what the cases were worth
 */
import { canLive, compareFresh, follow, replay } from "./case.js"
import { createQuerier } from "./query.js"
import { createRandom } from "./random.js"
import { run } from "./result.js"
import { shrink } from "./shrink.js"
import { openWorld } from "./world.js"
import { INDEXED } from "./write.js"

const FRESH = 20
const STRETCHES = 3
const LIVE = 6
const ROUNDS = 8

/**
 * @param {object} plan
 * @param {number} plan.cases at least
 * @param {number} plan.seed of the first world
 * @param {(tally: Tally) => void} [plan.progress] after each world
 * @returns {Promise<{ tally: Tally, failure: Failure | null }>}
 */
export async function runCases({ cases, seed, progress = () => {} }) {
  const tally = { cases: 0, found: 0, errors: 0, pages: 0, events: 0, orders: 0 }
  for (let next = seed; tally.cases < cases; next++) {
    const failure = await runWorld(next, tally)
    if (failure) return { tally, failure: await smallest(failure) }
    progress(tally)
  }
  return { tally, failure: null }
}

/** @param {number} seed @param {Tally} tally @returns {Promise<Failure | null>} */
async function runWorld(seed, tally) {
  const random = createRandom(seed)
  const setup = { indexes: random.list(3, () => random.one(INDEXED)), indexFrom: random.one([0, 0, 0, 64]), indexAfter: random.one([0, 1, 4]) }
  const world = await openWorld(setup)
  /** @type {Run} */
  const at = { seed, setup, world, random, querier: createQuerier(random), writes: [], tally }
  try {
    for (let stretch = 0; stretch < STRETCHES; stretch++) {
      const failure = await runFresh(at, stretch === 0 ? 20 + random.below(60) : random.below(20))
      if (failure) return failure
    }
    return await runLive(at)
  } finally {
    await world.close()
  }
}

/**
 * @typedef {object} Run of one world
 * @property {number} seed
 * @property {import("./world.js").Setup} setup
 * @property {import("./world.js").OpenWorld} world
 * @property {import("./random.js").Random} random
 * @property {ReturnType<typeof createQuerier>} querier
 * @property {import("./write.js").Write[]} writes before the live queries
 * @property {Tally} tally
 */

/** @param {Run} run @param {number} count of writes before @returns {Promise<Failure | null>} */
async function runFresh({ seed, setup, world, querier, writes, tally }, count) {
  const more = Array.from({ length: count }, () => querier.writer.write())
  writes.push(...more)
  await world.apply(more)
  const picture = await world.look()
  for (let i = 0; i < FRESH; i++) {
    const options = querier.options()
    const difference = await compareFresh(world, options, Promise.resolve(picture))
    if (difference) return { seed, given: { setup, writes, options, rounds: [] }, difference }
    tell(tally, options, run(options, picture))
  }
  tally.orders += world.db.status().indexes.filter((/** @type {any} */ { sorted, places }) => sorted || places > 0).length
  return null
}

/** @param {Run} run @returns {Promise<Failure | null>} */
async function runLive({ seed, setup, world, random, querier, writes, tally }) {
  let picture = await world.look()
  const followed = []
  while (followed.length < LIVE) {
    const options = querier.options()
    if (canLive(options, picture)) followed.push({ options, live: await follow(world, options) })
  }
  /** @type {import("./write.js").Write[][]} */
  const rounds = []
  for (let round = 0; round <= ROUNDS; round++) {
    if (round > 0) {
      rounds.push(Array.from({ length: 1 + random.below(random.chance(20) ? 20 : 3) }, () => querier.writer.write()))
      await world.apply(/** @type {import("./write.js").Write[]} */ (rounds.at(-1)), true)
      picture = await world.look()
    }
    for (const { options, live } of followed) {
      const difference = await live.check(Promise.resolve(picture))
      if (difference) return { seed, given: { setup, writes, options, rounds }, difference }
      tally.cases++
      tally.events++
    }
  }
  for (const { live } of followed) live.unsubscribe?.()
  return null
}

/** @param {Tally} tally @param {Record<string, any>} options @param {import("./result.js").Outcome} outcome */
function tell(tally, options, outcome) {
  tally.cases++
  if ("error" in outcome) tally.errors++
  else tally.found += "count" in outcome ? outcome.count : outcome.results.length
  if ("$after" in options || "$before" in options) tally.pages++
}

/** The smallest case that fails in the same way: a query made small beyond its grammar would only be refused. @param {Failure} failure @returns {Promise<Failure>} */
async function smallest(failure) {
  const { seed, given, difference } = failure
  /** @param {Case} each */
  const again = async (each) => {
    const found = await replay(each)
    return found && found.got?.error === difference.got?.error ? found : null
  }
  if (!(await again(given))) return failure // it takes what other subscriptions left behind
  const least = await shrink(given, async (each) => (await again(each)) !== null)
  return { seed, given: least, difference: await again(least) ?? difference }
}
