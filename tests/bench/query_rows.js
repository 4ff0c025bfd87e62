// The rows of queries: each class the first time it is asked, again, and with its fields indexed, beside
// the filter a person would write over a Map of plain objects.
import { measureLive } from "./live_rows.js"
import { createPlain } from "./plain.js"
import { TAGS, median, nextTask, time } from "./world.js"

const RUNS = 5
const PAGES = 20
const FEW = 20
const MANY = 5000
const MOST_PUTS = 2000
const TREE = 10_000
const TREE_WIDTH = 2.5   // two or three below each

/** @typedef {{ name: string, options: any, plain: (value: any, id: string) => boolean, finish?: (found: any[]) => any[], fields?: string[], count?: boolean }} QueryClass */

/** @param {(a: any, b: any) => number} compare @param {number} limit */
const first = (compare, limit) => (/** @type {any[]} */ found) => found.sort(compare).slice(0, limit)
/** @param {string} field @returns {(a: any, b: any) => number} */
const up = (field) => (a, b) => (a.value[field] < b.value[field] ? -1 : a.value[field] > b.value[field] ? 1 : a.id < b.id ? -1 : 1)

/** @param {number} nodes @returns {QueryClass[]} */
function classes(nodes) {
  const many = Math.min(MANY, nodes / 2)
  const zip = 10000 + (nodes > 200 ? 100 : 0)
  return [
    { name: "eq, one node", options: { query: { email: `person${nodes >> 1}@example.org` } }, plain: v => v.email === `person${nodes >> 1}@example.org`, fields: ["email"] },
    { name: "eq, one in 200", options: { query: { "address.city": "city-17" } }, plain: v => v.address.city === "city-17", fields: ["address.city"] },
    { name: "range, 20 nodes", options: { query: { "created": { $gte: 1700000010000, $lt: 1700000030000 } } }, plain: v => v.created >= 1700000010000 && v.created < 1700000030000, fields: ["created"] },
    { name: `range, ${many.toLocaleString("en")} nodes`, options: { query: { created: { $lt: 1700000000000 + many * 1000 } } }, plain: v => v.created < 1700000000000 + many * 1000, fields: ["created"] },
    { name: "range, two thirds", options: { query: { age: { $gt: 30 } } }, plain: v => v.age > 30, fields: ["age"] },
    { name: "and", options: { query: { active: true, age: { $lt: 5 }, "address.zip": { $gt: zip } } }, plain: v => v.active && v.age < 5 && v.address.zip > zip, fields: ["active", "age", "address.zip"] },
    { name: "or", options: { query: { $or: [{ age: { $lt: 5 } }, { tags: TAGS[2], active: true }] } }, plain: v => v.age < 5 || (v.tags.includes(TAGS[2]) && v.active), fields: ["age", "tags"] },
    { name: "in", options: { query: { "address.city": { $in: ["city-1", "city-77", "city-199"] } } }, plain: v => ["city-1", "city-77", "city-199"].includes(v.address.city), fields: ["address.city"] },
    { name: "contains", options: { query: { name: { $contains: "99" } } }, plain: v => v.name.includes("99") },
    { name: "like, a prefix", options: { query: { email: { $like: "person9_@%" } } }, plain: v => /^person9.@/s.test(v.email), fields: ["email"] },
    { name: "regex", options: { query: { name: { $regex: "9[0-3]9" } } }, plain: v => /9[0-3]9/.test(v.name) },
    { name: "text", options: { query: { name: { $text: "NUMBER 77" } } }, plain: v => fold(v.name).includes("number") && fold(v.name).includes("77") },
    { name: "sort + limit", options: { field: "name", $limit: FEW }, plain: () => true, finish: first(up("name"), FEW), fields: ["name"] },
    { name: "eq + sort + limit", options: { query: { "address.city": "city-17" }, field: "age", $limit: FEW }, plain: v => v.address.city === "city-17", finish: first(up("age"), FEW), fields: ["address.city", "age"] },
    { name: "count", options: { query: { age: { $gt: 30 } }, $count: true }, plain: v => v.age > 30, fields: ["age"], count: true },
    { name: "edge, full", options: { query: { id: "person-0", $edge: {} } }, plain: () => false, finish: () => [] },
    { name: "edge, filtered", options: { query: { id: "person-0", $edge: { age: { $lt: 10 } } } }, plain: () => false, finish: () => [] },
  ]
}

/** @param {number} i anywhere on the globe, the same in every run */
const place = (i) => ({ name: `Place ${i}`, at: { latitude: ((i * 7919) % 180_000) / 1000 - 90, longitude: ((i * 104729) % 360_000) / 1000 - 180 } })

/** @returns {QueryClass[]} */
function placeClasses() {
  const here = { latitude: 48, longitude: 16 }
  const box = { minLat: 40, maxLat: 44, minLng: 5, maxLng: 15 }
  const near = (/** @type {any} */ { at }) => kilometres(here, at) <= 500
  return [
    { name: "near, 500 km", options: { query: { at: { $near: { ...here, radius: 500 } } } }, plain: near },
    { name: "bbox", options: { query: { at: { $bbox: box } } }, plain: ({ at }) => at.latitude >= box.minLat && at.latitude <= box.maxLat && at.longitude >= box.minLng && at.longitude <= box.maxLng },
    { name: "nearest 20", options: { field: "at", $near: here, $limit: FEW }, plain: () => true, finish: first((a, b) => kilometres(here, a.value.at) - kilometres(here, b.value.at), FEW) },
  ]
}

/** By the haversine formula. @param {{ latitude: number, longitude: number }} a @param {{ latitude: number, longitude: number }} b */
function kilometres(a, b) {
  const rad = Math.PI / 180
  const lat = Math.sin((b.latitude - a.latitude) * rad / 2), lng = Math.sin((b.longitude - a.longitude) * rad / 2)
  return 2 * 6371 * Math.asin(Math.sqrt(lat * lat + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * lng * lng))
}

/** @param {string} text */
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()

/**
 * @param {object} parts
 * @param {(name: string, options?: object) => Promise<any>} parts.weft
 * @param {ReturnType<typeof import("./world.js").makeWorld>} parts.world
 * @param {ReturnType<typeof import("./world.js").createTable>} parts.table
 * @param {string} parts.name of the database; a fresh one for each run
 */
export async function measureQueries({ weft, world, table, name }) {
  const { ids, nodes } = world
  const plain = createPlain(world)
  plain.fill()
  const db = await openFilled(weft, name, world)
  // A tree ten levels deep at 100,000 nodes, each with three below it.
  await db.batch((/** @type {any} */ tx) => { for (let i = 1; i < nodes; i++) tx.link(ids[Math.floor((i - 1) / 3)], ids[i]) })
  for (let i = 1; i < nodes; i++) plain.map.get(ids[Math.floor((i - 1) / 3)]).edges.push(ids[i])

  const all = classes(nodes)
  for (const one of all) await measureClass(db, plain, table, one, ["first", "again"])
  await measurePages(db, world, table, "pages through everything, by score")
  for (const field of ["email", "address.city", "created", "age", "name", "score", "tags", "address.zip"]) {
    const ours = await time(() => db.index(field))
    if (field === "age" || field === "email") {
      const { bytes } = db.status().indexes.find((/** @type {any} */ kept) => kept.field === field)
      table.add(`building an index: ${field}`, 1, { ours, bytes })
    }
  }
  for (const one of all) if (one.fields) await measureClass(db, plain, table, one, [null, "indexed"])
  await measurePages(db, world, table, "pages through everything, by score, indexed")
  await db.destroy()
  await measurePlaces(weft, world, table, name)
  await measureTree(weft, world, table, name)
  await measurePuts(weft, world, table, name)
  const live = await openFilled(weft, `${name}-live`, world)
  await measureLive(live, world, table)
  await live.destroy()
}

/** @param {any} weft @param {string} name @param {{ ids: string[], values: any[] }} world @param {object} [options] */
async function openFilled(weft, name, { ids, values }, options = {}) {
  const db = await weft(name, { tabs: false, storage: "memory", ...options })
  await db.batch((/** @type {any} */ tx) => { for (let i = 0; i < ids.length; i++) tx.put(values[i], ids[i]) })
  return db
}

/** @param {any} weft @param {any} world @param {any} table @param {string} name */
async function measurePlaces(weft, { ids, shuffled }, table, name) {
  const world = { nodes: ids.length, ids, shuffled, values: ids.map((/** @type {string} */ _, /** @type {number} */ i) => place(i)) }
  const plain = createPlain(/** @type {any} */ (world))
  plain.fill()
  const db = await openFilled(weft, `${name}-places`, world)
  for (const one of placeClasses()) await measureClass(db, plain, table, one, ["first", "again"])
  await db.destroy()
}

/** A tree of 10,000 nodes, ten levels below its root, of small values. @param {any} weft @param {any} world @param {any} table @param {string} name */
async function measureTree(weft, { ids: all, shuffled }, table, name) {
  const ids = all.slice(0, TREE)
  if (ids.length < TREE) return
  const world = { nodes: TREE, ids, shuffled, values: ids.map((/** @type {string} */ _, /** @type {number} */ i) => ({ name: `Part ${i}`, age: i % 90 })) }
  const parent = (/** @type {number} */ i) => Math.floor((i - 1) / TREE_WIDTH)
  const plain = createPlain(/** @type {any} */ (world))
  plain.fill()
  for (let i = 1; i < TREE; i++) plain.map.get(ids[parent(i)]).edges.push(ids[i])
  const db = await openFilled(weft, `${name}-tree`, world)
  await db.batch((/** @type {any} */ tx) => { for (let i = 1; i < TREE; i++) tx.link(ids[parent(i)], ids[i]) })
  const tree = { name: "edge, a tree of 10,000, depth 10", options: { query: { id: "person-0", $edge: {} } }, plain: () => false }
  await measureClass(db, plain, table, tree, ["first", "again"])
  await db.destroy()
}

/**
 * @param {any} db @param {ReturnType<typeof createPlain>} plain @param {any} table
 * @param {QueryClass} one @param {[string | null, string]} labels of the first run and of the median of the others
 */
async function measureClass(db, plain, table, { name, options, plain: matches, finish = (found) => found, count }, [once, often]) {
  const edge = options.query?.$edge
  const reference = edge ? () => walkPlain(plain.map, edge) : () => finish(plain.filter(matches))
  const run = async () => { const result = await db.map(options); return count ? result.count : result.results }
  const ours = [], theirs = []
  for (let i = 0; i <= RUNS; i++) {
    let expected = /** @type {any[]} */ ([]), found
    theirs.push(await time(() => { expected = reference() }))
    try {
      ours.push(await time(async () => { found = await run() }))
    } catch (error) {
      if (/** @type {any} */ (error).code === "NOT_SUPPORTED_YET") return
      throw error
    }
    check(name, found, expected, count)
    await nextTask()
  }
  const ratio = median(theirs)
  if (once) table.add(`${name}: ${once}`, 1, { ours: ours[0], plain: ratio })
  table.add(`${name}: ${often}`, 1, { ours: median(ours.slice(1)), plain: ratio })
}

/** @param {string} name @param {any} found @param {any[]} expected @param {boolean | undefined} count */
function check(name, found, expected, count) {
  const [ours, theirs] = count ? [found, expected.length] : [found.length, expected.length]
  if (ours !== theirs) throw new Error(`${name}: ${ours}, the plain filter ${theirs}`)
  if (!count && ours > 0 && ours <= FEW && !expected.some((/** @type {any} */ node) => node.id === found[0].id)) throw new Error(`${name}: another node`)
}

/** Breadth first from person-0, each once. @param {Map<string, any>} map @param {any} filter */
function walkPlain(map, filter) {
  const seen = new Set()
  let front = ["person-0"]
  const found = []
  while (front.length > 0) {
    const next = []
    for (const id of front) {
      for (const target of map.get(id).edges) {
        if (seen.has(target)) continue
        seen.add(target)
        next.push(target)
        const { value, edges } = map.get(target)
        if (!filter.age || value.age < filter.age.$lt) found.push({ id: target, value: { ...value }, edges: [...edges] })
      }
    }
    front = next
  }
  return found
}

/** Twenty pages, the cursor of each being the last of the one before. @param {any} db @param {any} world @param {any} table @param {string} name */
async function measurePages(db, { ids, values, nodes }, table, name) {
  const limit = Math.ceil(nodes / PAGES)
  let seen = 0
  const ours = await time(async () => {
    for (let after; ;) {
      const { results } = await db.map({ field: "score", $limit: limit, ...(after ? { $after: after } : {}) })
      seen += results.length
      if (results.length < limit) break
      after = results[results.length - 1].id
    }
  })
  if (seen !== nodes) throw new Error(`${name}: ${seen} of ${nodes}`)
  // The reference sorts once and cuts: it need not be told where the page before ended.
  const plain = await time(() => {
    const sorted = ids.map((/** @type {string} */ id, /** @type {number} */ i) => ({ id, value: values[i] })).sort(up("score"))
    const pages = []
    for (let i = 0; i < nodes; i += limit) pages.push(sorted.slice(i, i + limit).map((/** @type {any} */ { id, value }) => ({ id, value: { ...value }, edges: [] })))
    return pages
  })
  table.add(name, 1, { ours, plain })
}

/** Puts with two declared indexes and without, until a query has seen them. @param {any} weft @param {any} world @param {any} table @param {string} name */
async function measurePuts(weft, world, table, name) {
  const { ids, values, nodes } = world
  for (const indexes of [[], ["age", "address.city"]]) {
    const db = await openFilled(weft, `${name}-puts`, world, { indexes })
    const look = () => db.map({ query: { age: 91 }, $limit: 1 })
    await look()
    const puts = Math.min(MOST_PUTS, nodes)
    const ours = await time(async () => {
      for (let i = 0; i < puts; i++) await db.put({ ...values[i], age: 91 }, ids[i])
      await look()
    })
    table.add(indexes.length ? "put with two indexes, then a query" : "put without an index, then a query", puts, { ours })
    await db.destroy()
  }
}
