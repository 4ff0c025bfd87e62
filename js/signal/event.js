/**
 * Reads an event that a relay handed us: every field has its type, length and bound, or the event is refused. What
 * comes out is safe to hand to the crypto module; whether it is genuine only that can say.
 */
import { isHex } from "../crypto/hex.js"
import { MAX_TAG_ITEMS, MAX_TAGS } from "./limits.js"

/** @typedef {import("../crypto/crypto.js").NostrEvent} NostrEvent */

const MAX_KIND = 65535

/** @param {any} value @returns {NostrEvent | null} */
export function readEvent(value) {
  if (typeof value !== "object" || value === null) return null
  const { id, pubkey, sig, created_at, kind, tags, content } = value
  if (!isHex(id, 32) || !isHex(pubkey, 32) || !isHex(sig, 64)) return null
  if (!Number.isSafeInteger(created_at) || created_at < 0) return null
  if (!Number.isInteger(kind) || kind < 0 || kind > MAX_KIND) return null
  if (typeof content !== "string" || !isTagList(tags)) return null
  return { id, pubkey, sig, created_at, kind, tags, content }
}

/** @param {unknown} tags @returns {tags is string[][]} */
function isTagList(tags) {
  return Array.isArray(tags) && tags.length <= MAX_TAGS && tags.every(isTag)
}

/** @param {unknown} tag */
function isTag(tag) {
  return Array.isArray(tag) && tag.length <= MAX_TAG_ITEMS && tag.every((item) => typeof item === "string")
}

/**
 * The value of the only tag of that name, or null when there is none or more than one.
 * @param {NostrEvent} event
 * @param {string} name
 */
export function onlyTag(event, name) {
  const found = event.tags.filter((tag) => tag[0] === name)
  return found.length === 1 && found[0].length === 2 ? found[0][1] : null
}
