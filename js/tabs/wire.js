/**
 * What tabs say to each other on the channel, and the check of what comes in. Messages are structured-clone objects:
 *
 *   { weft: 1, from, to?, kind: "hello", info }     I am here (to everyone, or to one who did not know me)
 *   { weft: 1, from, to,  kind: "here",  info }     so am I: the answer to a hello
 *   { weft: 1, from,      kind: "info",  info }     my info changed
 *   { weft: 1, from,      kind: "bye" }
 *   { weft: 1, from,      kind: "beat" }            only without Web Locks
 *   { weft: 1, from, to?, kind: "bytes", bytes }    for the core; without `to`: for everyone
 *   { weft: 1, from, to,  kind: "ask",    n, name, payload }
 *   { weft: 1, from, to,  kind: "answer", n, payload } or { …, n, error: { code, message } }
 *
 * The protocol's major version and the database name are part of the channel's name, so they need no place here.
 */

/**
 * @typedef {{ rtc: boolean, owner: boolean, full?: boolean }} TabInfo
 *   has it links to other machines? does it own the store? is the store full?
 *
 * @typedef {{ weft: 1, from: string, to?: string } & (
 *   { kind: "hello" | "here" | "info", info: TabInfo } |
 *   { kind: "bye" | "beat" } |
 *   { kind: "bytes", bytes: Uint8Array } |
 *   { kind: "ask", n: number, name: string, payload: unknown } |
 *   { kind: "answer", n: number, payload?: unknown, error?: { code: string, message: string } }
 * )} TabMessage
 */

const kId = /^[0-9a-f]{16}$/

/** @returns {string} an id no other tab has */
export function newTabId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(8))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/**
 * @param {string} name
 * @param {number} protocol major version
 */
export function channelName(name, protocol) {
  return `weft:tabs:${protocol}:${name}`
}

/**
 * @param {string} channel
 * @param {string} id
 */
export function lifeLockName(channel, id) {
  return `${channel}:${id}`
}

/**
 * The message, or null when it is not one of ours.
 * @param {unknown} data
 * @returns {TabMessage | null}
 */
export function readMessage(data) {
  if (!isObject(data) || data.weft !== 1 || !isId(data.from)) return null
  if (data.to !== undefined && !isId(data.to)) return null
  return isWhole(data) ? /** @type {TabMessage} */ (/** @type {unknown} */ (data)) : null
}

/** @param {Record<string, unknown>} data */
function isWhole(data) {
  const addressed = data.to !== undefined
  switch (data.kind) {
    case "hello": return isInfo(data.info)
    case "here": return addressed && isInfo(data.info)
    case "info": return isInfo(data.info)
    case "bye": case "beat": return true
    case "bytes": return data.bytes instanceof Uint8Array
    case "ask": return addressed && Number.isSafeInteger(data.n) && typeof data.name === "string"
    case "answer": return addressed && Number.isSafeInteger(data.n) && (data.error === undefined || isError(data.error))
    default: return false
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === "object" && value !== null
}

/** @param {unknown} value */
function isId(value) {
  return typeof value === "string" && kId.test(value)
}

/** @param {unknown} value */
function isInfo(value) {
  return isObject(value) && typeof value.rtc === "boolean" && typeof value.owner === "boolean"
}

/** @param {unknown} value */
function isError(value) {
  return isObject(value) && typeof value.code === "string" && typeof value.message === "string"
}
