/**
 * Objects made and copied the way engines are good at.
 *
 * An object that grows field by field has a layout for each step, moves what does not fit, and changes its layout again
 * when a field turns out to hold another kind of number: copies of such objects cost a multiple. Those that come out of
 * `JSON.parse` whole have room for all their fields from the start, and a copy of one by `{ ...it }` is one piece of
 * memory copied. So maps whose names were met before begin as a copy of a *template*, in which every field is null.
 *
 * @typedef {(map: Record<string, any>) => Record<string, any>} Spread
 *
 * @typedef {object} Shape
 * @property {string[]} names in their order
 * @property {Record<string, null>} template
 * @property {Spread} spread
 */

/** A larger map is no record but a table, whose names are not met again. */
const MOST_NAMES = 32
const LONGEST_NAME = 31
/** Of a name that can stand in a template: ASCII; not one that sets a prototype, nor one that an array would sort. */
const PLAIN_NAME = /^(?!__proto__$)[A-Za-z_$][\x20-\x7e]*$/

/**
 * All do the same. An engine remembers up to four layouts at each place of the code where a map is spread, and is five
 * times slower above that: so the shapes take turns.
 * @type {Spread[]}
 */
const SPREADS = [
  (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }),
  (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }),
  (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }),
  (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }), (map) => ({ ...map }),
]
let turn = 0

/** The next in turn, for a shape of its own. @returns {Spread} */
export function nextSpread() {
  return SPREADS[turn++ % SPREADS.length]
}

/** @param {string[]} names @returns {Shape | undefined} undefined: such maps are better grown */
export function shapeOf(names) {
  if (names.length > MOST_NAMES || !names.every((name) => name.length <= LONGEST_NAME && PLAIN_NAME.test(name))) return undefined
  const template = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`)
  return { names, template, spread: nextSpread() }
}
