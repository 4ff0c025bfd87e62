/**
 * Thousands of random graphs and queries: the engine and the oracle must agree on results, order, counts and events.
 *
 * A world is made from its seed: writes, then queries asked afresh, then live ones through rounds of writes. Each
 * answer compared is a case.
 *
 * @typedef {import("./case.js").Case} Case
 * @typedef {{ seed: number, given: Case, difference: import("./case.js").Difference }} Failure
 * @typedef {{ cases: number, found: number, errors: number, pages: number, events: number }} Tally what the cases were worth
 */
import { canLive, compareFresh, follow, replay } from "./case.js"
import { createQuerier } from "./query.js"
import { createRandom } from "./random.js"
import { run } from "./result.js"
import { shrink } from "./shrink.js"
import { openWorld } from "./world.js"

const FRESH = 60
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
  const tally = { cases: 0, found: 0, errors: 0, pages: 0, events: 0 }
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
  const querier = createQuerier(random)
  const write = () => querier.writer.write()
  const writes = Array.from({ length: 20 + random.below(60) }, write)
  const world = await openWorld()
  try {
    await world.apply(writes)
    return await runFresh(world, seed, writes, querier, tally) ?? await runLive(world, seed, writes, querier, random, tally)
  } finally {
    await world.close()
  }
}

/**
 * @param {import("./world.js").OpenWorld} world @param {number} seed @param {import("./write.js").Write[]} writes
 * @param {ReturnType<typeof createQuerier>} querier @param {Tally} tally @returns {Promise<Failure | null>}
 */
async function runFresh(world, seed, writes, querier, tally) {
  const picture = await world.look()
  for (let i = 0; i < FRESH; i++) {
    const options = querier.options()
    const difference = await compareFresh(world, options, Promise.resolve(picture))
    if (difference) return { seed, given: { writes, options, rounds: [] }, difference }
    count(tally, options, run(options, picture))
  }
  return null
}

/**
 * @param {import("./world.js").OpenWorld} world @param {number} seed @param {import("./write.js").Write[]} writes
 * @param {ReturnType<typeof createQuerier>} querier @param {import("./random.js").Random} random @param {Tally} tally
 * @returns {Promise<Failure | null>}
 */
async function runLive(world, seed, writes, querier, random, tally) {
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
      if (difference) return { seed, given: { writes, options, rounds }, difference }
      tally.cases++
      tally.events++
    }
  }
  for (const { live } of followed) live.unsubscribe?.()
  return null
}

/** @param {Tally} tally @param {Record<string, any>} options @param {import("./result.js").Outcome} outcome */
function count(tally, options, outcome) {
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
