// The simulator of disks that fail (tests/faults): some seeds, that everything happens in them, and that it would notice.
import assert from "node:assert/strict"
import { test } from "node:test"

import { playSeed } from "../../faults/play.js"

const kSeeds = 500

test(`${kSeeds} seeds: what was promised is there when it is opened again, or it refuses with a clear error`, async () => {
  /** @type {Record<string, number>} */
  const tally = {}
  for (let seed = 1; seed <= kSeeds; seed++) {
    const happened = await playSeed(seed).catch((error) => assert.fail(`seed ${seed} (npm run faults -- --seed ${seed}): ${error.stack}`))
    for (const [what, times] of Object.entries(happened)) tally[what] = (tally[what] ?? 0) + times
  }
  for (const what of ["a process is killed", "the power goes", "an append is torn", "an append finds the disk full", "a replace finds the disk full", "a replace fails",
    "a flush fails", "a read comes to an end too soon", "a bit turns", "bits turn", "a stretch is lost", "the end is lost", "refused: CORRUPT_STORE"]) {
    assert.ok(tally[what] > 0, `${what}: never`)
  }
})

for (const lie of /** @type {const} */ (["flush", "replace"])) {
  test(`a disk that lies about ${lie} is found`, async () => {
    for (let seed = 1; seed <= 100; seed++) {
      if (await playSeed(seed, () => {}, { lie }).then(() => false, () => true)) return
    }
    assert.fail("not in 100 seeds")
  })
}
