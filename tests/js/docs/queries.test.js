/** The examples of docs/queries.md, run from the first to the last in one database. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

import { openDb, rejects } from "../database/open.js"

const page = readFileSync(new URL("../../../docs/queries.md", import.meta.url), "utf8")
const blocks = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code)

/** `await db.map(…) // → a, b` becomes a check of what was found, `await db.map(…) // ✗ CODE path` of the error. */
const checked = (code) => code.replace(/^await (db\.map\(.*\)) \/\/ ✗ (\w+) (.*)$/gm, (_, call, code, path) => `await refused(${call}, "${code}", "${path}")`).replace(/^(await db\.map\(.*\)) \/\/ → (.*)$/gm, (_, call, ids) => `found(${call}, ${JSON.stringify(ids)}, ${JSON.stringify(call)})`)

test("the examples of docs/queries.md find what they say", async (t) => {
  const db = await openDb(t)
  let arrows = 0, crosses = 0
  const found = async (asked, ids, call) => {
    arrows++
    assert.equal((await asked).results.map(({ id }) => id).join(", "), ids, call)
  }
  const refused = async (...args) => {
    crosses++
    await rejects(...args)
  }
  const console = { assert: (holds) => assert.ok(holds) }
  const program = blocks.map((code) => `{\n${checked(code)}\n}`).join("\n").replaceAll("found(await ", "await found(")
  const AsyncFunction = (async () => {}).constructor
  await new AsyncFunction("db", "found", "refused", "console", program)(db, found, refused, console)
  assert.ok(arrows > 15, `${arrows} examples`)
  assert.equal(arrows, page.match(/ \/\/ → /g).length, "every arrow was checked")
  assert.equal(crosses, page.match(/ \/\/ ✗ /g).length, "every cross was checked")
})

test("docs/queries.md has an example of every operator", () => {
  const source = readFileSync(new URL("../../../src/query/operators.cpp", import.meta.url), "utf8")
  const operators = [...source.matchAll(/\{"(\$\w+)", Standing::(kLogical|kTest|kWalk)\}/g)].map(([, name]) => name)
  assert.ok(operators.length > 30)
  const examples = blocks.join("\n")
  for (const name of operators) assert.match(examples, new RegExp(`\\${name}\\b`), name)
})
