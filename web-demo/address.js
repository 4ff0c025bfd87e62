/**
 * What the page's address says: `#room=NAME`, and for the curious `&rtc=0` (tabs only), `&oplog=N` (operations kept for
 * delta sync). Relays come from `?relay=ws://…` (may be repeated; `npm start` puts it there) or from `/config.json`
 * (`{ "relayUrls": [...], "iceServers": [...] }`); without either the built-in public ones are used.
 */

/**
 * @typedef {{ room: string, rtc: boolean, oplogSize: number | undefined }} Address
 */

const NOUNS = ["otter", "heron", "maple", "comet", "delta", "ember", "fjord", "grove", "hazel", "island", "juniper", "lagoon"]
const MOODS = ["calm", "brave", "clear", "quick", "bright", "gentle", "early", "lucky", "mellow", "quiet", "sunny", "wild"]

/** Reads the address; a page without a room gets a fresh one of its own. @returns {Address} */
export function readAddress() {
  const hash = new URLSearchParams(location.hash.slice(1))
  const room = (hash.get("room") ?? "").trim()
  if (room === "") {
    hash.set("room", freshRoom())
    history.replaceState(null, "", `#${hash}`)
    return readAddress()
  }
  const oplog = Number(hash.get("oplog"))
  return { room, rtc: hash.get("rtc") !== "0", oplogSize: Number.isInteger(oplog) && oplog > 0 ? oplog : undefined }
}

/** Long enough that strangers on the same public relays do not meet by accident. */
function freshRoom() {
  const [mood, noun, ...digits] = crypto.getRandomValues(new Uint8Array(6))
  const tail = digits.map((byte) => (byte % 36).toString(36)).join("")
  return `${MOODS[mood % MOODS.length]}-${NOUNS[noun % NOUNS.length]}-${tail}`
}

/** Goes to another room, or the same one with or without peers. The page loads anew. @param {Partial<Address>} changes */
export function goTo(changes) {
  const hash = new URLSearchParams(location.hash.slice(1))
  if (changes.room !== undefined) hash.set("room", changes.room)
  if (changes.rtc === false) hash.set("rtc", "0")
  else if (changes.rtc === true) hash.delete("rtc")
  location.hash = `#${hash}`
}

/** The link that brings someone else into this room, peers on whatever the switch says here. */
export function linkToHere() {
  const url = new URL(location.href)
  const hash = new URLSearchParams(url.hash.slice(1))
  hash.delete("rtc")
  url.hash = `#${hash}`
  return url.href
}

/** @returns {Promise<{ relayUrls?: string[], iceServers?: object[] }>} */
export async function readConfig() {
  const relayUrls = new URLSearchParams(location.search).getAll("relay")
  if (relayUrls.length > 0) return { relayUrls, ...(relayUrls.every(isLocal) ? { iceServers: [] } : {}) }
  try {
    const answer = await fetch("/config.json")
    return answer.ok ? await answer.json() : {}
  } catch {
    return {} // a server without configuration: the built-in relays
  }
}

/** A relay on this machine means peers on this machine: no outside server is asked for our address. @param {string} url */
function isLocal(url) {
  return /^wss?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(url)
}
