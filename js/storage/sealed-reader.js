/**
 * Reads a stream that may be sealed: plain bytes come out, or a clear error.
 *
 * Invariants
 * 1. What is given was sealed for its very place: frames of a run come one by one, a run begins behind a frame that
 *    its writer had read, and nothing is given of another generation (an owner that wrote too late; or an attacker who
 *    kept a copy).
 * 2. Damage with anything sound behind it is CORRUPT_STORE, and so is a first frame that has its length and cannot be
 *    opened. Without, it is an end that was not written whole: it is left out, and told (`torn`).
 * 3. What cannot be known: whether sound frames are missing at the very end.
 */

import { WeftError } from "../errors.js"
import { beginsSealed, join, kHead, kHeadBytes, kMagic, kPrefixBytes, kSealedVersion, readFrame, readPrefix } from "./sealed-format.js"
import { unseal } from "./vault.js"

/** Frames being opened at a time: each is a trip to another thread. */
const kWindow = 64
/** How many places behind a damage are tried before the store is taken for corrupt. */
const kMaxTries = 10_000

/**
 * @typedef {import("./sealed-format.js").Frame} Frame
 * @typedef {import("./sealed-format.js").Place} Place
 * @typedef {import("./vault.js").Keys} Keys
 *
 * @typedef {object} Found  what a stream turned out to be
 * @property {boolean} empty
 * @property {Keys | null} keys  null: plain (or empty)
 * @property {Place | null} last  the last frame
 * @property {string | null} torn  what was left out at the end, in words
 * @property {number} foreign  items of other generations
 *
 * @typedef {{ frame: Frame, item: Uint8Array, plain: Promise<Uint8Array | null> }} Opening
 */

/** @param {string} what */
const corrupt = (what) => new WeftError("CORRUPT_STORE", `the encrypted store is damaged: ${what}`)

/**
 * @param {AsyncIterable<Uint8Array>} rows
 * @param {string} name
 * @param {import("./vault.js").Vault} vault
 * @returns {AsyncGenerator<Uint8Array, Found>}
 */
export async function* readSealed(rows, name, vault) {
  const source = createSource(rows)
  try {
    return yield* readFrom(source, name, vault)
  } finally {
    await source.close()
  }
}

/**
 * @param {Source} source
 * @param {string} name
 * @param {import("./vault.js").Vault} vault
 * @returns {AsyncGenerator<Uint8Array, Found>}
 */
async function* readFrom(source, name, vault) {
  /** @type {Found} */
  const found = { empty: false, keys: null, last: null, torn: null, foreign: 0 }
  const some = await source.fill(kMagic.byteLength + 1)
  if (source.size === 0) return { ...found, empty: true }
  if (!some && vault.seals && !vault.takesPlain) return { ...found, torn: `${source.size} bytes of a head` }
  if (!beginsSealed(source.peek(kMagic.byteLength))) {
    if (!vault.takesPlain) throw new WeftError("WRONG_PASSWORD", "this database is not encrypted: open it without a password and set one with changePassword", { path: "options.password" })
    yield* source.all()
    return found
  }
  if (some && source.peek(4)[3] !== kSealedVersion) throw new WeftError("UNSUPPORTED_VERSION", "the store was encrypted by a newer version of weft")
  if (!(await source.fill(kHeadBytes))) return { ...found, torn: `${source.size} bytes of a head` }
  const head = source.peek(kHeadBytes).slice()
  if (readPrefix(head)?.kind !== kHead) throw corrupt("it does not begin with a head")
  const keys = found.keys = await vault.open(name, head)
  source.skip(kHeadBytes)
  yield* readFrames(source, keys, found)
  return found
}

/**
 * @param {Source} source
 * @param {Keys} keys
 * @param {Found} found
 * @returns {AsyncGenerator<Uint8Array, void>}
 */
async function* readFrames(source, keys, found) {
  const open = createOpener(keys)
  const accept = createOrder(found)
  /** @type {Opening[]} */
  const opening = []

  /** The next of those being opened; null: it cannot be. */
  async function settle() {
    const { frame, plain } = opening[0]
    const bytes = await plain
    if (!bytes) return null
    opening.shift()
    accept(frame)
    return bytes
  }

  let whole = true
  while (whole || opening.length > 0) {
    if (whole && opening.length < kWindow) {
      const item = await nextItem(source, keys, found)
      if (!item) { whole = false; continue }
      const plain = open(item.frame)
      plain.catch(() => {}) // heard of when its turn comes
      opening.push({ ...item, plain })
      continue
    }
    const bytes = await settle()
    if (bytes === null) break
    if (bytes.byteLength > 0) yield bytes
  }
  const rest = join([...opening.map(({ item }) => item), await source.rest()])
  if (rest.byteLength === 0) return
  if (found.last === null && opening.length > 0) throw corrupt("its beginning cannot be opened")
  if (await soundBehind(rest, keys, open)) throw corrupt("a part of it cannot be opened, and more follows")
  found.torn = `${rest.byteLength} bytes that were not written whole`
}

/**
 * The next frame of our generation; null: no whole item begins here.
 * @param {Source} source
 * @param {Keys} keys
 * @param {Found} found
 */
async function nextItem(source, keys, found) {
  while (await source.fill(kPrefixBytes)) {
    const prefix = readPrefix(source.peek(kPrefixBytes))
    if (!prefix || !(await source.fill(prefix.size))) return null
    if (prefix.generation === keys.generation) {
      if (prefix.kind === kHead) return null
      const item = source.peek(prefix.size).slice()
      source.skip(prefix.size)
      return { item, frame: readFrame(item, prefix) }
    }
    source.skip(prefix.size)
    found.foreign += 1
  }
  return null
}

/** @param {Keys} keys */
function createOpener(keys) {
  /** @type {Map<string, Promise<CryptoKey>>} */
  const runs = new Map()
  /** @param {Frame} frame */
  return async ({ place: { run, number }, bound, sealed }) => {
    const key = runs.get(run) ?? keys.run(run)
    runs.set(run, key)
    return unseal(await key, number, bound, sealed)
  }
}

/** The order in which frames may stand. @param {Found} found */
function createOrder(found) {
  /** @type {Map<string, number>} */
  const next = new Map()
  /** @param {Frame} frame */
  return ({ place, after, first }) => {
    const due = next.get(place.run)
    if (first) {
      if (due !== undefined || place.number !== 0) throw corrupt("a run stands there twice")
      if (after && (next.get(after.run) ?? 0) <= after.number) throw corrupt("a part of it is missing")
    } else if (due === undefined || place.number !== due) {
      throw corrupt("a part of it is missing, or stands in the wrong place")
    }
    next.set(place.run, place.number + 1)
    found.last = place
  }
}

/**
 * Whether anything of ours stands behind the first byte.
 * @param {Uint8Array} rest
 * @param {Keys} keys
 * @param {(frame: Frame) => Promise<Uint8Array | null>} open
 */
async function soundBehind(rest, keys, open) {
  let tries = 0
  for (let at = rest.indexOf(kMagic[0], 1); at > 0 && at + kPrefixBytes <= rest.byteLength; at = rest.indexOf(kMagic[0], at + 1)) {
    const prefix = readPrefix(rest.subarray(at, at + kPrefixBytes))
    if (!prefix || prefix.generation !== keys.generation || prefix.kind === kHead || at + prefix.size > rest.byteLength) continue
    if (await open(readFrame(rest.subarray(at, at + prefix.size), prefix)) || ++tries > kMaxTries) return true
  }
  return false
}

/** @typedef {ReturnType<typeof createSource>} Source */

/** Rows as one stream that can be looked into. @param {AsyncIterable<Uint8Array>} rows */
function createSource(rows) {
  const reading = rows[Symbol.asyncIterator]()
  /** @type {Uint8Array} */
  let buffer = new Uint8Array(0)
  let at = 0

  async function pull() {
    const { value, done } = await reading.next()
    if (done) return false
    buffer = at === buffer.byteLength ? value : join([buffer.subarray(at), value])
    at = 0
    return true
  }

  return {
    get size() { return buffer.byteLength - at },
    /** @param {number} size @returns {Promise<boolean>} false: there is no more */
    async fill(size) {
      while (buffer.byteLength - at < size) if (!(await pull())) return false
      return true
    },
    /** A view, up to `size` bytes. @param {number} size */
    peek: (size) => buffer.subarray(at, at + size),
    /** @param {number} size */
    skip(size) { at += size },
    /** @returns {AsyncGenerator<Uint8Array, void>} */
    async *all() {
      do {
        if (at < buffer.byteLength) yield at === 0 ? buffer : buffer.slice(at)
        at = buffer.byteLength
      } while (await pull())
    },
    async rest() {
      const parts = [buffer.subarray(at)]
      at = buffer.byteLength
      while (await pull()) {
        parts.push(buffer)
        at = buffer.byteLength
      }
      return join(parts)
    },
    close: () => reading.return?.(),
  }
}
