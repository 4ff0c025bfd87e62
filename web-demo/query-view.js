/** The live query: a filter as text, the matches as they come and go, and how the engine finds them. */
import { byId, el, keyed, perFrame, say } from "./dom.js"
import { showExplain } from "./explain-view.js"
import { readFilter } from "./filter.js"
import { kindOf, nameOf } from "./model.js"
import { counted, errorWords, msOf, timeOf } from "./words.js"

const EXAMPLES = [
  "{}",
  '{ kind: "person" }',
  '{ $or: [{ kind: "place" }, { kind: "idea" }] }',
  '{ name: { $gte: "M" } }',
  '{ kind: "person", $edge: { kind: "thing" } }',
]
const NOTHING_HEARD = { added: 0, updated: 0, removed: 0 }

/**
 * @param {any} db
 * @param {{ onSelect: (id: string) => void, onMatches: (ids: Set<string>) => void, selected: () => string }} actions
 */
export function createQueryView(db, { onSelect, onMatches, selected }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)")
  const filter = byId("filter")
  /** @type {Map<string, any>} what the live events make of the result */
  const held = new Map()
  /** @type {string[]} ids in order */
  let order = []
  let heard = { ...NOTHING_HEARD }
  /** @type {Map<string, string>} what happened to a node since it was drawn last */
  const fresh = new Map()
  let took = 0
  let asks = 0
  /** Which ask the list shows: a filter that fails leaves the one before in place. */
  let live = 0
  /** @type {(() => void) | null} */
  let stop = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause
  const redraw = perFrame(draw)

  filter.value = EXAMPLES[1]
  const use = (/** @type {string} */ text) => { filter.value = text; start() }
  byId("examples").append(...EXAMPLES.map((text) => el("button", { type: "button", class: "chip mono", click: () => use(text) }, text)))
  byId("from-selected").addEventListener("click", () => use(`{ id: ${JSON.stringify(selected())}, $edge: {} }`))
  filter.addEventListener("input", () => {
    clearTimeout(pause)
    pause = setTimeout(start, 250)
  })
  byId("query-form").addEventListener("submit", (/** @type {Event} */ event) => (event.preventDefault(), start()))
  byId("sort").addEventListener("change", start)
  byId("limit").addEventListener("change", start)
  start()

  function options() {
    const field = byId("sort").value
    const limit = Math.max(1, Math.min(1000, Number(byId("limit").value) || 50))
    return { query: readFilter(filter.value), $limit: limit, ...(field ? { field, order: field === "timestamp" ? "desc" : "asc" } : {}) }
  }

  async function start() {
    clearTimeout(pause)
    const mine = ++asks
    try {
      const asked = options()
      const began = performance.now()
      const { results } = await db.map(asked)
      const ms = performance.now() - began
      const started = await db.map(asked, (/** @type {any} */ event) => { if (mine === live) onEvent(event, asked) })
      if (mine !== asks) return started.unsubscribe?.()
      stop?.()
      stop = started.unsubscribe
      live = mine
      took = ms
      held.clear()
      fresh.clear()
      for (const node of started.results) held.set(node.id, node)
      order = started.results.map((/** @type {any} */ { id }) => id)
      heard = { ...NOTHING_HEARD }
      showExplain(db, asked, results.length)
      say(byId("query-error"), "")
      redraw()
    } catch (error) {
      if (mine !== asks) return
      const words = error instanceof SyntaxError ? `The filter: ${error.message}.` : errorWords(error)
      say(byId("query-error"), `${words} The list still shows the last filter that worked.`)
    }
  }

  /** @param {any} event @param {object} asked */
  function onEvent({ action, ...node }, asked) {
    if (action === "initial") return
    heard[/** @type {keyof typeof heard} */ (action)]++
    if (action === "removed") held.delete(node.id)
    else held.set(node.id, node), fresh.set(node.id, action)
    sortSoon(asked)
    redraw()
  }

  /** Events say what is in the result; where it stands is asked for, once a while. @type {(asked: object) => void} */
  const sortSoon = (() => {
    let waiting = false
    return (/** @type {object} */ asked) => {
      if (waiting) return
      waiting = true
      setTimeout(async () => {
        waiting = false
        const mine = live
        const { results } = await db.map(asked)
        if (mine !== live) return
        order = results.map((/** @type {any} */ { id }) => id)
        redraw()
      }, 60)
    }
  })()

  function draw() {
    const place = new Map(order.map((id, index) => [id, index]))
    const nodes = [...held.values()].sort((a, b) => (place.get(a.id) ?? Infinity) - (place.get(b.id) ?? Infinity))
    byId("query-count").textContent = `${counted(nodes.length, "match", "matches")} in ${msOf(took)}`
    say(byId("query-heard"), heardWords(heard))
    onMatches(new Set(held.keys()))
    keyed(byId("results"), nodes, ({ id }) => id, ({ id }) => el("li", {},
      el("button", { type: "button", class: "plain", click: () => onSelect(id) }, el("span", { class: "bead" }), el("span", { class: "name" }), el("span", { class: "soft" }))),
    (item, node) => {
      const [bead, name, rest] = /** @type {any} */ (item.firstElementChild).children
      bead.setAttribute("class", `bead kind-${kindOf(node)}`)
      if (name.textContent !== nameOf(node)) name.textContent = nameOf(node)
      rest.textContent = `${typeof node.value?.note === "string" ? node.value.note.slice(0, 60) : ""} ${timeOf(node.timestamp.physical)}`
      if (fresh.delete(node.id) && !still.matches) item.animate([{ backgroundColor: "var(--flash)" }, { backgroundColor: "transparent" }], 1200)
    })
    fresh.clear()
  }

  return {
    close() {
      asks++
      live = 0
      stop?.()
    },
  }
}

/** @param {typeof NOTHING_HEARD} heard */
function heardWords({ added, updated, removed }) {
  if (added + updated + removed === 0) return ""
  return `Heard since: ${added} came, ${updated} changed, ${removed} left`
}
