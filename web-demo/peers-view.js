/** The peers (and other tabs): for each the sync mode, whether proved equal, operations and bytes; and the relays. */
import { byId, el, keyed } from "./dom.js"
import { MODES, STATES, counted, short, sizeOf, timeOf } from "./words.js"

/**
 * One line a peer, from `db.status()` and `db.sync.status()`.
 * @param {any} status
 * @param {any} sync
 */
export function peerRows(status, sync) {
  const links = new Map((status.rtc?.peers ?? []).map((/** @type {any} */ peer) => [peer.id, peer]))
  const rows = sync.peers.map((/** @type {any} */ peer) => ({ ...peer, link: links.get(peer.id) ?? null, sentSum: sum(peer.sent), receivedSum: sum(peer.received) }))
  const known = new Set(rows.map((/** @type {any} */ { id }) => id))
  const attempts = [...links.values()].filter((/** @type {any} */ { id }) => !known.has(id))
  return { rows, attempts }
}

/** @param {Record<string, { messages: number, operations: number, bytes: number }>} traffic by kind of message */
function sum(traffic) {
  const all = Object.values(traffic)
  return { operations: all.reduce((total, { operations }) => total + operations, 0), bytes: all.reduce((total, { bytes }) => total + bytes, 0) }
}

/** @param {any} status @param {any} sync @param {boolean} rtc */
export function showPeers(status, sync, rtc) {
  const { rows, attempts } = peerRows(status, sync)
  const peers = rows.filter((/** @type {any} */ { kind }) => kind === "peer")
  const tabs = rows.length - peers.length
  byId("peers-count").textContent = `${counted(peers.length, "peer")}${tabs ? `, ${counted(tabs, "other tab")}` : ""}`
  byId("peers-empty").textContent = rows.length > 0 ? "" : rtc
    ? "Nobody else is here. Open this room’s link in another browser."
    : "Peers are switched off: only this browser’s own tabs stay in sync. Open this page in a second tab."
  keyed(byId("peers"), rows, (/** @type {any} */ { id }) => id, makePeer, updatePeer)
  showRelays(status.rtc?.relays ?? [], attempts)
}

/** @param {any} peer */
function makePeer(peer) {
  const cell = (/** @type {string} */ name) => el("div", {}, el("dt", {}, name), el("dd", {}))
  return el("li", { class: "peer" },
    el("div", { class: "peer-head" }, el("span", { class: "dot" }), el("strong", { class: "mono" }, `${peer.kind === "tab" ? "tab " : ""}${short(peer.id ?? "?")}`), el("span", { class: "badge" })),
    el("dl", { class: "facts" }, cell("Sync mode"), cell("Sent"), cell("Received"), cell("Connection")),
    el("details", {}, el("summary", {}, "By kind of message"), el("table", {}, el("thead", {}, el("tr", {}, ...["kind", "sent", "received", "packed"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}))))
}

/** @param {HTMLElement} item @param {any} peer */
function updatePeer(item, peer) {
  const { tone, text } = STATES[peer.state] ?? STATES.stale
  item.dataset.state = peer.state
  const [dot, , badge] = /** @type {any} */ (item.children[0]).children
  dot.dataset.tone = badge.dataset.tone = tone
  badge.textContent = peer.state === "proved" && peer.lastProved ? `${text} at ${timeOf(peer.lastProved)}` : text
  const [mode, sent, received, connection] = [...item.querySelectorAll("dl.facts dd")]
  mode.textContent = `${MODES[peer.mode] ?? peer.mode}${peer.fullInPlaceOfReconcile ? `, full state ${peer.fullInPlaceOfReconcile}× in place of reconciliation` : ""}${peer.held ? `, ${peer.held} held there` : ""}`
  sent.textContent = `${counted(peer.sentSum.operations, "operation")}, ${sizeOf(peer.sentSum.bytes)}`
  received.textContent = `${counted(peer.receivedSum.operations, "operation")}, ${sizeOf(peer.receivedSum.bytes)}`
  connection.textContent = peer.kind === "tab" ? "in this browser" : peer.link
    ? `joined in ${Math.round(peer.link.openedAfterMs ?? 0)} ms${peer.link.roundTripMs === null ? "" : `, ${Math.max(1, Math.round(peer.link.roundTripMs))} ms there and back`}` : "closing"
  const kinds = Object.keys(peer.sent).filter((kind) => peer.sent[kind].messages + peer.received[kind].messages > 0)
  keyed(/** @type {any} */ (item.querySelector("tbody")), kinds, (kind) => kind, (kind) => el("tr", {}, el("th", { scope: "row" }, kind), el("td"), el("td"), el("td")), (row, kind) => {
    const [there, here] = [peer.sent[kind], peer.received[kind]]
    const raw = there.rawBytes + here.rawBytes
    row.children[1].textContent = `${there.operations} op · ${sizeOf(there.bytes)}`
    row.children[2].textContent = `${here.operations} op · ${sizeOf(here.bytes)}`
    row.children[3].textContent = raw > 0 ? `${Math.round(((there.bytes + here.bytes) / raw) * 100)} %` : ""
  })
}

/** @param {any[]} relays @param {any[]} attempts */
function showRelays(relays, attempts) {
  const items = [
    ...relays.map(({ url, state, latencyMs }) => ({ key: url, tone: state === "open" ? "good" : state === "connecting" ? "wait" : "bad", text: `Relay ${url.replace(/^wss?:\/\//, "")}: ${RELAY_STATES[state] ?? state}${state === "open" && latencyMs !== null ? `, ${Math.max(1, Math.round(latencyMs))} ms` : ""}` })),
    ...attempts.map(({ id }) => ({ key: id, tone: "wait", text: `Connecting to ${short(id)} …` })),
  ]
  if (!byId("relays").firstElementChild) byId("relays").append(el("ul", { class: "relays" }))
  keyed(byId("relays").firstElementChild, items, ({ key }) => key, () => el("li", {}, el("span", { class: "dot" }), el("span")), (item, { tone, text }) => {
    /** @type {any} */ (item.children[0]).dataset.tone = tone
    item.children[1].textContent = text
  })
}

const RELAY_STATES = /** @type {Record<string, string>} */ ({ open: "connected", connecting: "connecting", failed: "not reachable", closed: "closed" })
