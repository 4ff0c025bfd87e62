/**
 * `npm run sim -- [--seeds N] [--from S] [--minutes M] [--show]`: the simulator of tests/sim as released, on all cores:
 * each plays every n-th seed. `--seed S` shows one run, `--mutations [name…]` breaks the core on purpose
 * (tests/sim/mutations.mjs).
 *
 * 1. A seed that fails is shrunk and appended to tests/sim/regressions.txt, which `npm test` replays; the others go on
 *    to their end, the exit code tells.
 * 2. The closing lines stand together at the end, with the seeds a second of all together.
 */
import { appendFileSync, existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { Stop, mustRun, root, run, runMain } from "./process.mjs"
import { prepareDependencies } from "../wasm/deps.mjs"

const preset = "native-release"
const regressions = join(root, "tests/sim/regressions.txt")

await runMain(async () => {
  const words = process.argv.slice(2)
  if (words[0] === "--mutations") {
    const { runMutations } = await import("../tests/sim/mutations.mjs")
    return runMutations(words.slice(1))
  }
  const program = await compile()
  if (words[0] === "--seed" || words[0] === "--line") return (await run(program, words, { echo: true })).code
  return playAll(program, readWords(words))
})

function readWords(words) {
  const options = { seeds: 10_000, from: 1, minutes: 0, show: false }
  while (words.length) {
    const name = words.shift().replace(/^--/, "")
    if (name === "show") options.show = true
    else if (name in options) options[name] = Number(words.shift())
    else throw new Stop(`There is no --${name}; there are --seeds, --from, --minutes, --show, --seed, --line and --mutations.`)
  }
  if (!(options.seeds > 0 && options.from >= 0 && options.minutes >= 0)) throw new Stop("Numbers of 0 or more are wanted.")
  return options
}

async function compile() {
  if (!process.env.DEPS_DIR && !process.env.WEFT_FETCH_DEPS) prepareDependencies()
  const settings = process.env.DEPS_DIR ? [`-DDEPS_DIR=${process.env.DEPS_DIR}`] : process.env.WEFT_FETCH_DEPS ? ["-DWEFT_FETCH_DEPS=ON"] : []
  if (!existsSync(join(root, "build", preset, "build.ninja"))) await mustRun("cmake", ["--preset", preset, ...settings])
  console.log("Compiling the simulator …")
  await mustRun("cmake", ["--build", "--preset", preset, "--target", "sim"])
  return join(root, "build", preset, "tests/sim/sim")
}

async function playAll(program, { seeds, from, minutes, show }) {
  const cores = Math.min(availableParallelism(), seeds)
  const began = Date.now()
  const share = core => Math.floor(seeds / cores) + (core < seeds % cores ? 1 : 0)
  const results = await Promise.all(Array.from({ length: cores }, (_, core) =>
    run(program, ["--from", from + core, "--stride", cores, "--seeds", share(core), "--minutes", minutes, ...(show && core === 0 ? ["--show"] : [])].map(String), { echo: true })))
  let played = 0
  for (const { output } of results) {
    keep(output)
    played += Number(output.match(/^sim: (\d+) seeds, nothing wrong/m)?.[1] ?? output.match(/after (\d+) that did not/)?.[1] ?? 0)
  }
  const failed = results.filter(result => result.code !== 0).length
  const seconds = (Date.now() - began) / 1000
  console.log(`sim: ${played} seeds on ${cores} cores, ${failed === 0 ? "nothing wrong" : `${failed} FAILED`}, ${Math.round(played / seconds)} seeds/s (${seconds.toFixed(0)} s)`)
  return failed === 0 ? 0 : 1
}

/** What failed becomes a line of the regressions, with what was wrong above it. */
function keep(output) {
  const wrong = output.match(/^seed (\d+) FAILED: (.*)$/m)
  const line = output.match(/^regression: (.*)$/m)
  if (wrong && line) appendFileSync(regressions, `\n# Seed ${wrong[1]}: ${wrong[2]}.\n${line[1]}\n`)
}
