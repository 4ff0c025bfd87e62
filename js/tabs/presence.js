/**
 * How a tab shows that it lives, and how others learn that it died, also by a crash.
 *
 * With Web Locks: every tab holds a lock of its own for life; whoever knows the tab waits for that lock, and getting it
 * means the tab is gone. It costs nothing while nothing happens, and needs no clock (a background tab's timers crawl).
 * Without: a beat every `kBeatMs`, and a tab not heard for `kSilenceMs` counts as gone. If it was merely slow, its next
 * message makes it known again.
 *
 * A lock travels another way than a message: the last words of a tab may arrive after its lock is free. So its end is
 * told `kGraceMs` later; a tab that says goodbye is gone at its goodbye.
 *
 * Invariants
 * 1. `live` resolves when the sign of life is there: only then may the tab make itself known.
 * 2. "gone" is told at most once for each `watch`, never after `unwatch` or `close`.
 * 3. After `close` no lock is held or waited for and no timer runs.
 */

import { reportUncaught } from "../util/emitter.js"
import { lifeLockName } from "./wire.js"

/** Browsers let a hidden page's timers run once a minute: a beat may come that late without anyone having died. */
export const kBeatMs = 5_000
export const kSilenceMs = 150_000
export const kGraceMs = 150

/**
 * @typedef {object} Presence
 * @property {(id: string) => Promise<void>} live
 * @property {(id: string) => void} watch
 * @property {(id: string) => void} heard  a sign of life came by other ways
 * @property {(id: string) => void} unwatch
 * @property {() => void} close
 */

/**
 * @param {object} options
 * @param {string} options.channel the channel's name
 * @param {LockManager | null} options.locks
 * @param {(id: string) => void} options.gone
 * @param {() => void} options.beat  called when a beat is due
 * @param {() => number} options.now milliseconds, monotonic
 * @returns {Presence}
 */
export function createPresence({ channel, locks, gone, beat, now }) {
  return locks ? byLocks(channel, locks, gone) : byBeats(gone, beat, now)
}

/**
 * @param {string} channel
 * @param {LockManager} locks
 * @param {(id: string) => void} gone
 * @returns {Presence}
 */
function byLocks(channel, locks, gone) {
  /** @type {Map<string, AbortController>} */
  const watched = new Map()
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  const dying = new Map()
  let release = () => {}
  let closed = false

  /** @param {string} id */
  function unwatch(id) {
    watched.get(id)?.abort()
    watched.delete(id)
    clearTimeout(dying.get(id))
    dying.delete(id)
  }

  return {
    live: (id) => new Promise((resolve, reject) => {
      if (closed) return resolve()
      const released = new Promise((end) => { release = () => end(undefined) })
      locks.request(lifeLockName(channel, id), async () => {
        resolve()
        await released
      }).catch(reject)
    }),
    watch(id) {
      if (closed || watched.has(id)) return
      const abort = new AbortController()
      watched.set(id, abort)
      // Shared: all who watch one tab learn of its end at once.
      locks.request(lifeLockName(channel, id), { mode: "shared", signal: abort.signal }, () => {
        if (watched.get(id) !== abort) return
        dying.set(id, setTimeout(() => { unwatch(id); gone(id) }, kGraceMs))
      }).catch((error) => {
        if (!abort.signal.aborted) reportUncaught(error)
      })
    },
    heard() {},
    unwatch,
    close() {
      closed = true
      for (const id of [...watched.keys()]) unwatch(id)
      release()
    },
  }
}

/**
 * @param {(id: string) => void} gone
 * @param {() => void} beat
 * @param {() => number} now
 * @returns {Presence}
 */
function byBeats(gone, beat, now) {
  /** @type {Map<string, number>} */
  const heardAt = new Map()
  /** @type {ReturnType<typeof setInterval> | null} */
  let timer = null

  function tick() {
    beat()
    for (const [id, at] of [...heardAt]) {
      if (now() - at < kSilenceMs) continue
      unwatch(id)
      gone(id)
    }
  }

  /** @param {string} id */
  function unwatch(id) {
    heardAt.delete(id)
    if (heardAt.size === 0) stop()
  }

  function stop() {
    if (timer !== null) clearInterval(timer)
    timer = null
  }

  return {
    async live() {},
    watch(id) {
      heardAt.set(id, now())
      timer ??= setInterval(tick, kBeatMs)
    },
    heard(id) { if (heardAt.has(id)) heardAt.set(id, now()) },
    unwatch,
    close() {
      heardAt.clear()
      stop()
    },
  }
}
