/** How the page says things: numbers, times, states and errors, in words. */

/** @param {number} bytes */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} B`
  const units = ["kB", "MB", "GB"]
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power - 1]}`
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`
}

/** @param {number} ms how long something took */
export function msOf(ms) {
  return `${ms < 1 ? ms.toFixed(2) : ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** @param {number} ms since 1970 */
export function timeOf(ms) {
  return new Date(ms).toLocaleTimeString("en-GB")
}

/** @param {string} id */
export function short(id) {
  return id.slice(0, 8)
}

/** The modes of docs/protocol.md. */
export const MODES = /** @type {Record<string, string>} */ ({
  none: "starting",
  inSync: "in sync, nothing to send",
  deltaSync: "delta",
  syncReceive: "full state",
  reconcile: "reconciliation",
})

/** @type {Record<string, { tone: string, text: string }>} */
export const STATES = {
  proved: { tone: "good", text: "proved equal" },
  settled: { tone: "warn", text: "settled, not equal" },
  stale: { tone: "wait", text: "not proved yet" },
}

/** What to do about an error that kept the database from opening. */
const HINTS = /** @type {Record<string, string>} */ ({
  RTC_UNAVAILABLE: "This browser has no WebRTC. Switch “Peers” off to use the graph in this browser’s tabs.",
  STORAGE_UNAVAILABLE: "This browser lets the page store nothing. A private window or blocked site data is a usual cause.",
  STORAGE_FAILED: "The browser could not store the graph. Is the disk full?",
  CORRUPT_STORE: "The stored graph is damaged and was left as it is. Open another room, or clear this site’s data.",
  WASM_FAILED: "The core could not be loaded. Is the package built (npm run build), and does the page’s address reach /dist/?",
  INVALID_ARGUMENT: "Something in the address is not right.",
})

/** @param {any} error */
export function errorWords(error) {
  const code = typeof error?.code === "string" ? error.code : ""
  const hint = HINTS[code]
  return `${error?.message ?? error}${code ? ` (${code})` : ""}${hint ? ` ${hint}` : ""}`
}
