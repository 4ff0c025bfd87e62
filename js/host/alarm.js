/**
 * The one timer of a database: rings at a wall-clock time, each `set` replaces the one before. What is due already
 * rings once the task has ended, without a timer: work in slices is not to wait the second that a hidden page's timers do.
 */
import { createTaskEnd } from "../util/task-end.js"

/** Browsers and Node wrap longer delays round to none. */
const LONGEST_MS = 2 ** 31 - 1
/** A timer may be early by a little; by more, the wall clock was moved. */
const STEP_MS = 50

/**
 * @param {() => void} ring
 * @param {() => number} now milliseconds since 1970
 */
export function createAlarm(ring, now) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let due = false
  const taskEnd = createTaskEnd(() => {
    if (!due) return
    due = false
    ring()
  })

  /** @param {number} time */
  function set(time) {
    clearTimeout(timer)
    due = time <= now()
    if (due) return taskEnd.schedule()
    const wait = Math.min(time - now(), LONGEST_MS)
    timer = setTimeout(() => {
      const early = time - now()
      if (early > 0) set(time)
      // A clock that stepped back: the core, once it hears of it, says anew what it waits for.
      if (early <= 0 || early > STEP_MS) ring()
    }, wait)
    // What waits for a proof or a clock is no reason for a Node process to stay.
    const unref = /** @type {{ unref?: () => void }} */ (/** @type {unknown} */ (timer)).unref
    unref?.call(timer)
  }

  return {
    set,
    close() {
      clearTimeout(timer)
      taskEnd.close()
    },
  }
}
