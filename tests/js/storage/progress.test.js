import assert from "node:assert/strict"
import { test } from "node:test"
import { createProgress } from "../../../js/storage/progress.js"

test("marks never go back, and flushed means saved", () => {
  const progress = createProgress()
  progress.wrote(100)
  progress.saved(60)
  progress.saved(40)
  assert.equal(progress.pending, 40)
  progress.flushed(80)
  progress.flushed(10)
  assert.deepEqual([progress.pending, progress.isSaved(80), progress.isFlushed(80), progress.isFlushed(81)], [20, true, true, false])
})

test("a wait ends with the next change, or with its limit", async () => {
  const progress = createProgress()
  const limit = progress.limit(20)
  const wait = progress.change(limit)
  progress.changed()
  assert.equal(await wait, true)
  assert.equal(await progress.change(limit), false)
  assert.equal(await progress.change(limit), false, "a limit that is over stays over")
  limit.end()
})

test("version tells whether something changed meanwhile", () => {
  const progress = createProgress()
  const seen = progress.version
  progress.wrote(5)
  assert.equal(progress.version, seen)
  progress.saved(5)
  assert.notEqual(progress.version, seen)
})
