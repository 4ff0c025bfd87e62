// Replicas that differ in a known way. A core holds all nodes but some; it is written to a journal, from which both
// sides of a scene are opened; then each is told what it is to hold of the rest, as a peer would have told it.
import { CORE_OPTIONS, createClock, joinCores } from "./sync_pair.js"
import { nextTask } from "./world.js"

const HELD_BACK = 1000
const CHUNK = 500
const FEEDER = 99
const text = new TextEncoder()

/** @param {any} core @param {string} id @param {unknown} value */
export const put = (core, id, value) => core.put(id, text.encode(id).length, value)

/**
 * @param {object} parts
 * @param {any} parts.createReplica of js/core
 * @param {any} parts.locate
 * @param {ReturnType<typeof import("./world.js").makeWorld>} parts.world
 */
export async function createScenes({ createReplica, locate, world }) {
  const clock = createClock()
  const open = (/** @type {object} */ options = {}) => createReplica({ locate, options: { ...CORE_OPTIONS, ...options }, touched() {}, now: clock.now })
  const { nodes } = world
  const held = Math.min(HELD_BACK, nodes / 10)
  const recent = Array.from({ length: held }, (_, i) => nodes - held + i)
  const spread = Array.from({ length: held }, (_, i) => Math.floor((i + 0.5) * (nodes - held) / held))
  const told = await writeWorld(open, clock, world, new Set([...recent, ...spread]))
  const journals = {
    all: await journalOf(told.base, [...recent, ...spread]),
    recent: await journalOf(told.base, spread),
    spread: await journalOf(told.base, recent),
  }
  // What follows happens later than all that was written.
  clock.pass(1_000_000)

  /** @param {Uint8Array} journal @param {number[]} which */
  async function journalOf(journal, which) {
    const core = await load(journal)
    feed(core, which)
    const made = core.snapshot()
    core.close()
    return made
  }

  /** @param {Uint8Array} journal @param {object} [options] */
  async function load(journal, options) {
    const core = await open(options)
    core.load(journal)
    core.loadEnd()
    core.drain(true)
    return core
  }

  /** @param {any} core @param {number[]} which */
  function feed(core, which) {
    core.syncStatus()   // as in pass()
    core.linkOpen(FEEDER, { tab: false, bridge: false })
    for (const i of which) core.receive(FEEDER, told.messages.get(i))
    core.linkClose(FEEDER)
    core.drain(true)
  }

  return {
    clock,
    open,
    /** Two that hold everything. @param {object} [options] of the first */
    equal: async (options) => [await load(journals.all, options), await load(journals.all, options)],
    /**
     * Two that differ in `count` nodes, of which each lacks one half.
     * @param {"recent" | "spread"} place @param {number} count
     */
    async differing(place, count) {
      const which = place === "recent" ? recent : spread
      const step = held / count
      const differ = place === "recent" ? which.slice(held - count) : Array.from({ length: count }, (_, i) => which[Math.floor((i + 0.5) * step)])
      const cores = []
      for (const side of [0, 1]) {
        const lacking = new Set(differ.filter((_, i) => i % 2 === side))
        const core = await load(journals[place])
        feed(core, which.filter(i => !lacking.has(i)))
        cores.push(core)
      }
      return { cores, values: differ.map(i => [world.ids[i], world.values[i]]) }
    },
    held,
  }
}

/**
 * Writes the world at irregular times; what is held back is kept as messages, the rest goes into a journal.
 * @param {(options?: object) => Promise<any>} open @param {import("./sync_pair.js").Clock} clock
 * @param {ReturnType<typeof import("./world.js").makeWorld>} world @param {Set<number>} held
 */
async function writeWorld(open, clock, { ids, values, nodes }, held) {
  const [writer, reader] = [await open({ compressAbove: 1e9 }), await open()]
  /** @type {Map<number, Uint8Array>} */
  const messages = new Map()
  const say = () => writer.drain(true).filter((/** @type {any} */ effect) => effect.kind === "send").map((/** @type {any} */ effect) => effect.bytes)
  for (const core of [writer, reader]) core.linkOpen(1, { tab: false, bridge: false })
  // The status takes the fingerprint whole: else a link waits for turns, which nobody gives here.
  const pass = () => { for (const bytes of say()) reader.receive(1, bytes); reader.drain(true); reader.syncStatus() }
  say()
  for (let i = 0; i < nodes; i++) {
    if (held.has(i)) pass()
    clock.pass(1 + (i * 7919) % 5000)
    put(writer, ids[i], values[i])
    if (held.has(i)) messages.set(i, say()[0])
    else if (i % CHUNK === 0) pass()
  }
  pass()
  const base = reader.snapshot()
  writer.close()
  reader.close()
  return { base, messages }
}

/** Lets two become equal, in a task of their own. @param {any[]} cores @param {any} scenes */
export async function meeting(cores, scenes) {
  await nextTask()
  const { bytes, messages, rounds, how, busy, longest } = joinCores(cores[0], cores[1], scenes.clock).meet()
  return { bytes, messages, rounds, how, msOne: busy[0], msOther: busy[1], msLongest: longest }
}
