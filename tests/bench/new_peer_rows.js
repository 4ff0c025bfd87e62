// What a full state costs, by the kind of data, and beside it what a page would do without a database: JSON, deflated.
import { encode } from "../../js/codec/index.js"
import { makePeople } from "./people.js"
import { createPlain } from "./plain.js"
import { meeting, put } from "./sync_scenes.js"
import { time } from "./world.js"

/** @typedef {ReturnType<typeof import("./world.js").makeWorld>} World */

/** @param {any} scenes @param {World} regular @param {{ add(group: string, name: string, run: object): void }} rows */
export async function measureNewPeers(scenes, regular, rows) {
  const kinds = { "regular values": regular, people: makePeople(regular.nodes, false), "people under random ids": makePeople(regular.nodes, true) }
  for (const [name, world] of Object.entries(kinds)) {
    const cores = [await write(scenes, world), await scenes.open()]
    const met = await meeting(cores, scenes)
    for (const core of cores) core.close()
    rows.add("new peer", name, { ...met, ...await measurePlain(world) })
  }
}

/** One that wrote all of it, a few milliseconds apart. @param {any} scenes @param {World} world */
async function write(scenes, { ids, values, nodes }) {
  const core = await scenes.open()
  for (let i = 0; i < nodes; i++) {
    scenes.clock.pass((i * 7919) % 9)
    put(core, ids[i], values[i])
  }
  core.drain(true)
  return core
}

/** @param {World} world */
async function measurePlain(world) {
  const plain = createPlain(world)
  plain.fill()
  let sent = new Uint8Array()
  const msPlainGive = await time(async () => { sent = await deflate(plain.toJson()) })
  const msPlainTake = await time(async () => plain.fromJson(await inflate(sent)))
  const rows = world.ids.map((id, i) => encode([id, world.values[i], [], 1_700_000_000_000 + i * 4, 0, "0123456789abcdef"]))
  return { plainBytes: sent.length, rowBytes: (await deflate(new Blob(rows))).length, msPlainGive, msPlainTake }
}

/** @param {string | Blob} what */
export async function deflate(what) {
  const stream = new Blob([what]).stream().pipeThrough(new CompressionStream("deflate"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** @param {Uint8Array} bytes */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Response(stream).text()
}
