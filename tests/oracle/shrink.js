/** Makes a failing case small: drops whatever it can do without, until nothing can be dropped any more. */
import { typeName } from "./values.js"

/** @typedef {import("./case.js").Case} Case */

/**
 * @param {Case} given fails
 * @param {(each: Case) => Promise<boolean>} fails
 * @param {number} [budget] tries
 * @returns {Promise<Case>}
 */
export async function shrink(given, fails, budget = 3000) {
  let least = given
  for (let progress = true; progress;) {
    progress = false
    for (const smaller of candidates(least)) {
      if (budget-- <= 0) return least
      if (await fails(smaller).catch(() => false)) {
        least = smaller
        progress = true
        break
      }
    }
  }
  return least
}

/** The largest steps first. @param {Case} given @returns {Generator<Case>} */
function* candidates(given) {
  const { setup, writes, options, rounds } = given
  for (const fewer of lists(rounds)) if (fewer.length > 0) yield { ...given, rounds: fewer }
  for (const fewer of lists(writes)) yield { ...given, writes: fewer }
  for (const fewer of lists(setup?.indexes ?? [])) yield { ...given, setup: { .../** @type {any} */ (setup), indexes: fewer } }
  for (const less of parts(options)) yield { ...given, options: less }
  for (let i = 0; i < rounds.length; i++) {
    for (const fewer of lists(rounds[i])) yield { ...given, rounds: rounds.with(i, fewer) }
  }
  for (let i = 0; i < writes.length; i++) {
    const [kind, id, value] = writes[i]
    if (kind === "put") for (const less of parts(value)) yield { ...given, writes: writes.with(i, ["put", id, less]) }
  }
}

/** @template T @param {T[]} list @returns {Generator<T[]>} without halves, quarters … single entries */
function* lists(list) {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < list.length; from += size) yield [...list.slice(0, from), ...list.slice(from + size)]
  }
}

/** @param {any} value @returns {Generator<any>} the same without one of its parts, at any depth */
function* parts(value) {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      yield value.toSpliced(i, 1)
      for (const less of parts(value[i])) yield value.with(i, less)
    }
  } else if (typeName(value) === "map" && !(value instanceof RegExp)) {
    for (const [name, part] of Object.entries(value)) {
      const { [name]: _, ...rest } = value
      yield rest
      for (const less of parts(part)) yield { ...value, [name]: less }
    }
  }
}
