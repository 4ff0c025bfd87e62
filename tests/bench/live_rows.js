// Live queries: what writes cost under 1 to 1,000 of them, beside a page that asks each of its filters about each
// change, and tells its listeners of the same events.
import { nextTask, time } from "./world.js"

const COUNTS = [1, 10, 100, 1000]
const UPDATES = 200
const BATCH = 10_000
const CITIES = 200
const OTHER_FIELDS = 10

/** The i-th live query: one city, and an age that two thirds have. @param {number} i */
const filter = (i) => ({ city: `city-${i % CITIES}`, above: 20 + Math.floor(i / CITIES) })

/** @typedef {ReturnType<typeof import("./world.js").makeWorld>} World */

/** @param {any} db @param {World} world @param {ReturnType<typeof import("./world.js").createTable>} table */
export async function measureLive(db, world, table) {
  /** Of the reference, in step with the database. @type {Map<string, any>} */
  const map = new Map(world.ids.map((id, i) => [id, world.values[i]]))
  let turn = 0
  for (const count of COUNTS) {
    const plain = createPlainLive(map, count)
    const stop = await subscribe(db, count, filterOptions)
    for (const batched of [false, true]) {
      const updates = makeUpdates(world, batched ? BATCH : UPDATES, ++turn)
      const name = `${batched ? "batch of updates" : "put, awaited,"} under ${count.toLocaleString("en")} live ${count === 1 ? "query" : "queries"}`
      // A journal that has grown is made anew in between: not what is measured here.
      await db.flush()
      await nextTask()
      const before = stop.heard(), plainHeard = plain.heard()
      const plainMs = await time(() => plain.update(updates))
      const ours = await time(() => batched ? writeBatch(db, updates) : writeEach(db, updates))
      await nextTask()
      if (stop.heard() - before !== plain.heard() - plainHeard) throw new Error(`${name}: ${stop.heard() - before} events, the reference ${plain.heard() - plainHeard}`)
      table.add(name, updates.length, { ours, plain: plainMs })
    }
    stop()
  }
  await measureOtherFields(db, world, table, ++turn)
}

/** A thousand that none of the changes can concern. @param {any} db @param {World} world @param {any} table @param {number} turn */
async function measureOtherFields(db, world, table, turn) {
  const stop = await subscribe(db, 1000, (i) => ({ query: { [`other${i % OTHER_FIELDS}`]: i } }))
  const updates = makeUpdates(world, UPDATES, turn)
  await db.flush()
  await nextTask()
  table.add("put, awaited, under 1,000 live queries of other fields", updates.length, { ours: await time(() => writeEach(db, updates)) })
  stop()
}

/** @param {number} i */
function filterOptions(i) {
  const { city, above } = filter(i)
  return { query: { "address.city": city, age: { $gt: above } } }
}

/** @param {any} db @param {number} count @param {(i: number) => object} optionsOf */
async function subscribe(db, count, optionsOf) {
  let heard = 0
  /** @type {(() => void)[]} */
  const offs = []
  for (let i = 0; i < count; i++) offs.push((await db.map(optionsOf(i), () => { heard++ })).unsubscribe)
  await nextTask()
  return Object.assign(() => { for (const off of offs) off() }, { heard: () => heard })
}

/** Each changes what its node had before. @param {World} world @param {number} most @param {number} turn */
function makeUpdates({ ids, values, nodes }, most, turn) {
  const count = Math.min(most, nodes)
  return Array.from({ length: count }, (_, i) => ({ id: ids[i], value: { ...values[i], age: (values[i].age + turn) % 90, score: turn } }))
}

/** @typedef {ReturnType<typeof makeUpdates>} Updates */

/** @param {any} db @param {Updates} updates */
async function writeEach(db, updates) {
  for (const { id, value } of updates) await db.put(value, id)
}

/** @param {any} db @param {Updates} updates */
function writeBatch(db, updates) {
  return db.batch((/** @type {any} */ tx) => { for (const { id, value } of updates) tx.put(value, id) })
}

/** @param {Map<string, any>} map what is there; kept as it becomes @param {number} count */
function createPlainLive(map, count) {
  let heard = 0
  const watches = Array.from({ length: count }, (_, i) => {
    const { city, above } = filter(i)
    const matches = (/** @type {any} */ value) => value.address.city === city && value.age > above
    const held = new Set([...map].filter(([, value]) => matches(value)).map(([id]) => id))
    return { matches, held, listener: (/** @type {object} */ _event) => { heard++ } }
  })
  return {
    heard: () => heard,
    /** @param {Updates} updates */
    update(updates) {
      for (const { id, value } of updates) {
        map.set(id, { ...value })
        for (const { matches, held, listener } of watches) {
          const was = held.has(id)
          if (matches(value)) {
            held.add(id)
            listener({ id, value: { ...value }, action: was ? "updated" : "added" })
          } else if (was) {
            held.delete(id)
            listener({ id, value: null, action: "removed" })
          }
        }
      }
    },
  }
}
