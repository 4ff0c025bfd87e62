// The rows that a user's calls make: writes, reads, queries, opening again.
import { createPlain, queries } from "./plain.js"
import { nextTask, time } from "./world.js"

const QUERY_RUNS = 5
const MOST_REMOVES = 5000

/**
 * @param {object} parts
 * @param {(name: string, options?: object) => Promise<any>} parts.weft
 * @param {ReturnType<typeof import("./world.js").makeWorld>} parts.world
 * @param {ReturnType<typeof import("./world.js").createTable>} parts.table
 * @param {object} parts.options of the database
 * @param {string} parts.name of the database; a fresh one for each run
 * @param {boolean} parts.persists whether the store outlives `close`
 */
export async function measureDatabase({ weft, world, table, options, name, persists }) {
  const { ids, values, nodes } = world
  const plain = createPlain(world)
  let db = await weft(name, options)

  const plainFill = await time(plain.fill)
  await nextTask()
  const start = performance.now()
  await db.batch((/** @type {any} */ tx) => { for (let i = 0; i < nodes; i++) tx.put(values[i], ids[i]) })
  table.add("put in a batch", nodes, { ours: performance.now() - start, plain: plainFill })
  await db.flush()
  table.add("put in a batch, until flushed", nodes, { ours: performance.now() - start, plain: plainFill })

  await measureReads(db, plain, world, table)
  await measureQueries(db, plain, table)
  await measureChanges(db, plain, world, table)

  await db.flush()
  if (persists) {
    await db.close()
    await nextTask()
    const opening = performance.now()
    db = await weft(name, options)
    const opened = performance.now() - opening
    const { result } = await db.get(ids[nodes - 1])
    const { results } = await db.map({ $limit: 1 })
    if (!result && results.length === 0) throw new Error("nothing came back from the store")
    const text = plain.toJson()
    table.add("cold open, from the call of weft()", 1, { ours: opened, plain: await time(() => plain.fromJson(text)), note: "plain: JSON.parse of the same nodes" })
  }
  await measureRemoves(db, plain, world, table)
  await db.destroy()

  db = await weft(`${name}-awaited`, options)
  const plainAwaited = await time(plain.fillAwaited)
  await nextTask()
  table.add("put, awaited one by one", nodes, { ours: await time(async () => { for (let i = 0; i < nodes; i++) await db.put(values[i], ids[i]) }), plain: plainAwaited })
  await db.destroy()
}

/** @param {any} db @param {ReturnType<typeof createPlain>} plain @param {any} world @param {any} table */
async function measureReads(db, plain, { shuffled, nodes }, table) {
  const plainMs = await time(plain.getEach)
  table.add("get, awaited one by one", nodes, { ours: await time(async () => { for (const id of shuffled) await db.get(id) }), plain: plainMs })
}

/** @param {any} db @param {ReturnType<typeof createPlain>} plain @param {any} table */
async function measureQueries(db, plain, table) {
  for (const { name, options, plain: matches } of queries) {
    await measureQuery(name, table, async () => (await db.map(options)).results.length, () => plain.filter(matches).length)
  }
  await measureQuery("query: first 20 by name", table,
    async () => (await db.map({ field: "name", $limit: 20 })).results[0].id, () => plain.firstByName(20)[0].id)
}

/**
 * Several runs, so that neither side is judged by code that has not warmed up.
 * @param {string} name @param {any} table @param {() => Promise<unknown>} run @param {() => unknown} runPlain
 */
async function measureQuery(name, table, run, runPlain) {
  for (let i = 0; i < QUERY_RUNS; i++) {
    let expected, found
    const plain = await time(() => { expected = runPlain() })
    const ours = await time(async () => { found = await run() })
    if (found !== expected) throw new Error(`${name}: ${found}, the plain filter ${expected}`)
    table.add(name, 1, { ours, plain })
  }
}

/** @param {any} db @param {ReturnType<typeof createPlain>} plain @param {any} world @param {any} table */
async function measureChanges(db, plain, { ids, values, nodes }, table) {
  const changed = values.map((/** @type {any} */ value) => ({ ...value, age: 91 }))
  const plainUpdate = await time(plain.updateEach)
  await nextTask()
  table.add("update one field, in a batch", nodes, { ours: await time(() => db.batch((/** @type {any} */ tx) => { for (let i = 0; i < nodes; i++) tx.put(changed[i], ids[i]) })), plain: plainUpdate })
  const plainLink = await time(plain.linkEach)
  await nextTask()
  table.add("link, in a batch", nodes - 1, { ours: await time(() => db.batch((/** @type {any} */ tx) => { for (let i = 1; i < nodes; i++) tx.link(ids[i], ids[i - 1]) })), plain: plainLink })
}

/** @param {any} db @param {ReturnType<typeof createPlain>} plain @param {any} world @param {any} table */
async function measureRemoves(db, plain, { shuffled, nodes }, table) {
  const count = Math.min(MOST_REMOVES, nodes / 2)
  const ours = await time(async () => { for (let i = 0; i < count; i++) await db.remove(shuffled[i]) })
  table.add("remove, awaited one by one", count, { ours, plain: await time(() => plain.removeSome(count)) })
}
