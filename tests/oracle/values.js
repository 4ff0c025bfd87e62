/**
 * Values as queries see them: their types and their one order. `undefined` is a field that is not there.
 * Read from docs/queries.md word by word; nothing here is fast.
 */

const TYPES = ["missing", "null", "boolean", "number", "string", "date", "binary", "array", "map"]

/** @param {unknown} value @returns {number} its place among the types */
export function rank(value) {
  if (value === undefined) return 0
  if (value === null) return 1
  if (typeof value === "boolean") return 2
  if (typeof value === "number" || typeof value === "bigint") return 3
  if (typeof value === "string") return 4
  if (value instanceof Date) return 5
  if (value instanceof Uint8Array) return 6
  return Array.isArray(value) ? 7 : 8
}

/** @param {unknown} value */
export const typeName = (value) => TYPES[rank(value)]

/** @param {any} a @param {any} b @returns {number} below, at or above 0 */
export function compare(a, b) {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  switch (typeName(a)) {
    case "boolean": return Number(a) - Number(b)
    case "number": return compareNumbers(a, b)
    case "string": return compareLists(points(a), points(b), (x, y) => x - y)
    case "date": return a.getTime() - b.getTime()
    case "binary": return compareLists([...a], [...b], (x, y) => x - y)
    case "array": return compareLists(a, b, compare)
    case "map": return compareMaps(a, b)
    default: return 0
  }
}

/** JavaScript compares numbers and bigints exactly. @param {any} a @param {any} b */
function compareNumbers(a, b) {
  if (a !== a || b !== b) return Number(a === a) - Number(b === b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** @param {any[]} a @param {any[]} b @param {(x: any, y: any) => number} compareEntries */
function compareLists(a, b, compareEntries) {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareEntries(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** By their names in order first, then by their values in that order. @param {any} a @param {any} b */
function compareMaps(a, b) {
  const names = [a, b].map((map) => Object.keys(map).sort(compare))
  return compareLists(names[0], names[1], compare) || compareLists(names[0].map((name) => a[name]), names[1].map((name) => b[name]), compare)
}

/** @param {string} text */
const points = (text) => [...text].map((character) => /** @type {number} */ (character.codePointAt(0)))
