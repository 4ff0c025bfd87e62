/**
 * Whole graphs out and in as files, a slice a task, so that the page goes on meanwhile.
 *
 * Invariants
 * 1. An export is of the state at the call.
 * 2. An import is applied whole or not at all, whatever ends it.
 * 3. `done` never falls, and is `total` when all went well.
 */
import { WeftError } from "../errors.js"
import { reportUncaught } from "../util/emitter.js"
import { nextTask } from "../util/next-task.js"

/** @typedef {(progress: { done: number, total: number }) => unknown} OnProgress */

/**
 * @param {object} parts
 * @param {import("../core/replica.js").Replica} parts.replica
 * @param {ReturnType<typeof import("./waits.js").createWaits>} parts.waits
 * @param {() => boolean} parts.isClosing
 */
export function createTransfer({ replica, waits, isClosing }) {
  async function turn() {
    await nextTask()
    if (isClosing() || replica.gone) throw new WeftError("CLOSED", "the database was closed")
  }

  return {
    /** @param {OnProgress} [onProgress] counts operations @returns {Promise<Uint8Array>} */
    async export(onProgress) {
      const slices = replica.exportSlices()
      const total = slices.left
      const tell = teller(total, onProgress)
      /** @type {Uint8Array[]} */
      const parts = []
      try {
        for (const slice of slices) {
          parts.push(slice)
          tell(total - slices.left)
          await turn()
        }
      } finally {
        slices.return()
      }
      return joined(parts)
    },

    /** @param {Uint8Array} file @param {OnProgress} [onProgress] counts bytes of the file: reading them is half */
    async import(file, onProgress) {
      const total = file.byteLength
      const tell = teller(total, onProgress)
      const number = replica.beginImport(file)
      try {
        while (replica.nextImport(number)) {
          tell(Math.floor(total * replica.importProgress(number) / 1000))
          await turn()
        }
        if (replica.importProgress(number) < 1000) await waits.imported(number)
      } catch (error) {
        if (!replica.gone) replica.dropImport(number)
        throw error
      }
      tell(total)
    },
  }
}

/** @param {number} total @param {OnProgress} [onProgress] */
function teller(total, onProgress) {
  let told = -1
  /** @param {number} done */
  function tell(done) {
    if (done <= told || !onProgress) return
    told = done
    try {
      onProgress({ done, total })
    } catch (error) {
      reportUncaught(error)
    }
  }
  tell(0)
  return tell
}

/** @param {readonly Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
