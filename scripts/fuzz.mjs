/**
 * `npm run fuzz -- [--minutes N] [--minimise] [target…]`: libFuzzer over the targets of tests/fuzz (all, or those
 * named), N minutes in all (default 8), one after the other. Needs Clang; `npm test` fuzzes a little without it.
 *
 * 1. What is reached grows in build/fuzz/corpus. tests/fuzz/corpus is only read, except with --minimise: then a
 *    few small inputs that reach code which none in it reaches are copied there, as `edge-…`.
 * 2. A finding leaves its input in build/fuzz/found/<target>/, and the line that plays it again is printed; the other
 *    targets still run. The exit code is not 0.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { basename, join, relative } from "node:path"
import { Stop, mustRun, root, run, runMain } from "./process.mjs"
import { ensureSystem } from "./setup.mjs"
import { prepareDependencies } from "../wasm/deps.mjs"

const built = join(root, "build/fuzz")
const seeds = join(root, "tests/fuzz/corpus")
/** What --minimise keeps of a target at most, and the edges that an input must bring. */
const MOST_KEPT = 24
const LEAST_EDGES = 3
const LIMITS = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=2048"]

await runMain(async () => {
  const { minutes, minimise, targets } = readWords(process.argv.slice(2))
  await ensureSystem(["fuzz"])
  await compile(targets)
  const seconds = Math.max(1, Math.round((minutes * 60) / targets.length))
  const results = []
  for (const target of targets) {
    console.log(`${target}: ${seconds} s …`)
    results.push(await fuzz(target, seconds))
  }
  if (minimise) for (const target of targets) console.log(await keepEdges(target))
  console.log("")
  for (const { line } of results) console.log(line)
  return results.every(({ passed }) => passed) ? 0 : 1
})

function readWords(words) {
  const known = [...readFileSync(join(root, "tests/fuzz/targets.h"), "utf8").matchAll(/\bX\((\w+)\)/g)].map(([, name]) => name).filter(name => name !== "name").sort()
  const targets = []
  let minutes = 8
  let minimise = false
  while (words.length) {
    const word = words.shift()
    if (word === "--minutes") minutes = Number(words.shift())
    else if (word === "--minimise") minimise = true
    else if (known.includes(word)) targets.push(word)
    else throw new Stop(`There is no target ${word}; there are ${known.join(", ")}. Options: --minutes N, --minimise.`)
  }
  if (!(minutes > 0)) throw new Stop("--minutes wants a number above 0.")
  return { minutes, minimise, targets: targets.length ? targets : known }
}

async function compile(targets) {
  if (!process.env.DEPS_DIR && !process.env.WEFT_FETCH_DEPS) prepareDependencies()
  const settings = process.env.DEPS_DIR ? [`-DDEPS_DIR=${process.env.DEPS_DIR}`] : process.env.WEFT_FETCH_DEPS ? ["-DWEFT_FETCH_DEPS=ON"] : []
  if (!existsSync(join(built, "build.ninja"))) await mustRun("cmake", ["--preset", "fuzz", ...settings])
  console.log("Compiling the targets …")
  await mustRun("cmake", ["--build", "--preset", "fuzz", "--target", ...targets.map(target => `fuzz_${target}`)])
}

/** The program of a target, and where its inputs are. */
function placesOf(target) {
  const places = { program: join(built, "tests/fuzz", `fuzz_${target}`), grown: join(built, "corpus", target), found: join(built, "found", target), seeds: join(seeds, target) }
  for (const dir of [places.grown, places.found, places.seeds]) mkdirSync(dir, { recursive: true })
  return places
}

/** One run of libFuzzer: whether it passed, and the line that says so. */
async function fuzz(target, seconds) {
  const places = placesOf(target)
  const known = new Set(readdirSync(places.found))
  const { code, output } = await run(places.program,
    [`-max_total_time=${seconds}`, ...LIMITS, "-print_final_stats=1", `-artifact_prefix=${places.found}/`, places.grown, places.seeds])
  writeFileSync(join(built, `${target}.log`), output)
  // Slow but passing inputs are left there too.
  const findings = readdirSync(places.found).filter(name => !known.has(name) && !name.startsWith("slow-unit"))
  const passed = code === 0 && findings.length === 0
  const verdict = passed ? "ok" : findings.length ? "FOUND" : `ENDED with exit code ${code}`
  const lines = [`${target.padEnd(12)} ${verdict}: ${summary(output)}, ${corpusSize(places.grown)}`]
  for (const name of findings) lines.push(`  play it again: ${relative(root, places.program)} ${relative(root, join(places.found, name))}`)
  if (!passed) console.log(output.split("\n").slice(-60).join("\n"))
  console.log(lines[0])
  return { passed, line: lines.join("\n") }
}

function summary(output) {
  const runs = output.match(/stat::number_of_executed_units:\s*(\d+)/)?.[1] ?? "?"
  const covered = output.match(/cov: (\d+)/g)?.pop()?.slice(5) ?? "?"
  return `${Number(runs).toLocaleString("en")} runs, ${covered} edges`
}

function corpusSize(dir) {
  const sizes = readdirSync(dir).map(name => statSync(join(dir, name)).size)
  return `corpus of ${sizes.length} (${Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024)} KB)`
}

/**
 * Copies into the corpus that git keeps the inputs that reach most edges which none in it reaches. libFuzzer's merge
 * reads all inputs, the kept ones first, then the smallest, and writes for each which edges it is the first to reach.
 */
async function keepEdges(target) {
  const { program, grown, seeds: kept } = placesOf(target)
  const merged = join(built, "merged")
  const control = join(built, "merged.txt")
  for (const path of [merged, control]) rmSync(path, { recursive: true, force: true })
  cpSync(kept, merged, { recursive: true })
  await mustRun(program, ["-merge=1", "-use_counters=0", ...LIMITS, `-merge_control_file=${control}`, merged, grown])
  const [count, known, ...lines] = readFileSync(control, "utf8").split("\n")
  const inputs = lines.splice(0, Number(count))
  const best = lines.filter(line => line.startsWith("COV ")).map(line => line.split(" "))
    .map(([, index, ...edges]) => ({ index: Number(index), edges: edges.length }))
    .filter(({ index, edges }) => index >= Number(known) && edges >= LEAST_EDGES)
    .sort((a, b) => b.edges - a.edges).slice(0, MOST_KEPT)
  for (const { index } of best) copyFileSync(inputs[index], join(kept, `edge-${basename(inputs[index]).slice(0, 10)}`))
  return `${target}: ${best.length} inputs kept; in git ${corpusSize(kept)}`
}
