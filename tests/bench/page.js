// The bench in a page: run.mjs bundles this and calls `globalThis.bench`.
import { createReplica } from "../../js/core/index.js"
import { measureStores, measureStoreWrites } from "./store_rows.js"
import { note, person } from "./world.js"
import { measure, measureEveryQuery, measureMeetings } from "./workload.js"

const TICK_MS = 4

const start = performance.now()
// @ts-ignore: the built package, beside the bench's own bundle
const { weft } = await import("/dist/weft.js")
const first = await weft("bench-first", { tabs: false })
const loaded = performance.now() - start
await first.destroy()

const locate = (/** @type {string} */ name) => new URL(`/dist/${name}`, location.href).href
Object.assign(globalThis, {
  weft,
  /** From the import of the package to the first open database: download, compile, open. */
  loaded,
  bench: {
    database: (/** @type {number} */ nodes, /** @type {number} */ rounds) => measure({ weft, createReplica, locate, persists: true, nodes, rounds }),
    queries: (/** @type {number} */ nodes, /** @type {number} */ rounds) => measureEveryQuery({ weft, createReplica, locate, persists: false, nodes, rounds }),
    sync: (/** @type {number} */ nodes, /** @type {number} */ rounds) => measureMeetings({ weft, createReplica, locate, persists: true, nodes, rounds }),
    stores: (/** @type {number} */ nodes, /** @type {number} */ rounds) => measureStores({ weft, nodes, rounds, watchBlocks }),
    storeWrites: () => measureStoreWrites({ weft }),
  },
  note,
  person,
  watchBlocks,
})

/** A timer that is due every 4 ms; the function that is returned ends it and tells how late it was at most. */
function watchBlocks() {
  let longest = 0, last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - TICK_MS)
    last = now
  }, TICK_MS)
  return () => { clearInterval(timer); return Math.max(longest, performance.now() - last - TICK_MS) }
}
