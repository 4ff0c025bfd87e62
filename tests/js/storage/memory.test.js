import assert from "node:assert/strict"
import { test } from "node:test"
import { createMemoryStorage } from "../../../js/storage/memory.js"
import { cases, pattern, readAll } from "./acceptance.js"

for (const [title, run] of Object.entries(cases)) {
  test(`memory store: ${title}`, () => run(createMemoryStorage().open, "db"))
}

test("memory store: devices are kept apart", async () => {
  const [one, two] = [createMemoryStorage(), createMemoryStorage()]
  await (await one.open("db")).append([pattern(3)])
  assert.equal((await readAll(await two.open("db"))).rows.length, 0)
})
