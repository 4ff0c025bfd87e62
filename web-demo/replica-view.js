/** This replica: its fingerprint (equal graphs show equal stripes), watermark, oplog and what else it counts. */
import { byId, el, keyed, svg } from "./dom.js"
import { counted, short, sizeOf } from "./words.js"

/** @param {any} status `db.status()` */
export function showReplica(status) {
  byId("replica-id").textContent = short(status.replica)
  if (status.fingerprint !== null) showFingerprint(status.fingerprint)   // else it is being taken
  const { watermark, oplog, tombstones, storage, quarantine, tabs } = status
  const facts = [
    ["Graph", `${counted(status.nodes, "node")}, ${counted(status.links, "link")}`],
    ["Live operations", `${status.operations.toLocaleString("en")}, ${sizeOf(status.bytes)}`],
    ["Oplog", `${oplog.used.toLocaleString("en")} of ${oplog.capacity.toLocaleString("en")}`],
    ["Watermark", watermark ? `${new Date(watermark.physical).toISOString().slice(11, 23)} · ${watermark.logical} · ${short(watermark.replica)}` : "none yet"],
    ["Tombstones", `${counted(tombstones.removes, "remove")}, ${counted(tombstones.unlinks, "unlink")}`],
    ["Stored in", storageWords(storage)],
    ["Kept out", `${quarantine.held} in quarantine, ${status.refused.operations} refused`],
  ]
  if (status.rtc) facts.push(["Seen as peer", short(status.rtc.selfId)])
  if (tabs) facts.push(["Other tabs", String(tabs.tabs)])
  keyed(byId("facts"), facts, ([name]) => name, ([name]) => el("div", {}, el("dt", {}, name), el("dd", {}, el("span"), name === "Oplog" ? el("meter", { "aria-label": "How full the oplog is" }) : null)), (row, [name, text]) => {
    const [words, meter] = row.children[1].children
    if (words.textContent !== text) words.textContent = text
    if (meter) Object.assign(meter, { max: oplog.capacity, value: oplog.used })
  })
}

/** @param {string} hex 64 digits */
function showFingerprint(hex) {
  const text = byId("fingerprint")
  if (text.title === hex) return
  text.title = hex
  text.textContent = `${hex.slice(0, 8)} ${hex.slice(8, 16)} ${hex.slice(16, 24)} ${hex.slice(24, 32)}`
  const bytes = hex.match(/../g)?.slice(0, 16).map((pair) => parseInt(pair, 16)) ?? []
  byId("strip").replaceChildren(...bytes.map((byte, index) =>
    svg("rect", { x: index, y: 0, width: 1.02, height: 1, fill: `hsl(${(byte * 137) % 360} ${45 + (byte % 4) * 12}% ${42 + ((byte >> 4) % 6) * 5}%)` })))
}

/** @param {any} storage */
function storageWords({ kind, pending, reason }) {
  const names = /** @type {Record<string, string>} */ ({ opfs: "OPFS", indexeddb: "IndexedDB", localstorage: "localStorage", memory: "memory only" })
  return `${names[kind] ?? kind}${kind === "memory" && reason ? ` (${reason})` : ""}${pending ? `, ${pending} pending` : ""}`
}
