/**
 * The demo: one room, its graph, and everything weft tells about how it stays in sync.
 *
 * For whoever wants to play in the console (and for `npm start -- --headless`):
 *   demo.ready       resolves to demo once the database is open; rejects when it cannot be opened
 *   demo.db          the database (docs/api.md)
 *   demo.address     what the address says: { room, rtc, oplogSize }
 *   demo.snapshot()  → { nodes: { id: value }, links: ["source label target", …] }, sorted: equal graphs, equal JSON
 *   demo.peers()     → the peers and tabs as the page shows them
 */
import { goTo, linkToHere, readAddress, readConfig } from "./address.js"
import { byId, el, perFrame } from "./dom.js"
import { createEditor } from "./editor.js"
import { createGraphView } from "./graph-view.js"
import { KINDS, createModel } from "./model.js"
import { peerRows, showPeers } from "./peers-view.js"
import { createQueryView } from "./query-view.js"
import { showReplica } from "./replica-view.js"
import { headline, note, showTroubles, troublesOf } from "./trouble.js"
import { MODES, counted, errorWords, short } from "./words.js"

const address = readAddress()
/** @type {any} */
const demo = { address, db: null, snapshot, peers, ready: null }
Object.assign(globalThis, { demo })
wireHeader()
demo.ready = open()
demo.ready.catch((/** @type {any} */ error) => {
  headline("bad", "The database could not be opened.")
  showTroubles([{ key: "open", tone: "bad", text: errorWords(error) }])
})

async function open() {
  const weft = /** @type {any} */ (globalThis).weft
  if (typeof weft !== "function") throw new Error("/dist/weft.global.js was not loaded. Build the package first: npm run build.")
  const { relayUrls, iceServers } = await readConfig()
  const rtc = address.rtc ? { ...(relayUrls ? { relayUrls } : {}), ...(iceServers ? { iceServers } : {}) } : false
  const db = await weft(address.room, { rtc, ...(address.oplogSize ? { oplogSize: address.oplogSize } : {}) })
  demo.db = db
  wireStatus(db, ...await wireGraph(db))
  return demo
}

function wireHeader() {
  document.title = `${address.room} · weft`
  byId("room").value = address.room
  byId("rtc").checked = address.rtc
  addEventListener("hashchange", () => location.reload())
  byId("rtc").addEventListener("change", () => goTo({ rtc: byId("rtc").checked }))
  byId("room-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault()
    const room = byId("room").value.trim()
    if (room !== "") goTo({ room })
  })
  byId("copy-link").addEventListener("click", copyLink)
  byId("legend").append(...[...KINDS, "other"].map((kind) => el("li", {}, el("span", { class: `bead kind-${kind}` }), kind)))
  for (const kind of KINDS) byId("add-form").elements.kind.append(el("option", { value: kind }, kind))
}

async function copyLink() {
  const link = linkToHere()
  const button = byId("copy-link")
  try {
    await navigator.clipboard.writeText(link)
    button.textContent = "Copied"
  } catch {
    // No permission, or not a secure page: the address bar has the same link.
    prompt("Copy this link:", link)
    return
  }
  setTimeout(() => { button.textContent = "Copy link" }, 1500)
}

/** @param {any} db */
async function wireGraph(db) {
  const model = await createModel(db)
  const attempt = async (/** @type {() => Promise<unknown>} */ action) => {
    try {
      await action()
    } catch (error) {
      note(errorWords(error))
    }
  }
  let selected = ""
  const select = (/** @type {string} */ id) => {
    selected = id
    byId("from-selected").disabled = id === ""
    editor.select(id)
    graph.select(id)
  }
  const editor = createEditor(db, model, { onSelect: select })
  const graph = createGraphView(model, {
    onSelect: select,
    onLink: (source, target) => attempt(() => db.link(source, target)),
    onRemove: (id) => attempt(() => db.remove(id)),
  })
  createQueryView(db, { onSelect: select, onMatches: graph.mark, selected: () => selected })
  byId("add-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault()
    const { name, kind } = byId("add-form").elements
    attempt(async () => {
      select(await db.put({ name: name.value.trim(), kind: kind.value }))
      name.value = ""
    })
  })
  return /** @type {const} */ ([model, editor])
}

/** @param {any} db @param {import("./model.js").Model} model @param {{ refresh: () => void }} editor */
function wireStatus(db, model, editor) {
  /** @type {Map<string, string>} */
  const modes = new Map()
  const show = () => {
    const status = db.status()
    if (!status.open) {
      showTroubles(troublesOf(status, Date.now()))
      return
    }
    const sync = db.sync.status()
    if (status.fingerprint !== null) model.checkLinks(status.fingerprint)
    editor.refresh()
    showReplica(status)
    showPeers(status, sync, address.rtc)
    showTroubles(troublesOf(status, Date.now()))
    tellHeadline(status, sync)
    tellModes(sync, modes)
  }
  const refresh = perFrame(show)
  db.sync.on("change", refresh)
  db.room?.on("peer:join", (/** @type {string} */ id) => { note(`Peer ${short(id)} joined.`); refresh() })
  db.room?.on("peer:leave", (/** @type {string} */ id, /** @type {any} */ reason) => { note(`Peer ${short(id)} is gone: ${reason.message}.`); refresh() })
  // Traffic, times and relays change without an event of their own.
  setInterval(refresh, 1000)
  show()
  note(`Room ${address.room} opened${address.rtc ? "" : ", peers switched off"}.`)
}

/** @param {any} status @param {any} sync */
function tellHeadline(status, sync) {
  const { rows } = peerRows(status, sync)
  const equal = rows.filter((/** @type {any} */ { state }) => state === "proved").length
  const relays = status.rtc?.relays ?? []
  if (rows.length > 0 && equal === rows.length) headline("good", `${rows.length === 1 ? "The other replica is" : `All ${rows.length} others are`} proved equal to this one.`)
  else if (rows.length > 0) headline("wait", `${equal} of ${rows.length} proved equal.`)
  else if (address.rtc && relays.length > 0 && !relays.some((/** @type {any} */ { state }) => state === "open")) headline("bad", "No relay can be reached: alone for now.")
  else headline("wait", address.rtc ? "Waiting for peers." : "Peers are off; waiting for other tabs.")
}

/** A line in the log when a link syncs in a way it did not before. @param {any} sync @param {Map<string, string>} modes */
function tellModes(sync, modes) {
  for (const { id, kind, mode, received } of sync.peers) {
    if (modes.get(id) === mode || mode === "none") continue
    modes.set(id, mode)
    const operations = Object.values(received).reduce((/** @type {number} */ total, /** @type {any} */ one) => total + one.operations, 0)
    note(`${kind === "tab" ? "Tab" : "Peer"} ${short(id ?? "?")}: ${MODES[mode] ?? mode}${operations ? `, ${counted(operations, "operation")} received so far` : ""}.`)
  }
}

async function snapshot() {
  const { results } = await demo.db.map({})
  const all = await Promise.all(results.map((/** @type {any} */ { id }) => demo.db.links(id, { direction: "out" })))
  const byIds = (/** @type {[string, any]} */ [a], /** @type {[string, any]} */ [b]) => (a < b ? -1 : 1)
  const nodes = Object.fromEntries(results.map((/** @type {any} */ { id, value }) => [id, value]).sort(byIds))
  return { nodes, links: all.flat().map(({ source, label, target }) => `${source} ${label} ${target}`).sort() }
}

function peers() {
  return peerRows(demo.db.status(), demo.db.sync.status()).rows
}
