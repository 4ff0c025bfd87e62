/** How the engine answers the query at hand: what `db.explain` tells, in rows. */
import { byId, el } from "./dom.js"
import { msOf } from "./words.js"

/**
 * @param {any} db
 * @param {object} asked the options of the query
 * @param {number} found how many it found
 */
export async function showExplain(db, asked, found) {
  const place = byId("explain")
  if (typeof db.explain !== "function") return
  const told = await db.explain(asked)
  const rows = [...rowsOf(told), ["found", found.toLocaleString("en")]]
  byId("explain-rows").replaceChildren(...rows.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))))
  place.hidden = false
}

/**
 * Whatever it tells, as pairs of words: `{ scan: { nodes: 5 } }` is "scan nodes: 5".
 * @param {any} told
 * @param {string} [prefix]
 * @returns {[string, string][]}
 */
export function rowsOf(told, prefix = "") {
  return Object.entries(told ?? {}).flatMap(([name, value]) => {
    const words = `${prefix}${name.replace(/([a-z])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`)}`
    if (Array.isArray(value)) return value.length === 0 ? [] : [/** @type {[string, string]} */ ([words, value.map(textOf).join(", ")])]
    if (value !== null && typeof value === "object") return rowsOf(value, `${words} `)
    return value === undefined || value === null ? [] : [/** @type {[string, string]} */ ([words, /\bms$/i.test(name) ? msOf(value) : textOf(value)])]
  })
}

/** @param {any} value */
function textOf(value) {
  if (typeof value === "number") return value.toLocaleString("en")
  if (typeof value === "boolean") return value ? "yes" : "no"
  return typeof value === "string" ? value : JSON.stringify(value)
}
