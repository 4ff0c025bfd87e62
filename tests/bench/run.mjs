/**
 * `npm run bench`: measures the built package in Node and Chromium beside plain JavaScript in the same run, prints the
 * tables and saves everything to `build/bench.json`.
 *
 *   npm run bench -- --only sync,node        subjects: database, queries, sync, stores; hosts: node (not stores),
 *                                            chromium, native (only sync); of what is not named, all
 *   npm run bench -- --quick                 1,000 and 10,000 nodes, two rounds
 *   npm run bench -- --sizes 1000 --rounds 3
 *   npm run bench -- --docs                  also puts the tables of the subjects into docs/performance.md
 *
 * Numbers are medians of the rounds, each on a database of its own. Numbers of different machines, or of a machine
 * that does something else meanwhile, do not compare: the ratio to plain JavaScript is what travels.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
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

const SUBJECTS = ["database", "queries", "sync", "stores"]
const HOSTS = ["node", "chromium", "native"]

await runMain(async () => {
  const { subjects, hosts, sizes, rounds, docs } = readWords()
  await ensureSystem(["build", ...(hosts.includes("chromium") ? ["browser"] : []), ...(hosts.includes("native") && subjects.includes("sync") ? ["native"] : [])])
  await ensureNodeModules()
  if (hosts.includes("chromium")) await ensureBrowsers()
  await build()

  /** @type {any} */
  const report = { when: new Date().toISOString(), commit: commit(), cpu: cpus()[0]?.model, cores: cpus().length, node: process.version }
  for (const subject of subjects) {
    const before = loadavg()[0]
    report[subject] = {}
    if (hosts.includes("node") && subject !== "stores") report[subject].node = await inNode(subject, sizes(subject), rounds(subject))
    if (hosts.includes("chromium")) report[subject].chromium = await inChromium(subject, sizes(subject), rounds(subject))
    if (hosts.includes("native") && subject === "sync") report[subject].native = await rangesNatively(sizes(subject))
    report[subject].load = { before, after: loadavg()[0] }
  }
  const files = measureSizes()
  report.download = [...files, ...sumSizes(files)]
  mkdirSync(join(root, "build"), { recursive: true })
  writeFileSync(join(root, "build/bench.json"), `${JSON.stringify(report, null, 2)}\n`)
  printReport(report)
  if (docs) writeDocs(report, join(root, "docs/performance.md"))
})

function readWords() {
  const { values } = parseArgs({ options: { sizes: { type: "string" }, rounds: { type: "string" }, only: { type: "string", default: "" }, quick: { type: "boolean" }, docs: { type: "boolean" } } })
  const words = String(values.only).split(",").filter(Boolean)
  const unknown = words.find(word => !SUBJECTS.includes(word) && !HOSTS.includes(word))
  if (unknown) throw new Stop(`--only takes ${[...SUBJECTS, ...HOSTS].join(", ")}; not ${unknown}`)
  const named = (/** @type {string[]} */ list) => list.some(word => words.includes(word)) ? list.filter(word => words.includes(word)) : list
  const given = values.sizes?.split(",").map(Number)
  if (given?.some(size => !(size >= 100))) throw new Stop("--sizes takes numbers of nodes, 100 or more: --sizes 1000,10000")
  return {
    subjects: named(SUBJECTS), hosts: named(HOSTS), docs: values.docs,
    sizes: (/** @type {string} */ subject) => given ?? (values.quick ? [1000, 10_000] : subject === "sync" || subject === "stores" ? [10_000, 100_000] : [1000, 10_000, 100_000]),
    /** Each as long as a person waits: a round of syncs at 100,000 nodes opens forty cores. */
    rounds: (/** @type {string} */ subject) => (/** @type {number} */ size) => {
      if (values.rounds) return Number(values.rounds)
      if (values.quick) return 2
      const isLong = subject === "sync" || subject === "queries" // a round asks each query six times
      return size >= 50_000 ? isLong ? 1 : 3 : isLong ? 3 : 5
    },
  }
}

/** @param {string} subject @param {number[]} sizes @param {(size: number) => number} rounds */
async function inNode(subject, sizes, rounds) {
  const tables = []
  for (const nodes of sizes) {
    console.log(`Node, ${subject}, ${nodes} nodes …`)
    const output = await mustRun(process.execPath, ["--expose-gc", here("node.mjs"), subject, String(nodes), String(rounds(nodes))])
    tables.push({ nodes, rows: JSON.parse(output) })
  }
  return { tables }
}

/** @param {string} subject @param {number[]} sizes @param {(size: number) => number} rounds */
async function inChromium(subject, sizes, rounds) {
  console.log(`Chromium, ${subject} …`)
  const pairs = sizes.map(nodes => `${nodes}:${rounds(nodes)}`)
  const { code, output } = await runIsolated(process.execPath, [here("chromium.mjs"), subject, ...pairs])
  if (code !== 0) throw new Stop(output)
  return JSON.parse(output.slice(output.lastIndexOf("\n{") + 1))
}

/** The range messages and the tree under them, in C++: two tables. @param {number[]} sizes */
async function rangesNatively(sizes) {
  console.log("Native, ranges …")
  if (!existsSync(join(root, "build/native-release/build.ninja"))) await mustRun("cmake", ["--preset", "native-release", ...settingsOfDependencies()])
  await mustRun("cmake", ["--build", "--preset", "native-release", "--target", "reconcile_bench"])
  const output = await mustRun(join(root, "build/native-release/tests/native/reconcile_bench"), sizes.map(String))
  return { compiler: compilerName(), tables: output.trim() }
}

function settingsOfDependencies() {
  if (process.env.DEPS_DIR) return [`-DDEPS_DIR=${process.env.DEPS_DIR}`]
  return process.env.WEFT_FETCH_DEPS ? ["-DWEFT_FETCH_DEPS=ON"] : []
}

/** "GNU 12.2.0", as CMake found it. */
function compilerName() {
  const folder = join(root, "build/native-release/CMakeFiles")
  const file = readdirSync(folder).map(name => join(folder, name, "CMakeCXXCompiler.cmake")).find(name => existsSync(name))
  const text = file ? readFileSync(file, "utf8") : ""
  return ["ID", "VERSION"].map(word => text.match(new RegExp(`set\\(CMAKE_CXX_COMPILER_${word} "([^"]*)"`))?.[1] ?? "?").join(" ")
}

function commit() {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim()
  } catch {
    return null // not a clone
  }
}
