/**
 * `npm run fuzz -- [--minutes N] [target…]`: libFuzzer over the targets of tests/fuzz (all, or those named), N minutes
 * in all (default 8), one after the other. Needs Clang; `npm test` does not, it only replays the corpora.
 *
 * 1. What is found grows in build/fuzz/corpus, never in git: tests/fuzz/corpus is only read.
 * 2. A failure leaves its input in build/fuzz/found/<target>/; the other targets still run, the exit code tells.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Stop, findProgram, mustRun, root, run, runMain } from "./process.mjs"
import { prepareDependencies } from "../wasm/deps.mjs"

const built = join(root, "build/fuzz")
const seeds = join(root, "tests/fuzz/corpus")

await runMain(async () => {
  const { minutes, targets } = readWords(process.argv.slice(2))
  await compile(targets)
  const lines = []
  let failed = false
  for (const target of targets) {
    const { code, output } = await fuzz(target, Math.max(1, Math.round((minutes * 60) / targets.length)))
    failed ||= code !== 0
    lines.push(`${target}: ${summary(output)}${code === 0 ? "" : `, FAILED; its input is in build/fuzz/found/${target}`}`)
  }
  for (const line of lines) console.log(line)
  return failed ? 1 : 0
})

function readWords(words) {
  const known = readdirSync(seeds).sort()
  const targets = []
  let minutes = 8
  while (words.length) {
    const word = words.shift()
    if (word === "--minutes") minutes = Number(words.shift())
    else if (known.includes(word)) targets.push(word)
    else throw new Stop(`There is no target ${word}; there are ${known.join(", ")}.`)
  }
  if (!(minutes > 0)) throw new Stop("--minutes wants a number above 0.")
  return { minutes, targets: targets.length ? targets : known }
}

async function compile(targets) {
  if (!findProgram("clang++")) throw new Stop("Fuzzing needs Clang with its runtime libraries (on Debian: clang, libclang-rt-dev).")
  if (!process.env.DEPS_DIR && !process.env.WEFT_FETCH_DEPS) prepareDependencies()
  const settings = process.env.DEPS_DIR ? [`-DDEPS_DIR=${process.env.DEPS_DIR}`] : process.env.WEFT_FETCH_DEPS ? ["-DWEFT_FETCH_DEPS=ON"] : []
  if (!existsSync(join(built, "build.ninja"))) await mustRun("cmake", ["--preset", "fuzz", ...settings])
  console.log("Compiling the targets …")
  await mustRun("cmake", ["--build", "--preset", "fuzz", "--target", ...targets.map(target => `fuzz_${target}`)])
}

function fuzz(target, seconds) {
  const grown = join(built, "corpus", target)
  const found = join(built, "found", target)
  for (const dir of [grown, found]) mkdirSync(dir, { recursive: true })
  console.log(`\n== ${target}, ${seconds} s`)
  return run(join(built, "tests/fuzz", `fuzz_${target}`),
    [`-max_total_time=${seconds}`, "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", `-artifact_prefix=${found}/`, grown, join(seeds, target)], { echo: true })
}

function summary(output) {
  const runs = output.match(/stat::number_of_executed_units:\s*(\d+)/)?.[1] ?? "?"
  const covered = output.match(/.*cov: (\d+).*$/gm)?.pop()?.match(/cov: (\d+)/)?.[1] ?? "?"
  return `${runs} runs, ${covered} edges`
}
