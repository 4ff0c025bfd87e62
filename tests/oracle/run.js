/**
 * `npm run oracle -- --cases 100000 --seed 1`: compares the engine with the oracle for as long as asked, and prints a
 * failing case, made small, as something to paste into a test. Exit code 1 then.
 */
import { inspect, parseArgs } from "node:util"

import { runCases } from "./oracle.js"

const { values } = parseArgs({ options: { cases: { type: "string", default: "10000" }, seed: { type: "string" } } })
const cases = Number(values.cases)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const began = performance.now()
let said = began

const line = (/** @type {import("./oracle.js").Tally} */ tally) => {
  const seconds = (performance.now() - began) / 1000
  return `${tally.cases} cases in ${seconds.toFixed(1)} s, ${Math.round(tally.cases / seconds)} a second; ${tally.found} nodes found, `
    + `${tally.pages} pages, ${tally.errors} refused, ${tally.events} rounds of live queries, ${tally.orders} indexes`
}

console.log(`oracle: ${cases} cases from seed ${seed}`)
const { tally, failure } = await runCases({ cases, seed, progress(now) {
  if (performance.now() - said < 10_000) return
  said = performance.now()
  console.log(line(now))
} })
console.log(line(tally))
if (failure) {
  const { given, difference } = failure
  console.log(`\nNO AGREEMENT at ${difference.at}; again: npm run oracle -- --cases 1 --seed ${failure.seed}`)
  console.log(inspect({ ...given, got: difference.got, wanted: difference.wanted }, { depth: null, breakLength: 120, maxArrayLength: null }))
  process.exitCode = 1
}
