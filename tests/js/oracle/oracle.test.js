import assert from "node:assert/strict"
import { test } from "node:test"
import { inspect } from "node:util"

import { replay } from "../../oracle/case.js"
import { runCases } from "../../oracle/oracle.js"
import { shrink } from "../../oracle/shrink.js"

test("the engine agrees with the oracle", async () => {
  const { tally, failure } = await runCases({ cases: 4000, seed: 1 })
  assert.equal(failure, null, inspect(failure, { depth: null }))
  // The random cases must be worth something.
  assert.ok(tally.found > tally.cases, `${tally.found} nodes found`)
  assert.ok(tally.pages > tally.cases / 10 && tally.errors > 0 && tally.errors < tally.pages, `${tally.pages} pages, ${tally.errors} refused`)
})

test("a failing case is made small", async () => {
  const given = { writes: [["put", "a", { x: 1, y: [2] }], ["put", "b", { x: 5 }], ["remove", "b"], ["put", "c", 3]], options: { query: { x: { $gt: 0 }, y: 2 }, $limit: 3 }, rounds: [] }
  const isWrong = async ({ writes, options }) => writes.some(([kind, id, value]) => kind === "put" && id === "a" && value.x === 1) && options.query?.x !== undefined
  assert.deepEqual(await shrink(given, isWrong), { writes: [["put", "a", { x: 1 }]], options: { query: { x: {} } }, rounds: [] })
  assert.equal(await replay(given), null)
})
