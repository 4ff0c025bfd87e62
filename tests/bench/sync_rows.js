// What becoming equal costs, between two cores in one thread and without a network: bytes, rounds, and the time that
// each side is at work. Beside it what a page would do without a database: JSON, deflated.
import { deflate, measureNewPeers } from "./new_peer_rows.js"
import { joinCores } from "./sync_pair.js"
import { createScenes, meeting, put } from "./sync_scenes.js"
import { median } from "./world.js"

const COUNTS = [1, 10, 100, 1000]
const LIVE_UPDATES = 1000
const BULK = 10_000

/**
 * All rows of one size.
 * @param {object} parts
 * @param {any} parts.createReplica of js/core
 * @param {any} parts.locate
 * @param {ReturnType<typeof import("./world.js").makeWorld>} parts.world
 * @param {number} parts.rounds
 */
export async function measureSync({ createReplica, locate, world, rounds }) {
  const scenes = await createScenes({ createReplica, locate, world })
  const rows = createRows()
  for (let round = 0; round < rounds; round++) {
    await measureDifferences(scenes, rows)
    await measureWays(scenes, world, rows)
    await measureNewPeers(scenes, world, rows)
    await measureLive(scenes, world, rows)
  }
  return rows.all()
}

/** Rows whose counts are those of the last run and whose times are medians. */
function createRows() {
  /** @type {Map<string, any>} */
  const rows = new Map()
  return {
    /** @param {string} group @param {string} name @param {{ [key: string]: any }} run; `ms…` keys are times */
    add(group, name, run) {
      const key = `${group}/${name}`
      const row = rows.get(key) ?? { group, name, times: {} }
      rows.set(key, row)
      for (const [word, value] of Object.entries(run)) {
        if (word.startsWith("ms")) (row.times[word] ??= []).push(value)
        else row[word] = value
      }
    },
    all: () => [...rows.values()].map(({ times, ...row }) => ({
      ...row, ...Object.fromEntries(Object.entries(times).map(([word, list]) => [word, median(/** @type {number[]} */ (list))])) })),
  }
}

const closeAll = (/** @type {any[]} */ cores) => { for (const core of cores) core.close() }

/** @param {any} scenes @param {ReturnType<typeof createRows>} rows */
async function measureDifferences(scenes, rows) {
  const equal = await scenes.equal()
  rows.add("differences", "in sync", { ...await meeting(equal, scenes), plainBytes: 0 })
  closeAll(equal)
  for (const place of ["recent", "spread"])
    for (const count of COUNTS.filter(count => count <= scenes.held)) {
      const { cores, values } = await scenes.differing(place, count)
      rows.add("differences", `${count.toLocaleString("en")} ${place}`, { ...await meeting(cores, scenes), plainBytes: (await deflate(JSON.stringify(values))).length })
      closeAll(cores)
    }
}

/**
 * The same changes of one side, by each of the three ways: as it is chosen, without a log, and with neither a log nor
 * reconciliation.
 * @param {any} scenes @param {any} world @param {ReturnType<typeof createRows>} rows
 */
async function measureWays(scenes, { ids, values, nodes }, rows) {
  const ways = [["delta", {}], ["reconcile", { oplogSize: 1 }], ["full state", { oplogSize: 1, reconcile: false }]]
  for (const count of COUNTS.filter(count => count > 1 && count <= scenes.held))
    for (const [way, options] of ways) {
      const cores = await scenes.equal(options)
      for (let i = 0; i < count; i++) {
        const at = (i * 7919) % nodes
        scenes.clock.pass(10)
        put(cores[0], ids[at], { ...values[at], age: 91 + i % 9 })
      }
      cores[0].drain(true)
      const met = await meeting(cores, scenes)
      if (!met.how.includes(/** @type {string} */ (way))) throw new Error(`${count} changes went by ${met.how}, not by ${way}`)
      rows.add("ways", `${count.toLocaleString("en")} changes, ${way}`, met)
      closeAll(cores)
    }
}

/** Two that are joined and equal; one writes. @param {any} scenes @param {any} world @param {ReturnType<typeof createRows>} rows */
async function measureLive(scenes, { ids, values, nodes }, rows) {
  const cores = await scenes.equal()
  const pair = joinCores(cores[0], cores[1], scenes.clock)
  pair.meet()
  const change = (/** @type {any} */ core, /** @type {number} */ i, /** @type {object} */ field) => put(core, ids[i % nodes], { ...values[i % nodes], ...field })
  const single = pair.live(core => change(core, 5, { age: 91 }))
  rows.add("live", "one field of one node", { count: 1, bytes: single.bytes })
  const batch = pair.live(core => { for (let i = 0; i < LIVE_UPDATES; i++) change(core, i * 7 + 1, { age: 92 }) })
  rows.add("live", `one field of ${LIVE_UPDATES.toLocaleString("en")} nodes, in one microtask`, { count: LIVE_UPDATES, bytes: batch.bytes, ms: batch.ms })
  const bulk = pair.live(core => { for (let i = 0; i < BULK; i++) put(core, `new-${i}`, values[i % nodes]) })
  rows.add("live", `${BULK.toLocaleString("en")} new nodes, in one microtask`, { count: BULK, bytes: bulk.bytes, ms: bulk.ms })
  if (cores[0].syncStatus().fingerprint !== cores[1].syncStatus().fingerprint) throw new Error("live operations did not arrive")
  closeAll(cores)
}
