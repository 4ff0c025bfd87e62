// The bench in a page: run.mjs bundles this and calls `globalThis.bench`.
import { createReplica } from "../../js/core/index.js"
import { measure } from "./workload.js"

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
  /** @param {number} nodes @param {number} rounds */
  bench: (nodes, rounds) => measure({ weft, createReplica, locate, persists: true, nodes, rounds }),
})
