// The rows of a sync, between two cores in one thread: what encoding and applying cost and how many bytes
// cross, without a network. Same code as between two browsers, below the transport.
import { createPlain } from "./plain.js"
import { time } from "./world.js"

const CHANGES = 500
const CORE_OPTIONS = {
  nodeWriter: false, replaceFullState: false, reconcile: true, oplogSize: 1000, compressAbove: 512,
  maxDriftMs: 7_200_000, proveAfterMs: 1000,
}
const text = new TextEncoder()

/** Two cores and a wire that counts. @param {any} createReplica @param {any} locate */
async function createPair(createReplica, locate) {
  const make = () => createReplica({ locate, options: CORE_OPTIONS, touched() {} })
  const ends = [await make(), await make()]
  let bytes = 0
  let largest = 0

  /** Carries until nobody has anything to say. */
  function carry() {
    for (let quiet = 0, from = 0; quiet < 2; from = 1 - from) {
      const sent = ends[from].drain(true).filter((/** @type {any} */ effect) => effect.kind === "send")
      quiet = sent.length === 0 ? quiet + 1 : 0
      for (const { bytes: message } of sent) {
        bytes += message.length
        largest = Math.max(largest, message.length)
        ends[1 - from].receive(1, message)
      }
    }
  }
  return {
    ends,
    meet() {
      bytes = largest = 0
      for (const end of ends) end.linkOpen(1, { tab: false, bridge: false })
      carry()
      return { bytes, largest }
    },
    part() {
      for (const end of ends) end.linkClose(1)
      carry()
    },
    equal: () => ends[0].syncStatus().fingerprint === ends[1].syncStatus().fingerprint,
    close() {
      for (const end of ends) end.close()
    },
  }
}

/**
 * @param {object} parts
 * @param {any} parts.createReplica of js/core
 * @param {any} parts.locate
 * @param {ReturnType<typeof import("./world.js").makeWorld>} parts.world
 * @param {ReturnType<typeof import("./world.js").createTable>} parts.table
 */
export async function measureSync({ createReplica, locate, world, table }) {
  const { ids, values, nodes } = world
  const put = (/** @type {any} */ replica, /** @type {number} */ i, /** @type {any} */ value) => replica.put(ids[i], text.encode(ids[i]).length, value)
  const pair = await createPair(createReplica, locate)
  const [writer, reader] = pair.ends
  for (let i = 0; i < nodes; i++) put(writer, i, values[i])
  writer.drain(true)

  const plain = createPlain(world)
  plain.fill()
  const plainState = await time(() => plain.fromJson(plain.toJson()))
  /** @type {{ bytes: number, largest: number }} */
  let carried = { bytes: 0, largest: 0 }
  const full = await time(() => { carried = pair.meet() })
  if (!pair.equal()) throw new Error("the two cores are not equal after a full state")
  table.add("full state: encode, carry, apply, prove", 1, { ours: full, plain: plainState, bytes: carried.bytes, note: "plain: JSON.stringify and parse of the same nodes" })

  pair.part()
  const changes = Math.min(CHANGES, nodes)
  for (let i = 0; i < changes; i++) put(writer, i, { ...values[i], age: 92 })
  writer.drain(true)
  const delta = await time(() => { carried = pair.meet() })
  if (!pair.equal()) throw new Error("the two cores are not equal after a delta")
  table.add(`delta of ${changes} changes`, changes, { ours: delta, bytes: carried.bytes })

  /** @type {Uint8Array} */
  let state = new Uint8Array()
  table.add("export", 1, { ours: await time(() => { state = writer.exportState() }), bytes: state.length })
  /** @type {Uint8Array} */
  let journal = new Uint8Array()
  table.add("snapshot", 1, { ours: await time(() => { journal = writer.snapshot() }), bytes: journal.length })
  pair.close()
  const fresh = await createReplica({ locate, options: CORE_OPTIONS, touched() {} })
  const opened = await time(() => { fresh.load(journal); fresh.loadEnd() })
  if (fresh.get(ids[0], text.encode(ids[0]).length) === null) throw new Error("the journal did not come back")
  table.add("journal read (cold open, the core's part)", 1, { ours: opened, bytes: journal.length })
  fresh.close()
  void reader
}
