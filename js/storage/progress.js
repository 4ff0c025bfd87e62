/**
 * How far a journal has come: three marks in the stream of written bytes, and a way to wait for any of them (or
 * anything else `changed` tells of) to move.
 *
 * Invariants
 * 1. flushed <= saved <= written; none ever goes back.
 * 2. `version` grows with every change, so that one who looks, acts and then waits misses nothing.
 */

/**
 * @typedef {{ over: boolean, wake: (() => void) | null, end: () => void }} Limit
 * @typedef {ReturnType<typeof createProgress>} Progress
 */

export function createProgress() {
  let written = 0
  let saved = 0
  let flushed = 0
  let version = 0
  /** @type {number | null} */
  let flushedAt = null
  /** @type {Set<() => void>} */
  const waiting = new Set()

  function changed() {
    version += 1
    for (const wake of [...waiting]) wake()
  }

  return {
    get written() { return written },
    get pending() { return written - saved },
    get version() { return version },
    get flushedAt() { return flushedAt },

    /** @param {number} size */
    wrote(size) { written += size },

    /** Something was found that survived a process. Whether the device has it nobody knows: it counts as one byte. */
    found() {
      written += 1
      saved += 1
    },

    /** @param {number} mark everything before it survives the process */
    saved(mark) {
      if (mark <= saved) return
      saved = mark
      changed()
    },

    /** @param {number} mark everything before it is on the device */
    flushed(mark) {
      saved = Math.max(saved, mark)
      flushed = Math.max(flushed, mark)
      flushedAt = Date.now()
      changed()
    },

    /** @param {number} mark */
    isSaved: (mark) => saved >= mark,
    /** @param {number} mark */
    isFlushed: (mark) => flushed >= mark,
    changed,

    /**
     * The next change; false when the limit is over first.
     * @param {Limit} [limit]
     * @returns {Promise<boolean>}
     */
    change(limit) {
      return new Promise((resolve) => {
        if (limit?.over) return resolve(false)
        const wake = () => {
          waiting.delete(wake)
          if (limit) limit.wake = null
          resolve(!limit?.over)
        }
        waiting.add(wake)
        if (limit) limit.wake = wake
      })
    },

    /**
     * A limit for several waits together.
     * @param {number} ms
     * @returns {Limit}
     */
    limit(ms) {
      /** @type {Limit} */
      const limit = { over: false, wake: null, end: () => clearTimeout(timer) }
      const timer = setTimeout(() => {
        limit.over = true
        limit.wake?.()
      }, ms)
      return limit
    },
  }
}
