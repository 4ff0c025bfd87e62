/**
 * What a page that leaves had given away and not heard of again: to its Worker, which ends with the page, perhaps before
 * it wrote; to IndexedDB, which may abort the last transactions of a page. So the page puts a copy into localStorage (the
 * one thing that takes it in the same instant), and whoever reads the store next takes in what is not there.
 *
 * A *file* is here what the stream is written to from one `replace` to the next, a *frame* what was written in one piece:
 * those of OPFS, or in IndexedDB the rows since the last replace.
 *
 * Invariants
 * 1. Taken in once: a boat says behind which frame of which file its payloads belong; those that are there are not
 *    written again, and what is missing is missing from its first missing payload on.
 * 2. A prefix: what is above `kMostBytes`, or has no room, is left behind together with all that follows it. An append
 *    is in it whole or not at all.
 * 3. A boat of another store, or of a file that was replaced by someone else, is stale: the one who replaced it had
 *    everything from the page itself, or had read the boat.
 * 4. A sealed store's payloads are sealed, so nothing plain is ever put here.
 */

import { toBytes, toText } from "../util/byte-text.js"
import { crc32c } from "./crc32c.js"

/**
 * @typedef {{ store: number, epoch: number, frames: number }} Place  a file, and the number of its next frame
 *
 * @typedef {object} Boat
 * @property {string} key
 * @property {Place} place  behind what all of it belongs
 * @property {number | null} replaced  so many payloads were given before a replace that was under way; null: there was none
 * @property {Uint8Array[]} payloads  one for each frame
 */

/** @typedef {Omit<Boat, "key" | "payloads"> & { appends: Uint8Array[][] }} Load  what is put into one: the payloads of each append */

/** Of the page's 5 MB. */
const kMostBytes = 2 * 1024 * 1024
const kVersion = 1

/**
 * The payloads of a boat that a file does not hold.
 * @param {Boat} boat
 * @param {{ store: number, epoch: number }} file
 * @param {Uint8Array[]} inFile the payloads of its frames
 * @returns {Uint8Array[]}
 */
export function missingOf({ place, replaced, payloads }, { store, epoch }, inFile) {
  if (store !== place.store || epoch < place.epoch || (epoch > place.epoch && replaced === null)) return []
  const isNewer = epoch > place.epoch
  const wanted = isNewer ? payloads.slice(replaced ?? 0) : payloads
  let at = isNewer ? 0 : place.frames
  for (const [i, payload] of wanted.entries()) {
    while (at < inFile.length && !isEqual(inFile[at], payload)) at += 1
    if (at === inFile.length) return wanted.slice(i)
    at += 1
  }
  return []
}

/** @param {Uint8Array} one @param {Uint8Array} other */
const isEqual = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i])

/**
 * The boats of one database, and ours among them.
 * @param {string} name
 * @param {globalThis.Storage | null} storage
 */
export function createLifeboats(name, storage) {
  const prefix = `weft boat:${name}\n`
  const ours = prefix + Math.random().toString(36).slice(2, 12)
  let launched = false

  /** @param {string} key */
  function remove(key) {
    try {
      storage?.removeItem(key)
    } catch {
      // what cannot be removed is found stale
    }
  }

  return {
    /** Puts a boat out, in the place of our last one. @param {Load} boat */
    launch(boat) {
      if (!storage) return
      for (let most = kMostBytes; most >= 1024; most /= 4) {
        const text = writeBoat(boat, most)
        if (text === null) return
        try {
          storage.setItem(ours, text)
          launched = true
          return
        } catch {
          // no room: fewer
        }
      }
    },

    /** All that was in it arrived. */
    recall() {
      if (launched) remove(ours)
      launched = false
    },

    /** @returns {Boat[]} those of others, and of the page's earlier lives */
    list() {
      if (!storage) return []
      const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? "")
      return keys.filter((key) => key.startsWith(prefix) && key !== ours).flatMap((key) => {
        const boat = readBoat(key, storage.getItem(key) ?? "")
        if (!boat) remove(key) // of a version that is gone, or damaged
        return boat ?? []
      })
    },

    /** @param {readonly Boat[]} boats */
    clear(boats) {
      for (const { key } of boats) remove(key)
    },
  }
}

/** @param {Load} boat @param {number} most bytes @returns {string | null} null: nothing of it is small enough */
function writeBoat({ place, replaced, appends }, most) {
  /** @type {Uint8Array[]} */
  const taken = []
  let bytes = 0
  for (const append of appends) {
    bytes += append.reduce((sum, { length }) => sum + length, 0)
    if (bytes > most) break
    taken.push(...append)
  }
  if (taken.length === 0) return null
  const before = replaced !== null && replaced > taken.length ? null : replaced
  return `${JSON.stringify({ version: kVersion, place, replaced: before, sizes: taken.map(({ length }) => length), check: checkOf(taken) })}\n${taken.map(toText).join("")}`
}

/** @param {string} key @param {string} text @returns {Boat | null} */
function readBoat(key, text) {
  const end = text.indexOf("\n")
  try {
    const { version, place, replaced, sizes, check } = JSON.parse(text.slice(0, end))
    if (version !== kVersion) return null
    const bytes = toBytes(text.slice(end + 1))
    let at = 0
    const payloads = sizes.map((/** @type {number} */ size) => bytes.subarray(at, at += size))
    return check === checkOf(payloads) ? { key, place, replaced, payloads } : null
  } catch {
    return null
  }
}

/** @param {readonly Uint8Array[]} payloads */
const checkOf = (payloads) => payloads.reduce((sum, payload) => crc32c(payload, sum), 0)
