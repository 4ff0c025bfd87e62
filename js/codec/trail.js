/**
 * The way from a value to a part of it, taken down while it is written and only read when something is wrong.
 *
 * @typedef {(string | number | null)[]} Trail  the key taken at each depth; null for a `toJSON()`. Below the present depth
 *   it holds what was left by what was written before.
 */

/** @param {string} name of the value @param {Trail} trail @param {number} depth */
export function pathOf(name, trail, depth) {
  let path = name
  for (const key of trail.slice(0, depth)) {
    if (key === null) path += ".toJSON()"
    else if (typeof key === "number") path += `[${key}]`
    else if (/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key)) path += `.${key}`
    else path += `[${JSON.stringify(key)}]`
  }
  return path
}

/**
 * The depth at which the trail meets an object it has passed already, or -1.
 * @param {any} value @param {Trail} trail
 */
export function findCircle(value, trail) {
  try {
    return walk(value, trail)
  } catch {
    return -1 // a getter that throws this time: no circle is known of
  }
}

/** @param {any} value @param {Trail} trail */
function walk(value, trail) {
  const passed = new Set()
  for (let depth = 0; depth <= trail.length; depth++) {
    if (value === null || typeof value !== "object") return -1
    if (passed.has(value)) return depth
    passed.add(value)
    const key = trail[depth]
    value = key === null ? value.toJSON?.("") : value[/** @type {string | number} */ (key)]
  }
  return -1
}
