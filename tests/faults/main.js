// One process of `npm run faults`: plays every n-th seed from a first one; the first that fails ends it.
import { playSeed } from "./play.js"

const [from, stride, seeds] = process.argv.slice(2).map(Number)
const shown = seeds === 1 ? console.log : () => {}
/** @type {Record<string, number>} */
const tally = {}
for (let played = 0; played < seeds; played++) {
  const seed = from + played * stride
  try {
    for (const [what, times] of Object.entries(await playSeed(seed, shown))) tally[what] = (tally[what] ?? 0) + times
  } catch (error) {
    console.log(`seed ${seed} FAILED: ${error instanceof Error ? error.stack : error}`)
    console.log(`after ${played} that did not`)
    process.exit(1)
  }
}
console.log(`tally ${JSON.stringify(tally)}`)
