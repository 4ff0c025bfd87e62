/**
 * Rows of the IndexedDB store, and which of them count (indexeddb.js says what they are).
 *
 * Invariant: what is given is a prefix of each run, in the order of the rows' keys.
 *
 * @typedef {{ id: string, next: number, proven: boolean, failed: import("../errors.js").WeftError | null, cut: number, void: boolean, before: Run | null }} Run
 *   next: the number of its next row · proven: something of it was written · failed: rows are missing, from number `cut`
 *   on none counts · void: nothing of it was written, the run before it goes on
 *
 * @typedef {{ epoch: number, frames: Uint8Array[] }} Seen  which replace the rows stand behind, and those that were appended
 */

import { WeftError } from "../errors.js"

/**
 * @param {Run | null} before
 * @returns {Run}
 */
export function newRun(before) {
  return { id: Math.random().toString(36).slice(2, 12), next: 0, proven: false, failed: null, cut: Infinity, void: false, before }
}

/**
 * The bytes of the rows that count: each run up to its first missing row.
 * @param {AsyncIterable<unknown[]>} batches
 * @param {Seen} seen is filled
 * @param {(level: "warn", text: string) => void} log
 * @returns {AsyncGenerator<Uint8Array>}
 */
export async function* wholeRuns(batches, seen, log) {
  /** @type {Map<string, number>} */
  const next = new Map()
  let reset = false
  let cut = 0
  for await (const batch of batches) {
    for (const row of batch) {
      const { run, n, bytes, resets, epoch } = /** @type {Record<string, unknown>} */ (row)
      if (typeof run !== "string" || typeof n !== "number" || !(bytes instanceof Uint8Array)) {
        throw new WeftError("CORRUPT_STORE", "the store holds a row that is not one of ours")
      }
      if (resets === true) reset = true
      if (typeof epoch === "number") seen.epoch = epoch
      if (n === (next.get(run) ?? (reset ? n : 0))) {
        next.set(run, n + 1)
        if (resets !== true) seen.frames.push(bytes)
        yield bytes
      } else {
        cut += 1
      }
    }
  }
  if (cut > 0) log("warn", `${cut} rows behind a failed write were never acknowledged and are left out`)
}
