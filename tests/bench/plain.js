// The reference: what a page would do without a database, a Map of plain objects. It copies what goes in
// and what comes out one level deep (a database gives whole copies; this is the least anyone would do).
import { TAGS } from "./world.js"

/** @param {ReturnType<typeof import("./world.js").makeWorld>} world */
export function createPlain({ ids, values, shuffled }) {
  /** @type {Map<string, any>} */
  const map = new Map()
  const fill = () => {
    map.clear()
    for (let i = 0; i < ids.length; i++) map.set(ids[i], { value: { ...values[i] }, edges: [] })
  }
  return {
    map,
    fill,
    async fillAwaited() {
      map.clear()
      for (let i = 0; i < ids.length; i++) await Promise.resolve(map.set(ids[i], { value: { ...values[i] }, edges: [] }))
    },
    async getEach() {
      for (const id of shuffled) await Promise.resolve({ id, ...map.get(id) })
    },
    updateEach() {
      for (let i = 0; i < ids.length; i++) map.get(ids[i]).value = { ...values[i], age: 91 }
    },
    linkEach() {
      for (let i = 1; i < ids.length; i++) {
        const { edges } = map.get(ids[i])
        if (!edges.includes(ids[i - 1])) edges.push(ids[i - 1])
      }
    },
    /** @param {number} count */
    async removeSome(count) {
      for (let i = 0; i < count; i++) await Promise.resolve(map.delete(shuffled[i]))
    },
    /** @param {(value: any) => boolean} matches */
    filter(matches) {
      const found = []
      for (const [id, { value, edges }] of map) if (matches(value)) found.push({ id, value: { ...value }, edges: [...edges] })
      return found
    },
    /** @param {number} limit */
    firstByName(limit) {
      const all = [...map].sort(([, a], [, b]) => (a.value.name < b.value.name ? -1 : 1)).slice(0, limit)
      return all.map(([id, { value, edges }]) => ({ id, value: { ...value }, edges: [...edges] }))
    },
    toJson: () => JSON.stringify([...map]),
    /** @param {string} text */
    fromJson: (text) => new Map(JSON.parse(text)),
  }
}

/** The queries, each beside the filter a person would write. */
export const queries = [
  { name: "query: age > 30 (two thirds match)", options: { query: { age: { $gt: 30 } } }, plain: (/** @type {any} */ v) => v.age > 30 },
  { name: "query: one city in 200", options: { query: { "address.city": "city-17" } }, plain: (/** @type {any} */ v) => v.address.city === "city-17" },
  {
    name: "query: age < 5 or a tag",
    options: { query: { $or: [{ age: { $lt: 5 } }, { tags: TAGS[2], active: true }] } },
    plain: (/** @type {any} */ v) => v.age < 5 || (v.tags.includes(TAGS[2]) && v.active),
  },
  { name: "query: name contains 99", options: { query: { name: { $contains: "99" } } }, plain: (/** @type {any} */ v) => v.name.includes("99") },
]
