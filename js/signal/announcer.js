/**
 * When to announce to which relay: at once when it opens, soon again, then ever more slowly.
 *
 * Invariants
 * 1. Each relay has its own schedule: one that comes and goes does not make us loud on the others.
 * 2. A schedule runs only while its relay is open.
 */
import { ANNOUNCE_DELAYS_MS } from "./limits.js"

/** @typedef {import("./relay.js").Relay} Relay */

/**
 * @param {object} options
 * @param {import("./timers.js").Timers} options.timers
 * @param {() => number} options.random 0 ≤ x < 1
 * @param {(relay: Relay) => void} options.announce
 */
export function createAnnouncer({ timers, random, announce }) {
  /** @type {Map<Relay, () => void>} relay → cancel of its next announcement */
  const schedules = new Map()

  /** @param {Relay} relay @param {number} step */
  function run(relay, step) {
    announce(relay)
    const delayMs = ANNOUNCE_DELAYS_MS[Math.min(step, ANNOUNCE_DELAYS_MS.length - 1)]
    schedules.set(relay, timers.after(delayMs * (1 - random() / 5), () => run(relay, step + 1)))
  }

  /** @param {Relay} relay */
  function stop(relay) {
    schedules.get(relay)?.()
    schedules.delete(relay)
  }

  /** @param {Relay} relay */
  function restart(relay) {
    stop(relay)
    run(relay, 0)
  }

  return {
    start: restart,
    stop,
    /** All that are running, from the beginning. */
    restartAll() {
      for (const relay of [...schedules.keys()]) restart(relay)
    },
    stopAll() {
      for (const relay of [...schedules.keys()]) stop(relay)
    },
  }
}
