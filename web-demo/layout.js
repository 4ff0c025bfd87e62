/**
 * A calm force layout: nodes push each other away, links pull, everything leans to the middle, and it comes to rest.
 * Where a node begins follows from its id alone, so that two browsers draw the same graph much alike.
 */

const REST = 0.015
const LINK_LENGTH = 120
const REPULSION = 900
const LEAN = 0.06

/** @typedef {{ x: number, y: number, vx: number, vy: number, held: boolean, degree: number }} Place */

export function createLayout() {
  /** @type {Map<string, Place>} */
  const places = new Map()
  /** @type {[string, string][]} */
  let pairs = []
  let heat = 0
  let [leanX, leanY] = [LEAN, LEAN]

  /**
   * @param {Iterable<string>} ids
   * @param {[string, string][]} links
   */
  function set(ids, links) {
    const wanted = new Set(ids)
    let moved = links.length !== pairs.length
    for (const id of places.keys()) if (!wanted.has(id)) moved = places.delete(id)
    pairs = links.filter(([source, target]) => source !== target && wanted.has(source) && wanted.has(target))
    for (const id of wanted) {
      if (places.has(id)) continue
      places.set(id, begin(id))
      moved = true
    }
    for (const place of places.values()) place.degree = 0
    for (const pair of pairs) for (const id of pair) /** @type {Place} */ (places.get(id)).degree++
    if (moved) warm(places.size < 3 ? 1 : 0.5)
  }

  /** Beside a neighbour when it has one, else on a ring at an angle of its own. @param {string} id @returns {Place} */
  function begin(id) {
    let hash = 2166136261
    for (const letter of id) hash = Math.imul(hash ^ /** @type {number} */ (letter.codePointAt(0)), 16777619) >>> 0
    const angle = (hash / 2 ** 32) * 2 * Math.PI
    const link = pairs.find(([source, target]) => (source === id && places.has(target)) || (target === id && places.has(source)))
    const near = link && places.get(link[0] === id ? link[1] : link[0])
    const radius = near ? 60 : 40 + 14 * Math.sqrt(places.size)
    return { x: (near?.x ?? 0) + Math.cos(angle) * radius, y: (near?.y ?? 0) + Math.sin(angle) * radius, vx: 0, vy: 0, held: false, degree: 0 }
  }

  /** @param {number} to */
  function warm(to) {
    heat = Math.max(heat, to)
  }

  /** One step. @returns {boolean} whether there is still movement */
  function step() {
    if (heat < REST) return false
    const list = [...places.values()]
    for (let i = 0; i < list.length; i++) for (let j = i + 1; j < list.length; j++) push(list[i], list[j])
    for (const [source, target] of pairs) pull(/** @type {Place} */ (places.get(source)), /** @type {Place} */ (places.get(target)))
    for (const place of list) move(place)
    heat *= 0.965
    return true
  }

  /** @param {Place} a @param {Place} b */
  function push(a, b) {
    const dx = b.x - a.x || 0.1
    const dy = b.y - a.y || 0.1
    const force = (REPULSION * heat) / Math.max(100, dx * dx + dy * dy)
    a.vx -= dx * force
    a.vy -= dy * force
    b.vx += dx * force
    b.vy += dy * force
  }

  /** @param {Place} a @param {Place} b */
  function pull(a, b) {
    const dx = b.x - a.x
    const dy = b.y - a.y
    const distance = Math.hypot(dx, dy) || 1
    const force = ((distance - LINK_LENGTH) / distance) * 0.7 * heat
    a.vx += (dx * force) / a.degree
    a.vy += (dy * force) / a.degree
    b.vx -= (dx * force) / b.degree
    b.vy -= (dy * force) / b.degree
  }

  /** @param {Place} place */
  function move(place) {
    place.vx = (place.vx - place.x * leanX * heat) * 0.6
    place.vy = (place.vy - place.y * leanY * heat) * 0.6
    if (place.held) return
    place.x += place.vx
    place.y += place.vy
  }

  /** A wide place is filled sideways, a tall one downwards. @param {number} width @param {number} height */
  function shape(width, height) {
    const ratio = Math.min(2, Math.max(0.5, width / height))
    leanX = LEAN / ratio
    leanY = LEAN * ratio
  }

  return { places, set, step, warm, shape }
}
