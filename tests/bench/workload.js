// One size, all rows: the same program in Node and in a page.
import { measureDatabase } from "./database_rows.js"
import { measureSync } from "./sync_rows.js"
import { createTable, makeWorld, nextTask } from "./world.js"

const WARM_UP = 2000

/**
 * @param {object} parts
 * @param {any} parts.weft the package
 * @param {any} parts.createReplica js/core, for the rows below the transport
 * @param {any} parts.locate
 * @param {boolean} parts.persists
 * @param {number} parts.nodes
 * @param {number} parts.rounds
 */
export async function measure({ weft, createReplica, locate, persists, nodes, rounds }) {
  const world = makeWorld(nodes)
  const table = createTable()
  // Neither side is to be judged by code that the engine has not compiled yet.
  await measureDatabase({ weft, world: makeWorld(WARM_UP), table: createTable(), options: { tabs: false }, name: `bench-warm-${nodes}`, persists })
  for (let round = 0; round < rounds; round++) {
    await measureDatabase({ weft, world, table, options: { tabs: false }, name: `bench-${nodes}-${round}`, persists })
    await nextTask()
    await measureSync({ createReplica, locate, world, table })
    await nextTask()
  }
  return table.rows()
}
