/**
 * `npm run bench`: measures the built package in Node and Chromium beside a plain JS Map in the same run, prints the
 * tables and saves everything to `build/bench.json`.
 *
 *   npm run bench -- --sizes 1000,10000 --rounds 3 --only node
 *   npm run bench -- --docs      also puts the tables into docs/performance.md
 *
 * Numbers are medians of the rounds, each on a database of its own. Numbers of different machines, or of a machine
 * that does something else meanwhile, do not compare: the ratio to the plain Map is what travels.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { build } from "../../scripts/build.mjs"
import { runIsolated } from "../../scripts/netns.mjs"
import { Stop, mustRun, root, runMain } from "../../scripts/process.mjs"
import { ensureBrowsers, ensureNodeModules, ensureSystem } from "../../scripts/setup.mjs"
import { measureSizes, sumSizes } from "../../scripts/sizes.mjs"
import { writeDocs } from "./markdown.mjs"
import { printReport } from "./report.mjs"

const here = (/** @type {string} */ name) => join(root, "tests/bench", name)

await runMain(async () => {
  const { values } = parseArgs({ options: { sizes: { type: "string", default: "1000,10000,100000" }, rounds: { type: "string" }, only: { type: "string" }, docs: { type: "boolean" } } })
  const sizes = String(values.sizes).split(",").map(Number)
  if (sizes.some(size => !(size >= 100))) throw new Stop("--sizes takes numbers of nodes, 100 or more: --sizes 1000,10000")
  const wanted = (/** @type {string} */ host) => !values.only || values.only === host
  if (!["node", "chromium", undefined].includes(values.only)) throw new Stop("--only takes node or chromium")
  await ensureSystem(wanted("chromium") ? ["build", "browser"] : ["build"])
  await ensureNodeModules()
  if (wanted("chromium")) await ensureBrowsers()
  await build()

  const rounds = (/** @type {number} */ size) => values.rounds ? Number(values.rounds) : size >= 50_000 ? 3 : 5
  /** @type {any} */
  const report = { when: new Date().toISOString(), commit: commit(), cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: { before: loadavg()[0] }, hosts: {} }
  if (wanted("node")) report.hosts.node = await inNode(sizes, rounds)
  if (wanted("chromium")) report.hosts.chromium = await inChromium(sizes, rounds)
  report.load.after = loadavg()[0]
  const files = measureSizes()
  report.download = [...files, ...sumSizes(files)]
  mkdirSync(join(root, "build"), { recursive: true })
  writeFileSync(join(root, "build/bench.json"), `${JSON.stringify(report, null, 2)}\n`)
  printReport(report)
  if (values.docs) writeDocs(report, join(root, "docs/performance.md"))
})

/** @param {number[]} sizes @param {(size: number) => number} rounds */
async function inNode(sizes, rounds) {
  const tables = []
  for (const nodes of sizes) {
    console.log(`Node, ${nodes} nodes …`)
    const output = await mustRun(process.execPath, ["--expose-gc", here("node.mjs"), String(nodes), String(rounds(nodes))])
    tables.push({ nodes, rows: JSON.parse(output) })
  }
  return { tables }
}

/** @param {number[]} sizes @param {(size: number) => number} rounds */
async function inChromium(sizes, rounds) {
  const pairs = sizes.map(nodes => `${nodes}:${rounds(nodes)}`)
  const { code, output } = await runIsolated(process.execPath, [here("chromium.mjs"), ...pairs])
  if (code !== 0) throw new Stop(output)
  return JSON.parse(output.slice(output.lastIndexOf("\n{") + 1))
}

function commit() {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim()
  } catch {
    return null // not a clone
  }
}
