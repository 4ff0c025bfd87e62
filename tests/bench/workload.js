// One size, all rows: the same program in Node and in a page.
import { measureDatabase } from "./database_rows.js"
import { measureQueries } from "./query_rows.js"
import { measureStates } from "./state_rows.js"
import { measureSync } from "./sync_rows.js"
import { createTable, makeWorld, nextTask } from "./world.js"

const WARM_UP = 2000

/**
 * @typedef {object} Setup
 * @property {any} weft the package
 * @property {any} createReplica js/core, for the rows below the shim
 * @property {any} locate
 * @property {boolean} persists
 * @property {number} nodes
 * @property {number} rounds
 */

/** What a user's calls cost. @param {Setup} setup */
export async function measure({ weft, createReplica, locate, persists, nodes, rounds }) {
  const world = makeWorld(nodes)
  const table = createTable()
  // Neither side is to be judged by code that the engine has not compiled yet.
  await measureDatabase({ weft, world: makeWorld(WARM_UP), table: createTable(), options: { tabs: false }, name: `bench-warm-${nodes}`, persists })
  for (let round = 0; round < rounds; round++) {
    await measureDatabase({ weft, world, table, options: { tabs: false }, name: `bench-${nodes}-${round}`, persists })
    await nextTask()
    await measureStates({ createReplica, locate, world, table })
    await nextTask()
  }
  return table.rows()
}

/** What queries cost. @param {Setup} setup */
export async function measureEveryQuery({ weft, nodes, rounds }) {
  const table = createTable()
  await measureQueries({ weft, world: makeWorld(WARM_UP), table: createTable(), name: `bench-queries-warm-${nodes}` })
  for (let round = 0; round < rounds; round++) {
    await measureQueries({ weft, world: makeWorld(nodes), table, name: `bench-queries-${nodes}-${round}` })
    await nextTask()
  }
  return table.rows()
}

/** What becoming equal costs. @param {Setup} setup */
export async function measureMeetings({ createReplica, locate, nodes, rounds }) {
  await measureSync({ createReplica, locate, world: makeWorld(WARM_UP), rounds: 1 })
  return measureSync({ createReplica, locate, world: makeWorld(nodes), rounds })
}
