/** The examples of docs/queries.md, run from the first to the last in one database. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { openDb } from "../database/open.js"

const page = readFileSync(new URL("../../../docs/queries.md", import.meta.url), "utf8")
const blocks = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code)

/** `await db.map(…) // → a, b` becomes a check of what was found. */
const checked = (code) => code.replace(/^(await db\.map\(.*\)) \/\/ → (.*)$/gm, (_, call, ids) => `found(${call}, ${JSON.stringify(ids)}, ${JSON.stringify(call)})`)

test("the examples of docs/queries.md find what they say", async (t) => {
  const db = await openDb(t)
  let arrows = 0
  const found = async (asked, ids, call) => {
    arrows++
    assert.equal((await asked).results.map(({ id }) => id).join(", "), ids, call)
  }
  const console = { assert: (holds) => assert.ok(holds) }
  const program = blocks.map((code) => `{\n${checked(code)}\n}`).join("\n").replaceAll("found(await ", "await found(")
  const AsyncFunction = (async () => {}).constructor
  await new AsyncFunction("db", "found", "console", program)(db, found, console)
  assert.ok(arrows > 15, `${arrows} examples`)
  assert.equal(arrows, page.match(/ \/\/ → /g).length, "every arrow was checked")
})
