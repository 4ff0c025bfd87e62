/** What is wrong right now, in words; and what happened, as a log. */
import { byId, el, keyed, say } from "./dom.js"
import { counted, short, timeOf } from "./words.js"

const KEPT_LINES = 60
/** A relay that is connecting gets this long before it counts as trouble. */
const PATIENCE_MS = 4_000
/** A peer that could not be reached is worth a word for this long. */
const RECENT_MS = 30_000

/**
 * @param {any} status `db.status()`
 * @param {number} now
 * @returns {{ key: string, tone: "warn" | "bad", text: string }[]}
 */
export function troublesOf(status, now) {
  return [...relayTroubles(status.rtc, now), ...peerTroubles(status.rtc, now), ...replicaTroubles(status)]
}

/** @param {any} rtc @param {number} now */
function relayTroubles(rtc, now) {
  if (!rtc) return []
  const failing = rtc.relays.filter((/** @type {any} */ { state, since }) => state === "failed" || (state === "connecting" && now - since > PATIENCE_MS))
  if (failing.length === 0) return []
  const open = rtc.peers.filter((/** @type {any} */ { state }) => state === "open").length
  const left = rtc.relays.length - failing.length
  const words = failing.map((/** @type {any} */ { url, error, retryAt }) => {
    const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000))
    return `The relay ${url} cannot be reached${error ? `: ${error}` : ""}. ${seconds > 0 ? `It is tried again in ${seconds} s.` : "It is being tried again."}`
  })
  const meaning = left > 0 ? `${counted(left, "other relay")} still works, so peers can be found.`
    : open > 0 ? `${open === 1 ? "The peer you see stays" : "The peers you see stay"} connected; new ones cannot find you until it is back.`
    : "Peers cannot find you until it is back. What you change is kept and will be sent then."
  return [{ key: "relays", tone: /** @type {"warn" | "bad"} */ (left > 0 ? "warn" : "bad"), text: `${words.join(" ")} ${meaning}` }]
}

/** @param {any} rtc @param {number} now */
function peerTroubles(rtc, now) {
  if (!rtc) return []
  const open = new Set(rtc.peers.filter((/** @type {any} */ { state }) => state === "open").map((/** @type {any} */ { id }) => id))
  /** @type {Map<string, any>} */
  const latest = new Map()
  for (const failure of rtc.failures) if (now - failure.at < RECENT_MS && !open.has(failure.peerId)) latest.set(failure.peerId, failure)
  return [...latest.values()].map(({ peerId, code, message }) => ({
    key: peerId, tone: /** @type {const} */ ("warn"),
    text: code === "lost" ? `The connection to peer ${short(peerId)} was lost: ${message}. It is made again as soon as the peer answers.`
      : code === "timeout" || code === "failed" ? `Peer ${short(peerId)} could not be reached: ${message}. A firewall between you may need a TURN server. It is tried again while the peer is heard of.`
      : `The connection to peer ${short(peerId)} was ended: ${message}.`,
  }))
}

/** @param {any} status */
function replicaTroubles({ clockAhead, storage, open, error }) {
  const troubles = []
  if (open === false) troubles.push({ key: "closed", tone: /** @type {const} */ ("bad"), text: `The database is closed (${error}). Load the page again.` })
  if (clockAhead?.length > 0) troubles.push({ key: "clock", tone: /** @type {const} */ ("warn"), text: `The clock of replica ${clockAhead.map(short).join(", ")} runs ahead of this one. What it wrote is held until its time has come.` })
  if (storage?.error) troubles.push({ key: "storage", tone: /** @type {const} */ ("bad"), text: `Storing failed: ${storage.error.message ?? storage.error}. What you change may be lost when this page closes.` })
  return troubles
}

/** @param {{ key: string, tone: string, text: string }[]} troubles */
export function showTroubles(troubles) {
  keyed(byId("troubles"), troubles, ({ key }) => key, () => el("p", { class: "trouble" }), (item, { tone, text }) => {
    item.dataset.tone = tone
    if (item.textContent !== text) item.textContent = text
  })
}

/** @param {"good" | "wait" | "warn" | "bad"} tone @param {string} text */
export function headline(tone, text) {
  const [dot, words] = byId("headline").children
  dot.dataset.tone = tone
  say(words, text)
}

/** @param {string} text */
export function note(text) {
  const list = byId("log")
  list.prepend(el("li", {}, el("time", { class: "soft" }, timeOf(Date.now())), el("span", {}, text)))
  while (list.children.length > KEPT_LINES) list.lastElementChild.remove()
}
