// The rows of whole states, below the shim: what is exported, and what is written to disk and read at open.
import { CORE_OPTIONS } from "./sync_pair.js"
import { put } from "./sync_scenes.js"
import { time } from "./world.js"

/**
 * @param {object} parts
 * @param {any} parts.createReplica of js/core
 * @param {any} parts.locate
 * @param {ReturnType<typeof import("./world.js").makeWorld>} parts.world
 * @param {ReturnType<typeof import("./world.js").createTable>} parts.table
 */
export async function measureStates({ createReplica, locate, world: { ids, values, nodes }, table }) {
  const open = () => createReplica({ locate, options: CORE_OPTIONS, touched() {} })
  const writer = await open()
  for (let i = 0; i < nodes; i++) put(writer, ids[i], values[i])
  writer.drain(true)
  let state = new Uint8Array()
  const exporting = await time(() => { state = writer.exportState() })
  table.add("export", 1, { ours: exporting, bytes: state.length })
  let journal = new Uint8Array()
  const writing = await time(() => { journal = writer.snapshot() })
  table.add("snapshot", 1, { ours: writing, bytes: journal.length })
  const { fingerprint } = writer.syncStatus()
  writer.close()
  const reader = await open()
  const reading = await time(() => { reader.load(journal); reader.loadEnd() })
  if (reader.syncStatus().fingerprint !== fingerprint) throw new Error("the journal did not come back")
  table.add("journal read (cold open, the core's part)", 1, { ours: reading, bytes: journal.length })
  reader.close()
}
