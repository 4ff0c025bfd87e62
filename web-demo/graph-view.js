/**
 * Draws the graph in an SVG and lets it be used: by pointer (click, drag) and by keyboard (arrows, Enter, L, Delete).
 * It shows the whole graph fitted into its place; it never moves once the layout has come to rest.
 */
import { byId, perFrame, say, svg } from "./dom.js"
import { createLayout } from "./layout.js"
import { kindOf, nameOf } from "./model.js"

/** More would be a ball of wool, and slow. */
const MOST_DRAWN = 400
const RADIUS = 11
/** Below the node, above it. */
const LABEL_OFFSETS = [RADIUS + 15, -RADIUS - 6]
const PADDING = { x: 62, y: 40 }

/**
 * @param {import("./model.js").Model} model
 * @param {{ onSelect: (id: string) => void, onLink: (source: string, target: string) => void, onRemove: (id: string) => void }} actions
 */
export function createGraphView(model, { onSelect, onLink, onRemove }) {
  const canvas = byId("graph")
  const layout = createLayout()
  const still = matchMedia("(prefers-reduced-motion: reduce)")
  const linkLayer = svg("g", { class: "links-layer" })
  const nodeLayer = svg("g", { class: "nodes-layer" })
  canvas.append(arrowHeads(), linkLayer, nodeLayer)
  /** @type {Map<string, { group: any, label: any, halfWidth: number }>} */
  const drawn = new Map()
  /** @type {Map<string, { line: any, label: any, source: string, target: string }>} */
  const lines = new Map()
  const view = { scale: 1, x: 0, y: 0 }
  let selected = ""
  let linkFrom = ""
  /** @type {Set<string>} what the query finds, unless that is everything */
  let matched = new Set()
  let running = false
  const refresh = perFrame(update)

  model.onChange(refresh)
  new ResizeObserver(() => {
    refresh()
    const { width, height } = canvas.getBoundingClientRect()
    if (width === 0) return
    layout.shape(width, height)
    layout.warm(0.5)
    run()
  }).observe(canvas)
  canvas.addEventListener("keydown", onKey)
  canvas.addEventListener("click", (/** @type {Event} */ event) => { if (event.target === canvas) setLinkFrom("") })
  refresh()

  /** Brings what is drawn up to date with the model. */
  function update() {
    const nodes = [...model.nodes.values()].slice(0, MOST_DRAWN)
    const ids = new Set(nodes.map(({ id }) => id))
    const links = [...model.links.values()].flat().filter(({ source, target }) => ids.has(source) && ids.has(target))
    layout.set(ids, links.map(({ source, target }) => [source, target]))
    for (const [id, { group }] of drawn) if (!ids.has(id)) group.remove(), drawn.delete(id)
    for (const node of nodes) drawNode(node)
    drawLinks(links)
    const hidden = model.nodes.size - nodes.length
    byId("graph-empty").hidden = model.nodes.size > 0
    byId("graph-count").textContent = `${model.nodes.size} nodes, ${[...model.links.values()].flat().length} links${hidden > 0 ? ` (${MOST_DRAWN} drawn)` : ""}`
    canvas.classList.toggle("crowded", nodes.length > (canvas.clientWidth < 500 ? 20 : 80))
    if (linkFrom && !ids.has(linkFrom)) setLinkFrom("")
    keepOneTabStop()
    run()
  }

  /** @param {import("./model.js").GraphNode} node */
  function drawNode(node) {
    const held = drawn.get(node.id) ?? makeNode(node.id)
    const links = node.edges.length
    held.group.setAttribute("class", `node kind-${kindOf(node)}${node.id === selected ? " selected" : ""}${node.id === linkFrom ? " from" : ""}${matched.has(node.id) ? " match" : ""}`)
    held.group.setAttribute("aria-label", `${nameOf(node)}, ${kindOf(node)}, ${links} ${links === 1 ? "link" : "links"} out`)
    const name = nameOf(node)
    const text = name.length > 22 ? `${name.slice(0, 21)}…` : name
    if (text === held.label.textContent) return
    held.label.textContent = text
    held.halfWidth = held.label.getComputedTextLength() / 2
  }

  /** @param {string} id */
  function makeNode(id) {
    const label = svg("text", { "text-anchor": "middle" })
    const group = svg("g", { role: "button", tabindex: -1, "data-id": id, focus: () => moveTabStop(id) }, svg("circle", { r: RADIUS + 10, class: "halo" }), svg("circle", { r: RADIUS }), label)
    makeDraggable(group, id)
    nodeLayer.append(group)
    const held = { group, label, halfWidth: 0 }
    drawn.set(id, held)
    return held
  }

  /** @param {import("./model.js").GraphLink[]} links */
  function drawLinks(links) {
    const wanted = new Map(links.map((link) => [`${link.source}\n${link.label}\n${link.target}`, link]))
    for (const [key, { line, label }] of lines) if (!wanted.has(key)) line.remove(), label.remove(), lines.delete(key)
    for (const [key, { source, target, label: text }] of wanted) {
      if (lines.has(key)) continue
      const line = svg("path", { class: "link", "marker-end": "url(#arrow)" })
      const label = svg("text", { class: "link-label", "text-anchor": "middle" }, text)
      linkLayer.append(line, label)
      lines.set(key, { line, label, source, target })
    }
  }

  function run() {
    if (still.matches || document.hidden) while (layout.step());
    if (running) return
    running = true
    const frame = () => {
      const moving = layout.step()
      const settled = draw(!moving)
      if (moving || !settled) (document.hidden ? (/** @type {any} */ next) => setTimeout(next, 100) : requestAnimationFrame)(frame)
      else running = false
    }
    frame()
  }

  /** Fits everything and places it. @param {boolean} atOnce @returns {boolean} whether the view has arrived */
  function draw(atOnce) {
    const { width, height } = canvas.getBoundingClientRect()
    if (width === 0) return true
    const goal = fit(width, height)
    const ease = atOnce ? 1 : 0.15
    for (const key of /** @type {const} */ (["scale", "x", "y"])) view[key] += (goal[key] - view[key]) * ease
    const at = (/** @type {string} */ id) => {
      const place = layout.places.get(id)
      return place ? { x: width / 2 + (place.x - view.x) * view.scale, y: height / 2 + (place.y - view.y) * view.scale } : { x: 0, y: 0 }
    }
    for (const [id, { group, label, halfWidth }] of drawn) {
      const { x, y } = at(id)
      group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
      label.setAttribute("x", (inside(x, halfWidth, width) - x).toFixed(1))
    }
    thinLabels(at, width)
    for (const { line, label, source, target } of lines.values()) placeLink(line, label, at(source), at(target), source === target)
    return Math.abs(goal.scale - view.scale) < 0.005 && Math.abs(goal.x - view.x) + Math.abs(goal.y - view.y) < 0.5
  }

  /**
   * A name stands below its node, above it when another is in the way there, and is left out when both are taken. The
   * chosen node's comes first, then those of the most linked.
   * @param {(id: string) => { x: number, y: number }} at
   * @param {number} width of the picture
   */
  function thinLabels(at, width) {
    const weight = (/** @type {string} */ id) => (id === selected ? Infinity : layout.places.get(id)?.degree ?? 0)
    /** @type {{ x: number, y: number, halfWidth: number }[]} what is in the way: the nodes themselves, and the names shown */
    const shown = [...drawn.keys()].map((id) => ({ x: at(id).x, y: at(id).y + 4, halfWidth: RADIUS - 4 }))
    for (const [id, { label, halfWidth }] of [...drawn].sort(([a], [b]) => weight(b) - weight(a))) {
      const { x: middle, y } = at(id)
      const x = inside(middle, halfWidth, width)
      const free = LABEL_OFFSETS.find((offset) => !shown.some((other) => Math.abs(other.y - y - offset) < 15 && Math.abs(other.x - x) < other.halfWidth + halfWidth + 2))
      label.classList.toggle("covered", free === undefined)
      label.setAttribute("y", free ?? LABEL_OFFSETS[0])
      if (free !== undefined) shown.push({ x, y: y + free, halfWidth })
    }
  }

  /** @param {number} width @param {number} height */
  function fit(width, height) {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
    for (const { x, y } of layout.places.values()) {
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
    if (left > right) return { scale: 1, x: 0, y: 0 }
    const scale = Math.min(1.5, (width - 2 * PADDING.x) / Math.max(1, right - left), (height - 2 * PADDING.y) / Math.max(1, bottom - top))
    return { scale: Math.max(0.05, scale), x: (left + right) / 2, y: (top + bottom) / 2 }
  }

  /** @param {any} group @param {string} id */
  function makeDraggable(group, id) {
    /** @type {{ x: number, y: number, moved: boolean } | null} */
    let from = null
    group.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      from = { x: event.clientX, y: event.clientY, moved: false }
      group.setPointerCapture(event.pointerId)
    })
    group.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      const place = layout.places.get(id)
      if (!from || !place) return
      if (!from.moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5) return
      from.moved = place.held = true
      const box = canvas.getBoundingClientRect()
      place.x = (event.clientX - box.left - box.width / 2) / view.scale + view.x
      place.y = (event.clientY - box.top - box.height / 2) / view.scale + view.y
      layout.warm(0.2)
      run()
    })
    const end = () => {
      const place = layout.places.get(id)
      if (place) place.held = false
      const clicked = from && !from.moved
      from = null
      if (clicked) choose(id)
    }
    group.addEventListener("pointerup", end)
    group.addEventListener("pointercancel", () => { from = null })
  }

  /** @param {string} id */
  function choose(id) {
    if (linkFrom && linkFrom !== id) {
      onLink(linkFrom, id)
      setLinkFrom("")
    } else onSelect(id)
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const id = /** @type {HTMLElement} */ (event.target).dataset?.id
    const arrows = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })
    if (event.key === "Escape") setLinkFrom("")
    else if (!id || event.ctrlKey || event.metaKey || event.altKey) return
    else if (arrows[event.key]) drawn.get(nearest(id, arrows[event.key]))?.group.focus()
    else if (event.key === "Enter" || event.key === " ") choose(id)
    else if (event.key === "l" || event.key === "L") setLinkFrom(id)
    else if (event.key === "Delete") onRemove(id)
    else return
    event.preventDefault()
  }

  /** The next node in a direction: near counts, straight ahead counts double. @param {string} id @param {[number, number]} towards */
  function nearest(id, [dx, dy]) {
    const from = layout.places.get(id)
    let best = id
    let least = Infinity
    for (const [other, place] of layout.places) {
      if (other === id || !from) continue
      const ahead = (place.x - from.x) * dx + (place.y - from.y) * dy
      const aside = Math.abs((place.x - from.x) * dy) + Math.abs((place.y - from.y) * dx)
      if (ahead > 0 && ahead + 2 * aside < least) [best, least] = [other, ahead + 2 * aside]
    }
    return best
  }

  /** @param {string} id */
  function moveTabStop(id) {
    for (const [other, { group }] of drawn) group.setAttribute("tabindex", other === id ? 0 : -1)
  }

  function keepOneTabStop() {
    const groups = [...drawn.values()].map(({ group }) => group)
    if (groups.length > 0 && !groups.some((group) => group.getAttribute("tabindex") === "0")) groups[0].setAttribute("tabindex", "0")
  }

  /** @param {string} id empty: out of the mode */
  function setLinkFrom(id) {
    linkFrom = id
    say(byId("graph-mode"), id ? `Link from ${model.nameOf(id)}: choose a node, or press Escape.` : "")
    for (const [other, { group }] of drawn) group.classList.toggle("from", other === id)
  }

  return {
    /** @param {string} id */
    select(id) {
      selected = id
      for (const [other, { group }] of drawn) group.classList.toggle("selected", other === id)
    },
    /** @param {Set<string>} ids what the query finds */
    mark(ids) {
      matched = ids.size === model.nodes.size ? new Set() : ids
      for (const [id, { group }] of drawn) group.classList.toggle("match", matched.has(id))
    },
  }
}

/** A name never leaves the picture. @param {number} x its middle @param {number} halfWidth @param {number} width of the picture */
const inside = (x, halfWidth, width) => Math.max(4 + halfWidth, Math.min(width - 4 - halfWidth, x))

/** A gentle bow, so that there and back are two lines; a loop for a node's link to itself. @param {any} line @param {any} label @param {{ x: number, y: number }} a @param {{ x: number, y: number }} b @param {boolean} loop */
function placeLink(line, label, a, b, loop) {
  if (loop) {
    line.setAttribute("d", `M${a.x - 8} ${a.y - 9}c-24 -44 40 -44 17 -3`)
    label.setAttribute("x", a.x)
    label.setAttribute("y", a.y - 44)
    return
  }
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const distance = Math.hypot(dx, dy) || 1
  const [nx, ny] = [-dy / distance, dx / distance]
  const bow = Math.min(18, distance * 0.1)
  const middle = { x: a.x + dx / 2 + nx * bow, y: a.y + dy / 2 + ny * bow }
  const back = Math.hypot(b.x - middle.x, b.y - middle.y) || 1
  const end = { x: b.x - ((b.x - middle.x) / back) * (RADIUS + 5), y: b.y - ((b.y - middle.y) / back) * (RADIUS + 5) }
  line.setAttribute("d", `M${a.x.toFixed(1)} ${a.y.toFixed(1)}Q${middle.x.toFixed(1)} ${middle.y.toFixed(1)} ${end.x.toFixed(1)} ${end.y.toFixed(1)}`)
  label.setAttribute("x", ((a.x + b.x) / 2 + nx * (bow * 0.5 + 8)).toFixed(1))
  label.setAttribute("y", ((a.y + b.y) / 2 + ny * (bow * 0.5 + 8) + 4).toFixed(1))
}

function arrowHeads() {
  return svg("defs", {}, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
    svg("path", { d: "M0 0.8L7 4L0 7.2z", class: "arrow" })))
}
