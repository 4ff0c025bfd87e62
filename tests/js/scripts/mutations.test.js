import assert from "node:assert/strict"
import { test } from "node:test"
import { mutations, occurrences } from "../../sim/mutations.mjs"

test("every mutation of the simulator still fits the sources, at one place", () => {
  assert.ok(mutations.length >= 12)
  for (const mutation of mutations) assert.equal(occurrences(mutation), 1, `${mutation.name}: ${mutation.file}`)
})
