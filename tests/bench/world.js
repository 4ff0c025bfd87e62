// What is measured on: realistic values of eight fields, and the clockwork of a measurement.

export const TAGS = ["red", "green", "blue", "amber", "violet", "teal", "ochre"]

/** About 220 bytes as JSON. @param {number} i */
export function person(i) {
  return {
    name: `Person number ${i}`,
    email: `person${i}@example.org`,
    age: (i * 7919) % 90,
    active: i % 2 === 0,
    score: ((i * 104729) % 100000) / 7,
    tags: [TAGS[i % 7], TAGS[(i * 3 + 1) % 7]],
    address: { city: `city-${(i * 31) % 200}`, zip: 10000 + (i % 90000) },
    created: 1700000000000 + i * 1000,
  }
}

/** About 170 bytes as JSON. @param {number} i */
export function note(i) {
  return { title: `Note number ${i}`, text: `so much is told in note ${i}, no more than that, and now it goes on here`, done: i % 3 === 0, tags: [TAGS[i % 7]], created: 1700000000000 + i * 1000 }
}

/** @param {number} nodes */
export function makeWorld(nodes) {
  const ids = Array.from({ length: nodes }, (_, i) => `person-${i}`)
  const values = Array.from({ length: nodes }, (_, i) => person(i))
  // The same walk through the ids for everyone, with no two neighbours in a row.
  const shuffled = Array.from({ length: nodes }, (_, i) => ids[(i * 7919 + 13) % nodes])
  return { nodes, ids, values, shuffled }
}

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/**
 * The milliseconds of one run.
 * @param {() => unknown} work
 */
export async function time(work) {
  const start = performance.now()
  const result = work()
  if (typeof (/** @type {any} */ (result)?.then) === "function") await result
  return performance.now() - start
}

/** The end of the task, so that what one measurement left behind is not paid by the next. */
export const nextTask = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => { port1.close(); resolve(undefined) }
  port2.postMessage(null)
})

/** Gathers the runs of each row and gives their medians. */
export function createTable() {
  /** @type {Map<string, { name: string, count: number, ours: number[], plain: number[], bytes?: number, note?: string }>} */
  const rows = new Map()
  return {
    /**
     * @param {string} name
     * @param {number} count operations in one run
     * @param {{ ours: number, plain?: number, bytes?: number, note?: string }} run milliseconds of both sides
     */
    add(name, count, { ours, plain, bytes, note }) {
      const row = rows.get(name) ?? { name, count, ours: [], plain: [], bytes, note }
      rows.set(name, row)
      row.ours.push(ours)
      if (plain !== undefined) row.plain.push(plain)
    },
    rows: () => [...rows.values()].map(({ name, count, ours, plain, bytes, note }) => ({
      name, count, runs: ours.length, ms: median(ours), plainMs: plain.length > 0 ? median(plain) : null,
      ...(bytes === undefined ? {} : { bytes }), ...(note === undefined ? {} : { note }),
    })),
  }
}
