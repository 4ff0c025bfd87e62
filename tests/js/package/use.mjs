// Copied next to an installed weftdb and run there with plain Node: what a first-time user of the package does.
import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { WeftError, gdb, weft } from "weftdb"

assert.equal(gdb, weft)
assert.equal(createRequire(import.meta.url)("weftdb/package.json").name, "weftdb")

const db = await weft("first", { storage: "memory" })
const ann = await db.put({ name: "Ann", age: 41 })
await db.put({ name: "Bo", age: 29 }, "bo")
await db.link(ann, "bo", { label: "knows" })

const { result } = await db.get(ann)
assert.deepEqual(result.value, { name: "Ann", age: 41 })
const { results } = await db.map({ query: { age: { $gt: 30 } } })
assert.deepEqual(results.map(node => node.id), [ann])

const bytes = await db.export()
const other = await weft("second", { storage: "memory" })
await other.import(bytes)
assert.deepEqual((await other.get("bo")).result.value, { name: "Bo", age: 29 })
assert.equal((await other.links(ann)).length, 1)
assert.deepEqual(await other.export(), bytes)

await assert.rejects(db.link(ann, "nobody"), error => error instanceof WeftError && error.code === "NODE_NOT_FOUND")
await db.close()
await other.close()
console.log("used")
