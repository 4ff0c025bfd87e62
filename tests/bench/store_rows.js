// What the stores cost: opening, making the journal anew, the place it takes; and writes, acknowledged and on the device.
import { openRawDatabase, openRawFile } from "./raw_stores.js"
import { createTable, makeWorld, median, nextTask, time } from "./world.js"

const SINGLES = 200
const STRICT_SINGLES = 50
const TURN = 10_000
/** So many fit into localStorage. */
const SMALL_TURN = 3000
const WARM_UP = 2000

/** @typedef {(name: string, options?: object) => Promise<any>} Weft */

/**
 * Opening, compaction and disk use of one size.
 * @param {{ weft: Weft, nodes: number, rounds: number, watchBlocks: () => () => number }} setup
 */
export async function measureStores({ weft, nodes, rounds, watchBlocks }) {
  const table = createTable()
  await measureOpening(weft, makeWorld(WARM_UP), createTable(), 2)
  await measureOpening(weft, makeWorld(nodes), table, rounds)
  for (const storage of ["opfs", "indexeddb"]) await measureJournal(weft, storage, makeWorld(nodes), table, { rounds, watchBlocks })
  return table.rows()
}

/** @param {Weft} weft @param {ReturnType<typeof makeWorld>} world @param {ReturnType<typeof createTable>} table @param {number} rounds */
async function measureOpening(weft, world, table, rounds) {
  const { ids, values, nodes } = world
  const name = `bench-open-${nodes}`
  const raw = await openRawDatabase(name)
  await raw.put(values.map((/** @type {any} */ value, /** @type {number} */ i) => [ids[i], value]), "relaxed")
  raw.close()
  for (const storage of ["opfs", "indexeddb"]) await fill(weft, `${name}-${storage}`, storage, world)
  for (let round = 0; round < rounds; round++) {
    for (const storage of ["opfs", "indexeddb"]) {
      await nextTask()
      const began = performance.now()
      const db = await weft(`${name}-${storage}`, { tabs: false, storage })
      const { result } = await db.get(ids[nodes - 1])
      const ours = performance.now() - began
      if (!result) throw new Error(`${storage}: nothing came back`)
      await db.close()
      await nextTask()
      table.add(`open until the first get: ${storage}`, 1, { ours, plain: await time(async () => {
        const plain = await openRawDatabase(name)
        if ((await plain.getAll()).length !== nodes) throw new Error("the plain database is not whole")
        plain.close()
      }) })
    }
  }
  await (await openRawDatabase(name)).destroy()
  for (const storage of ["opfs", "indexeddb"]) await (await weft(`${name}-${storage}`, { tabs: false, storage })).destroy()
}

/** @param {Weft} weft @param {string} name @param {string} storage @param {ReturnType<typeof makeWorld>} world */
async function fill(weft, name, storage, { ids, values, nodes }) {
  const db = await weft(name, { tabs: false, storage })
  await db.batch((/** @type {any} */ tx) => { for (let i = 0; i < nodes; i++) tx.put(values[i], ids[i]) })
  await db.close()
}

/**
 * @param {Weft} weft @param {string} storage @param {ReturnType<typeof makeWorld>} world @param {ReturnType<typeof createTable>} table
 * @param {{ rounds: number, watchBlocks: () => () => number }} how
 */
async function measureJournal(weft, storage, { ids, values, nodes }, table, { rounds, watchBlocks }) {
  const name = `bench-journal-${storage}-${nodes}`
  const db = await weft(name, { tabs: false, storage })
  const before = await usage()
  await db.batch((/** @type {any} */ tx) => { for (let i = 0; i < nodes; i++) tx.put(values[i], ids[i]) })
  await db.flush()
  table.add(`on disk, as it was written: ${storage}`, 1, { ours: 0, bytes: await usage() - before })
  for (let round = 0; round < rounds; round++) {
    const blocked = watchBlocks()
    const ours = await time(() => db.changePassword(null, null)) // the journal is made anew
    table.add(`the journal made anew: ${storage}`, 1, { ours, bytes: db.status().storage.bytes })
    table.add(`longest time the page stood still for it: ${storage}`, 1, { ours: blocked() })
  }
  table.add(`on disk, made anew: ${storage}`, 1, { ours: 0, bytes: await usage() - before })
  await db.destroy()
}

const usage = async () => (await navigator.storage.estimate()).usage ?? 0

/** Writes of every store beside raw ones. @param {{ weft: Weft }} setup */
export async function measureStoreWrites({ weft }) {
  const rows = []
  for (const storage of ["opfs", "indexeddb", "localstorage"]) rows.push({ name: `weft, ${storage}`, ...await measureOurs(weft, storage) })
  rows.push({ name: "raw OPFS, a Worker that answers", ...await measureRawFile() })
  rows.push({ name: "raw IndexedDB, a key for each node", ...await measureRawDatabase() })
  return rows
}

/** @param {Weft} weft @param {string} storage */
async function measureOurs(weft, storage) {
  const small = storage === "localstorage"
  const { ids, values, nodes } = makeWorld(small ? SMALL_TURN : TURN)
  const name = `bench-writes-${storage}`
  /** A value that was not there before. @param {number} i @param {number} turn */
  const fresh = (i, turn) => ({ ...values[i], turn })
  let db = await weft(name, { tabs: false, storage })
  const saved = async () => { while (db.status().storage.pending > 0) await nextTask() }
  await db.put({ first: true }, "first")
  await saved()
  const acknowledgedMs = await each(SINGLES, async (i) => { await db.put(fresh(i, 0), ids[i]); await saved() })
  await nextTask()
  /** @param {number} turn */
  const putAll = (turn) => { for (let i = 0; i < nodes; i++) void db.put(fresh(i, turn), ids[i]) }
  const turnMs = await time(async () => { putAll(1); await saved() })
  if (small) {
    await db.destroy()
    return { acknowledgedMs, turnPerSecond: nodes / turnMs * 1000 }
  }
  const flushedMs = await time(async () => { putAll(2); await db.flush() })
  await db.close()
  db = await weft(name, { tabs: false, storage, durability: "strict" })
  const strictMs = await each(STRICT_SINGLES, (i) => db.put(fresh(i, 3), ids[i]))
  const strictTurnMs = await time(() => Promise.all(ids.map((/** @type {string} */ id, /** @type {number} */ i) => db.put(fresh(i, 4), id))))
  await db.destroy()
  return { acknowledgedMs, strictMs, turnPerSecond: nodes / turnMs * 1000, flushedPerSecond: nodes / flushedMs * 1000, strictPerSecond: nodes / strictTurnMs * 1000 }
}

async function measureRawFile() {
  const { values, nodes } = makeWorld(TURN)
  const encode = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value))
  const file = await openRawFile("bench-raw")
  const acknowledgedMs = await each(SINGLES, (i) => file.write(encode(values[i]), false))
  const strictMs = await each(STRICT_SINGLES, (i) => file.write(encode(values[i]), true))
  const turn = (/** @type {boolean} */ flush) => time(() => file.write(encode(values), flush))
  const [turnMs, flushedMs] = [await turn(false), await turn(true)]
  file.close()
  return { acknowledgedMs, strictMs, turnPerSecond: nodes / turnMs * 1000, flushedPerSecond: nodes / flushedMs * 1000, strictPerSecond: nodes / flushedMs * 1000 }
}

async function measureRawDatabase() {
  const { ids, values, nodes } = makeWorld(TURN)
  const database = await openRawDatabase("bench-raw")
  /** @param {number} i @returns {[string, unknown]} */
  const entry = (i) => [ids[i], values[i]]
  const acknowledgedMs = await each(SINGLES, (i) => database.put([entry(i)], "relaxed"))
  const strictMs = await each(STRICT_SINGLES, (i) => database.put([entry(i)], "strict"))
  const all = ids.map((/** @type {string} */ _, /** @type {number} */ i) => entry(i))
  const turnMs = await time(() => database.put(all, "relaxed"))
  const flushedMs = await time(() => database.put(all, "strict"))
  await database.destroy()
  return { acknowledgedMs, strictMs, turnPerSecond: nodes / turnMs * 1000, flushedPerSecond: nodes / flushedMs * 1000, strictPerSecond: nodes / flushedMs * 1000 }
}

/** The median of so many, one after the other. @param {number} count @param {(i: number) => Promise<unknown>} run */
async function each(count, run) {
  const times = []
  for (let i = 0; i < count; i++) {
    times.push(await time(() => run(i)))
    await nextTask()
  }
  return median(times)
}
