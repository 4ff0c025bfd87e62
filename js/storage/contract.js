/**
 * The storage contract: what a store is, whatever keeps its bytes. `tests/js/storage/acceptance.js` holds every
 * implementation to it.
 *
 * A store keeps one stream of bytes (the core's journal: self-delimiting frames, opaque here). It is cut into rows at
 * places that mean nothing; the rows, in order, are the stream.
 *
 * Invariants
 * 1. What `read` gives is a prefix of what was appended since the last `replace`: bytes behind a failed append are
 *    never given, even if they reached the disk.
 * 2. A resolved `append` or `replace` survives the end of the process; after a resolved `flush` all of it survives the
 *    end of power too (as far as the platform can).
 * 3. `replace` is atomic: afterwards, whatever happens, the rows are all old or all new.
 * 4. Chunks are taken before the call returns: the caller may reuse the buffers at once.
 * 5. After a failed append the store refuses further appends and flushes with STORAGE_FAILED until a `replace`
 *    succeeds. A failed `replace` leaves the old rows, and appends go on behind them.
 *    An append or replace for which there is no room fails with STORE_FULL, and the same holds.
 * 6. Two handles that append to one stream (a browser without Web Locks) never overwrite each other's rows.
 *
 * @typedef {object} Store
 * @property {() => AsyncIterable<Uint8Array>} read  the rows as they stood when reading began, in order
 * @property {(chunks: readonly Uint8Array[]) => Promise<void>} append  one call is kept whole or not at all
 * @property {(chunks: readonly Uint8Array[]) => Promise<void>} replace  all rows by these
 * @property {() => Draft} [draft]  a `replace` in pieces; a store without it gathers them (`draftOf`)
 * @property {() => Promise<void>} flush  everything appended so far is on the device
 * @property {() => void} [leave]  the page may end now, in the same instant: what was appended and is not kept yet is put
 *   where the next opening finds it. The store goes on if the page does
 * @property {() => void} [standDown]  another writes from now on: what waits here to be written is refused, and nothing is
 *   held that keeps the other from it. The store can be used again later: it is read first
 * @property {() => number} bytes  the size of the stream as this handle knows it: what it read last and wrote since
 * @property {() => Promise<void>} close  writes what was handed over, then lets go; later calls reject with CLOSED
 * @property {() => Promise<void>} destroy  closes, and forgets the rows for good
 * @property {(name: "lost", listener: (loss: StoreLoss) => void) => () => void} on
 *   "lost": the platform took the store away; every later call rejects with STORAGE_FAILED. Returns its own off.
 *
 * @typedef {object} Draft  rows on their way. Until `commit` nothing of them shows, and the old ones are appended to
 * @property {(bytes: Uint8Array) => Promise<void>} add  the next piece of the stream; the bytes are given away
 * @property {(tail: readonly Uint8Array[]) => Promise<void>} commit  all that was added and then this takes the place of
 *   all rows, as by a `replace` that is called now: what was appended since the draft began is to be in the tail
 * @property {() => Promise<void>} drop  forgets what was added; never rejects
 *
 * @typedef {object} StoreLoss
 * @property {"closed" | "deleted" | "upgraded"} why
 *   closed: by the platform (it may be opened again) · deleted: someone destroys it · upgraded: newer code wants it
 * @property {string} message
 *
 * @typedef {object} Storage
 * @property {(name: string) => Promise<Store>} open
 *   rejects with INVALID_ARGUMENT for a bad name, with STORAGE_UNAVAILABLE when there is no such store to be had
 */

import { WeftError } from "../errors.js"

/**
 * Row sizes. Chromium keeps values of 64 KiB and more as files of their own: from 64 to 256 KiB that halves the
 * throughput, above it doubles it (measured: 60 KiB 70 MB/s, 64 KiB 30 MB/s, 256 KiB 115 MB/s, 1 MiB 200 MB/s).
 * So a row is small enough to stay inline, or big enough to be worth a file.
 */
export const kInlineRowBytes = 60 * 1024
export const kFileRowBytes = 256 * 1024
export const kMaxRowBytes = 1024 * 1024

/** The longest database name, in UTF-16 units: it becomes part of the names of locks and channels. */
export const kMaxNameLength = 256

/**
 * @param {unknown} name
 * @returns {string}
 */
export function checkName(name) {
  if (typeof name !== "string" || name.length === 0 || name.length > kMaxNameLength || /\p{Surrogate}/u.test(name)) {
    throw new WeftError("INVALID_ARGUMENT", `name must be a well-formed string of 1 to ${kMaxNameLength} characters`)
  }
  return name
}

/**
 * @param {unknown} chunks
 * @returns {number} their bytes together
 */
export function checkChunks(chunks) {
  if (!Array.isArray(chunks)) throw new WeftError("INVALID_ARGUMENT", "chunks must be an array of Uint8Array")
  let total = 0
  for (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw new WeftError("INVALID_ARGUMENT", "chunks must be an array of Uint8Array")
    total += chunk.byteLength
  }
  return total
}

/** What one hears that writes while another tab has the store. */
export const takenOver = () => new WeftError("STORAGE_FAILED", "another tab took the store over")

/**
 * A draft of a store: its own, or one that gathers the pieces in memory.
 * @param {Store} store
 * @returns {Draft}
 */
export function draftOf(store) {
  if (store.draft) return store.draft()
  /** @type {Uint8Array[]} */
  const pieces = []
  return {
    async add(bytes) { pieces.push(bytes) },
    commit: (tail) => store.replace([...pieces, ...tail]),
    async drop() { pieces.length = 0 },
  }
}

/**
 * The sizes of the rows a stretch of the stream is cut into.
 * @param {number} total
 * @returns {number[]}
 */
export function rowSizes(total) {
  const sizes = []
  while (total > 0) {
    const size = Math.min(total, total >= kFileRowBytes ? kMaxRowBytes : kInlineRowBytes)
    sizes.push(size)
    total -= size
  }
  return sizes
}

/**
 * Copies chunks together into rows of bounded size.
 * @param {readonly Uint8Array[]} chunks
 * @returns {Uint8Array[]} each row alone in its own buffer
 */
export function cutRows(chunks) {
  let total = 0
  for (const chunk of chunks) total += chunk.byteLength
  const rows = rowSizes(total).map((size) => new Uint8Array(size))
  let index = 0
  let used = 0
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength;) {
      const row = rows[index]
      const size = Math.min(row.byteLength - used, chunk.byteLength - start)
      row.set(start === 0 && size === chunk.byteLength ? chunk : chunk.subarray(start, start + size), used)
      start += size
      used += size
      if (used === row.byteLength) { index += 1; used = 0 }
    }
  }
  return rows
}
