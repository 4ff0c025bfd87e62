// Two cores in one thread, a wire between them that counts, and one clock for both that moves only when told:
// the same code as between two browsers, below the transport.

export const CORE_OPTIONS = {
  nodeWriter: false, replaceFullState: false, reconcile: true, oplogSize: 1000, compressAbove: 512,
  maxDriftMs: 7_200_000, proveAfterMs: 1000,
}
const START = 1_700_000_000_000
const LINK = 1
const MOST_TURNS = 100_000

/** The wall clock of a scene: milliseconds since 1970. */
export function createClock() {
  let ms = START
  return {
    now: () => ms,
    /** @param {number} by */
    pass(by) { ms += by },
    /** @param {number} time */
    reach(time) { ms = Math.max(ms, time) },
  }
}

/**
 * @typedef {ReturnType<typeof createClock>} Clock
 *
 * @typedef {object} Meeting what it took two cores to prove that they are equal
 * @property {number} bytes of all messages, both ways
 * @property {number} messages
 * @property {number} rounds half the number of messages that had to come one after the other
 * @property {string} how the ways it went, as `sync.status()` calls them
 * @property {number[]} busy milliseconds that each of the two was at work
 * @property {number} longest milliseconds of the longest piece of work between two turns of the page's event loop
 */

/**
 * Lets two cores meet.
 * @param {any} one @param {any} other cores of js/core with the same clock
 * @param {Clock} clock
 */
export function joinCores(one, other, clock) {
  const ends = [one, other].map(core => ({ core, depth: 0, wake: Infinity, busy: 0, inbox: /** @type {{ bytes: Uint8Array, depth: number }[]} */ ([]) }))
  let bytes = 0, messages = 0, deepest = 0, longest = 0

  /**
   * One task of a page: a call, and the drain that follows it.
   * @param {number} side @param {(core: any) => void} call @param {number} depth of what it sends
   */
  function task(side, call, depth) {
    const end = ends[side]
    const start = performance.now()
    call(end.core)
    const effects = end.core.drain(true)
    const took = performance.now() - start
    end.busy += took
    end.depth = depth
    longest = Math.max(longest, took)
    for (const effect of effects) {
      if (effect.kind === "wake") end.wake = effect.time
      if (effect.kind === "dropLink") throw new Error(`the link was dropped: ${effect.code} ${effect.message}`)
      if (effect.kind !== "send") continue
      bytes += effect.bytes.length
      messages++
      deepest = Math.max(deepest, depth)
      ends[1 - side].inbox.push({ bytes: effect.bytes, depth })
    }
  }

  /** One message, or one wake that is due. False: both are silent. */
  function turn() {
    for (const side of [0, 1]) {
      const message = ends[side].inbox.shift()
      if (!message) continue
      task(side, core => core.receive(LINK, message.bytes), message.depth + 1)
      return true
    }
    const side = ends.findIndex(end => end.wake <= clock.now())
    if (side < 0) return false
    ends[side].wake = Infinity
    task(side, core => core.tick(), ends[side].depth)
    return true
  }

  /** Until neither has anything to say. */
  function carry() {
    for (let turns = 0; turn(); turns++) if (turns > MOST_TURNS) throw new Error("the two never fall silent")
  }

  const stateOf = (/** @type {any} */ core) => core.syncStatus().peers.find((/** @type {any} */ peer) => peer.link === LINK)
  const proved = () => ends.every(({ core }) => stateOf(core)?.state === "proved")

  return {
    carry,
    /** From the opened link until both have proved that they are equal. @returns {Meeting} */
    meet() {
      bytes = messages = deepest = longest = 0
      for (const end of ends) end.busy = end.depth = 0
      for (const side of [0, 1]) task(side, core => core.linkOpen(LINK, { tab: false, bridge: false }), 1)
      carry()
      if (!proved() || one.syncStatus().fingerprint !== other.syncStatus().fingerprint) throw new Error("the two are not proved equal")
      return { bytes, messages, rounds: deepest / 2, how: waysOf(stateOf(one)), busy: ends.map(end => end.busy), longest }
    },
    part() {
      for (const { core } of ends) { core.linkClose(LINK); core.drain(true) }
    },
    /** What one side does of itself while they are joined, until the other has taken it. @param {(core: any) => void} work */
    live(work) {
      bytes = messages = 0
      for (const end of ends) end.busy = 0
      const start = performance.now()
      task(0, work, 1)
      carry()
      return { bytes, messages, ms: performance.now() - start, busy: ends.map(end => end.busy) }
    },
  }
}

/** Which kinds of messages that carry operations or ranges were used. @param {any} peer */
function waysOf(peer) {
  const used = (/** @type {string} */ kind) => [peer.sent, peer.received].some(side => side[kind]?.messages > 0)
  const ways = [used("delta") && "delta", used("ranges") && "reconcile", used("full") && "full state"].filter(Boolean)
  return ways.length ? ways.join(", ") : "in sync"
}
